//! API keys as JSON. The key itself is shown once, in the answer to the request that created it.

use domain::limits::MAX_API_KEYS;
use domain::{ApiKey, ApiKeyId, ApiKeyRecord, Scope};
use serde::Deserialize;
use serde_json::{Value, json};

use super::field;
use crate::body;
use crate::inbound::Inbound;
use crate::page::{PageCursor, Paging, only};
use crate::problem::Problem;
use crate::status::Code;

/// The fields of a new API key.
#[derive(Debug)]
pub struct Draft {
    /// A name for people.
    pub name: String,
    /// What the key may do: at least one scope, each once.
    pub scopes: Vec<Scope>,
    /// The body of the request, for the fingerprint of an `Idempotency-Key`.
    pub body: Value,
}

#[derive(Deserialize)]
struct Fields {
    name: Option<String>,
    scopes: Option<Vec<Scope>>,
}

/// Reads the body of a create request: `name`, and `scopes` of `admin`, `read` and `publish`.
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

/// An API key without the key itself, of which only the last four characters are shown.
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

/// An API key with the key itself: only for the answer to the request that created it.
pub fn view_with_key(record: &ApiKeyRecord, key: &ApiKey) -> Value {
    let mut view = view(record);
    view["key"] = json!(key.reveal());
    view
}

/// The tenant has as many API keys as it may.
pub fn too_many() -> Problem {
    let detail = format!("There are at most {MAX_API_KEYS} API keys; revoke one first.");
    Problem::new(Code::LimitReached, detail)
}

/// The path of an API key.
pub fn location(record: &ApiKeyRecord) -> String {
    format!("/v1/api-keys/{}", record.id)
}

/// Reads the query of a list, which is ordered by id.
pub fn paging(inbound: &Inbound) -> Result<Paging<ApiKeyId>, Problem> {
    only(inbound, &["limit", "cursor"])?;
    Paging::parse(inbound)
}

impl PageCursor for ApiKeyId {
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
