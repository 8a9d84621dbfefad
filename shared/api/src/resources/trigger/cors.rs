//! The origins whose pages may call a trigger, as JSON: `{"origins": ["https://app.example.com"]}`, or `null` for none.

use domain::CorsOrigins;
use domain::limits::MAX_CORS_ORIGINS;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::problem::Problem;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fields {
    #[serde(default)]
    origins: Vec<String>,
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

pub(super) fn view(origins: &CorsOrigins) -> Value {
    if origins.is_empty() {
        return Value::Null;
    }
    json!({"origins": origins.entries()})
}
