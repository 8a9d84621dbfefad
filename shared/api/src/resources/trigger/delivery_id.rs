//! Where senders put their delivery ids, as JSON: `{"header": "X-Request-Id"}` or `{"path": "$.data.id"}`.

use domain::{DeliveryIdLocation, InvalidDeliveryIdLocation};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::problem::Problem;

#[derive(Deserialize)]
pub(super) struct Fields {
    header: Option<String>,
    path: Option<String>,
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
        (Some(now), None) => view(now),
        (None, _) | (Some(_), Some(_)) => Value::Null,
    }
}

pub(super) fn view(location: &DeliveryIdLocation) -> Value {
    match location {
        DeliveryIdLocation::Header(name) => json!({"header": name}),
        DeliveryIdLocation::Path(path) => json!({"path": path.as_str()}),
    }
}
