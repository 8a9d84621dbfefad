//! Secrets as JSON: names and times. A value is read from a request and shown in no answer.

use domain::limits::MAX_SECRETS;
use domain::{MAX_SECRET_BYTES, SecretName, SecretRecord, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::body;
use crate::inbound::Inbound;
use crate::page::{PageCursor, Paging, only};
use crate::problem::Problem;
use crate::status::Code;

/// The new value of a secret.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "SecretValue"))]
pub(crate) struct Fields {
    /// A text, or other JSON but `null`, of at most 4,096 bytes. Required.
    value: Option<Value>,
}

/// A secret without its value, which no answer shows.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SecretView<'a> {
    /// Its name.
    name: &'a str,
    /// When it was created.
    created_at: Timestamp,
    /// When its value was last set.
    updated_at: Timestamp,
}

/// Parses the name in the path of a request that stores a secret.
pub fn name(segment: &str) -> Result<SecretName, Problem> {
    SecretName::parse(segment)
        .map_err(|error| Problem::invalid_parameter("name", format!("{error}.")))
}

/// Reads the new value: any JSON but null, of at most [`MAX_SECRET_BYTES`] as compact JSON. No problem quotes it.
pub fn value(inbound: &Inbound) -> Result<Value, Problem> {
    let fields: Fields = body::typed(&body::object(inbound)?)?;
    let value = fields.value.ok_or_else(|| {
        Problem::invalid_field("/value", "Give a value: a string, or other JSON.")
    })?;
    let bytes = value.to_string().len();
    if bytes > MAX_SECRET_BYTES {
        let detail =
            format!("The value takes {bytes} bytes as JSON; {MAX_SECRET_BYTES} are allowed.");
        return Err(Problem::invalid_field("/value", detail));
    }
    Ok(value)
}

/// A secret without its value.
pub fn view(record: &SecretRecord) -> SecretView<'_> {
    SecretView {
        name: record.name.as_str(),
        created_at: record.created_at,
        updated_at: record.updated_at,
    }
}

/// The tenant has as many secrets as it may.
pub fn too_many() -> Problem {
    let detail = format!("There are at most {MAX_SECRETS} secrets; delete one first.");
    Problem::new(Code::LimitReached, detail)
}

/// The path of a secret.
pub fn location(record: &SecretRecord) -> String {
    format!("/v1/secrets/{}", record.name)
}

/// Reads the query of a list, which is ordered by name.
pub fn paging(inbound: &Inbound) -> Result<Paging<SecretName>, Problem> {
    only(inbound, &["limit", "cursor"])?;
    Paging::parse(inbound)
}

impl PageCursor for SecretName {
    const LIST: &'static str = "secrets";

    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::test_requests::empty;

    fn sent(body: &str) -> Inbound {
        let mut inbound = empty();
        inbound.body = body.as_bytes().to_vec();
        inbound
    }

    #[test]
    fn any_json_but_null_is_a_value() {
        for value in [
            json!("s"),
            json!({"username": "u"}),
            json!([1]),
            json!(false),
        ] {
            let body = json!({ "value": value }).to_string();
            assert_eq!(super::value(&sent(&body)).unwrap(), value);
        }
    }

    #[test]
    fn a_refused_value_is_not_quoted() {
        let long = format!(r#"{{"value": "canary{}"}}"#, "x".repeat(MAX_SECRET_BYTES));
        for (body, code) in [
            (r#"{"value": null, "canary": 1}"#, Code::UnknownField),
            (r#"{"value": null}"#, Code::InvalidField),
            ("{}", Code::InvalidField),
            (long.as_str(), Code::InvalidField),
            (r#""canary""#, Code::InvalidRequestBody),
            (r#"{"value": "canary"#, Code::InvalidRequestBody),
            (r#"{"value": canary}"#, Code::InvalidRequestBody),
        ] {
            let refused = value(&sent(body)).unwrap_err();
            assert_eq!(refused.code(), code, "{body}");
            if code != Code::UnknownField {
                let answer = refused.respond("req").into_body();
                let text = String::from_utf8(answer.to_vec()).unwrap();
                assert!(!text.contains("canary"), "{text}");
            }
        }
    }

    #[test]
    fn the_longest_value_is_the_longest_that_kms_encrypts() {
        let value = "x".repeat(MAX_SECRET_BYTES - 2);
        let fits = json!({ "value": value }).to_string();
        assert!(super::value(&sent(&fits)).is_ok());
        let over = json!({ "value": format!("{value}x") }).to_string();
        assert!(super::value(&sent(&over)).is_err());
    }
}
