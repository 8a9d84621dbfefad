//! API keys as JSON. A key itself is shown once, in the answer that made it.

use domain::{ApiKey, ApiKeyId, ApiKeyRecord, Scope};
use serde::Deserialize;
use serde_json::{Value, json};

use super::field;
use crate::body;
use crate::inbound::Inbound;
use crate::page::{Paging, Position, only};
use crate::problem::Problem;

/// What a client wants a key to be.
#[derive(Debug)]
pub struct Draft {
    pub name: String,
    /// At least one, each once.
    pub scopes: Vec<Scope>,
    /// The request as it came in, by which a repeat is known.
    pub body: Value,
}

#[derive(Deserialize)]
struct Fields {
    name: Option<String>,
    scopes: Option<Vec<Scope>>,
}

/// A new key: `name` and `scopes`, of `admin`, `read`, `publish`.
pub fn create(inbound: &Inbound) -> Result<Draft, Problem> {
    let fields = body::object(inbound)?;
    let parsed: Fields = body::typed(&fields)?;
    let mut scopes = Vec::new();
    for scope in parsed.scopes.unwrap_or_default() {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    if scopes.is_empty() {
        let detail = "Give at least one of the scopes admin, read, publish.";
        return Err(Problem::invalid_field("/scopes", detail));
    }
    Ok(Draft {
        name: field::name(parsed.name)?,
        scopes,
        body: Value::Object(fields),
    })
}

/// A key by its name and its last four characters.
pub fn view(record: &ApiKeyRecord) -> Value {
    json!({
        "id": record.id,
        "name": record.name,
        "scopes": record.scopes,
        "last4": record.last4,
        "createdAt": record.created_at,
        "lastUsedAt": record.last_used_at,
    })
}

/// A key in the clear: only in the answer that made it.
pub fn view_with_key(record: &ApiKeyRecord, key: &ApiKey) -> Value {
    let mut view = view(record);
    view["key"] = json!(key.reveal());
    view
}

pub fn location(record: &ApiKeyRecord) -> String {
    format!("/v1/api-keys/{}", record.id)
}

/// A list of keys goes by id.
pub fn paging(inbound: &Inbound) -> Result<Paging<ApiKeyId>, Problem> {
    only(inbound, &["limit", "cursor"])?;
    Paging::parse(inbound)
}

impl Position for ApiKeyId {
    const LIST: &'static str = "api-keys";

    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

#[cfg(test)]
mod tests;
