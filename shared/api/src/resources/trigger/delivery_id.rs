//! Where senders put their delivery ids, as JSON: `{"header": "X-Request-Id"}` or `{"path": "$.data.id"}`.

use domain::{DeliveryIdLocation, InvalidDeliveryIdLocation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::problem::Problem;

/// Where senders put their delivery ids: a header, or a path.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "DeliveryIdSettings"))]
pub(super) struct Fields {
    /// The name of a header.
    header: Option<String>,
    /// A path into a JSON body, such as `$.data.id`.
    path: Option<String>,
}

/// Where senders put their delivery ids: a header, or a path.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "DeliveryIdLocation", extend("examples" = [{"header": "x-request-id"}])))]
pub(super) struct DeliveryIdView<'a> {
    /// The name of a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<&'a str>,
    /// A path into a JSON body.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
}

impl Fields {
    pub(super) fn read(self) -> Result<DeliveryIdLocation, Problem> {
        let parsed = match (self.header, self.path) {
            (Some(name), None) => DeliveryIdLocation::header(&name),
            (None, Some(path)) => DeliveryIdLocation::path(&path),
            (None, None) | (Some(_), Some(_)) => {
                let detail = "Name a header, or a path into a JSON body.";
                return Err(Problem::invalid_field("/deliveryId", detail));
            }
        };
        parsed.map_err(|error| {
            let pointer = match error {
                InvalidDeliveryIdLocation::Header => "/deliveryId/header",
                InvalidDeliveryIdLocation::Path => "/deliveryId/path",
            };
            Problem::invalid_field(pointer, format!("Here {error}."))
        })
    }
}

/// What a merge patch applies to: nothing where the patch names a place, because it has only one.
pub(super) fn patch_target(now: Option<&DeliveryIdLocation>, patch: Option<&Value>) -> Value {
    match (now, patch) {
        (Some(now), None) => json!(view(now)),
        (None, _) | (Some(_), Some(_)) => Value::Null,
    }
}

pub(super) fn view(location: &DeliveryIdLocation) -> DeliveryIdView<'_> {
    let (header, path) = match location {
        DeliveryIdLocation::Header(name) => (Some(name.as_str()), None),
        DeliveryIdLocation::Path(path) => (None, Some(path.as_str())),
    };
    DeliveryIdView { header, path }
}
