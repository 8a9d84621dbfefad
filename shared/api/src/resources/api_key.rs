//! API keys as JSON. The key itself is shown once, in the answer to the request that created it.

use domain::limits::MAX_API_KEYS;
use domain::{ApiKey, ApiKeyId, ApiKeyRecord, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    /// From then on it is refused; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// The body of the request, for the fingerprint of an `Idempotency-Key`.
    pub body: Value,
}

/// A new API key.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "NewApiKey"))]
pub(crate) struct Fields {
    /// A name for people: 1 to 200 characters. Required.
    name: Option<String>,
    /// What the key may do: at least one scope. Required.
    scopes: Option<Vec<Scope>>,
    /// From then on it is refused: a time to come; never by default.
    #[cfg_attr(test, schemars(with = "Option<Timestamp>"))]
    expires_at: Option<String>,
}

/// An API key without the key itself, of which only the last four characters are shown.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ApiKeyView<'a> {
    /// Its id.
    id: ApiKeyId,
    /// A name for people.
    name: &'a str,
    /// What the key may do.
    scopes: &'a [Scope],
    /// The last four characters of the key.
    last4: &'a str,
    /// When it was created.
    created_at: Timestamp,
    /// When it was last used; `null` where it never was.
    last_used_at: Option<Timestamp>,
    /// From then on it is refused; `null` for never.
    expires_at: Option<Timestamp>,
    /// Whether it is a session, which was made with another key and ends with it.
    session: bool,
}

/// An API key with the key itself: only in the answer to the request that created it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CreatedApiKeyView<'a> {
    #[serde(flatten)]
    record: ApiKeyView<'a>,
    /// The key. A repeat under the same `Idempotency-Key` does not show it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

/// Reads the body of a create request: `name`, and `scopes` of `admin`, `read` and `publish`.
pub fn create(inbound: &Inbound, now: Timestamp) -> Result<Draft, Problem> {
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
        expires_at: parsed.expires_at.map(|text| end(&text, now)).transpose()?,
        body: Value::Object(fields),
    })
}

fn end(text: &str, now: Timestamp) -> Result<Timestamp, Problem> {
    let at = field::parse_moment(text)
        .map_err(|error| Problem::invalid_field("/expiresAt", format!("{error}.")))?;
    if at <= now {
        let detail = "A key expires at a time to come.";
        return Err(Problem::invalid_field("/expiresAt", detail));
    }
    Ok(at)
}

/// An API key as answers show it.
pub fn view(record: &ApiKeyRecord) -> ApiKeyView<'_> {
    ApiKeyView {
        id: record.id,
        name: &record.name,
        scopes: &record.scopes,
        last4: &record.last4,
        created_at: record.created_at,
        last_used_at: record.last_used_at,
        expires_at: record.expires_at,
        session: record.is_session(),
    }
}

/// An API key with the key itself: only for the answer to the request that created it.
pub fn view_with_key<'a>(record: &'a ApiKeyRecord, key: &'a ApiKey) -> CreatedApiKeyView<'a> {
    CreatedApiKeyView {
        record: view(record),
        key: Some(key.reveal()),
    }
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
