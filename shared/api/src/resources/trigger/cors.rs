//! The origins whose pages may call a trigger, as JSON: `{"origins": ["https://app.example.com"]}`, or `null` for none.

use domain::CorsOrigins;
use domain::limits::MAX_CORS_ORIGINS;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// Which pages may call the trigger.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "CorsSettings"))]
pub(super) struct Fields {
    /// The origins of the pages; none by default.
    #[serde(default)]
    origins: Vec<String>,
}

/// Which pages may call a trigger.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct CorsView<'a> {
    /// The origins of the pages.
    origins: &'a [String],
}

impl Fields {
    pub(super) fn read(given: Option<Self>) -> Result<CorsOrigins, Problem> {
        let entries = given.map(|fields| fields.origins).unwrap_or_default();
        if entries.len() > MAX_CORS_ORIGINS {
            let detail = format!("A trigger has at most {MAX_CORS_ORIGINS} origins.");
            return Err(Problem::invalid_field("/cors/origins", detail));
        }
        CorsOrigins::parse(&entries).map_err(|invalid| {
            let at = entries.iter().position(|entry| *entry == invalid.0);
            let pointer = at.map_or("/cors/origins".to_owned(), |at| {
                format!("/cors/origins/{at}")
            });
            Problem::invalid_field(pointer, format!("{invalid}."))
        })
    }
}

/// `None` where no page may.
pub(super) fn view(origins: &CorsOrigins) -> Option<CorsView<'_>> {
    let origins = origins.entries();
    (!origins.is_empty()).then_some(CorsView { origins })
}
