//! Sessions as JSON: API keys that end soon, made with another key and with its scopes.

use domain::limits::{MAX_SESSION_SECS, MAX_SESSIONS};
use serde::Deserialize;

use crate::body;
use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::status::Code;

/// What a session is called in the list of API keys.
pub const NAME: &str = "session";

/// A new session.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "NewSession"))]
pub(crate) struct Fields {
    /// For how many seconds it lasts; 43,200 by default and at most. It never outlasts the key that makes it.
    #[cfg_attr(test, schemars(range(min = 1, max = 43_200)))]
    expires_in_seconds: Option<u32>,
}

/// Reads the body of a create request: for how many seconds the session lasts.
pub fn create(inbound: &Inbound) -> Result<u32, Problem> {
    let fields: Fields = body::typed(&body::object(inbound)?)?;
    let secs = fields.expires_in_seconds.unwrap_or(MAX_SESSION_SECS);
    if !(1..=MAX_SESSION_SECS).contains(&secs) {
        let detail = format!("A session lasts 1 to {MAX_SESSION_SECS} seconds.");
        return Err(Problem::invalid_field("/expiresInSeconds", detail));
    }
    Ok(secs)
}

/// The tenant has as many sessions as it may.
pub fn too_many() -> Problem {
    let detail = format!("There are at most {MAX_SESSIONS} sessions; end one first.");
    Problem::new(Code::LimitReached, detail)
}

/// The key of the request is an API key that somebody keeps.
pub fn no_session() -> Problem {
    let detail = "The key of this request is no session; revoke it with DELETE /v1/api-keys/{id}.";
    Problem::new(Code::NotFound, detail)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::test_requests::with_body;

    fn read(body: &Value) -> Result<u32, Code> {
        create(&with_body(body)).map_err(|problem| problem.code())
    }

    #[test]
    fn a_session_lasts_twelve_hours_by_default_and_at_most() {
        assert_eq!(read(&json!({})), Ok(43_200));
        assert_eq!(read(&json!({"expiresInSeconds": 1})), Ok(1));
        assert_eq!(read(&json!({"expiresInSeconds": 43_200})), Ok(43_200));
        for body in [
            json!({"expiresInSeconds": 0}),
            json!({"expiresInSeconds": 43_201}),
        ] {
            assert_eq!(read(&body), Err(Code::InvalidField));
        }
        assert_eq!(read(&json!({"scopes": ["read"]})), Err(Code::UnknownField));
    }
}
