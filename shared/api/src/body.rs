//! Reads JSON request bodies into typed values: a field that is unknown or of the wrong type is refused with its JSON pointer
//! (RFC 6901). It does not know what the fields mean.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use serde_path_to_error::Segment;

use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::status::Code;

/// The largest body of a management request, in bytes: enough for a definition with its layout.
const MAX_BYTES: usize = 1_048_576;

/// The body as an object. No body at all, or white space alone, is an empty one, for requests that need none.
pub(crate) fn object(inbound: &Inbound) -> Result<Map<String, Value>, Problem> {
    if inbound.body.len() > MAX_BYTES {
        let detail = format!("Send at most {MAX_BYTES} bytes.");
        return Err(Problem::new(Code::BodyTooLarge, detail));
    }
    if inbound.body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    match domain::read_json(&inbound.body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(invalid("Send a JSON object.".to_owned())),
        Err(error) => Err(invalid(format!("The body is not valid JSON: {error}."))),
    }
}

/// Reads an object as `T`; fields that `T` does not have are refused.
pub(crate) fn typed<T: DeserializeOwned>(fields: &Map<String, Value>) -> Result<T, Problem> {
    let mut unknown = None;
    let value = Value::Object(fields.clone());
    let mut note = |path: serde_ignored::Path<'_>| {
        unknown.get_or_insert_with(|| ignored_pointer(&path));
    };
    let watched = serde_ignored::Deserializer::new(value, &mut note);
    let parsed = serde_path_to_error::deserialize(watched).map_err(|error| mistyped(&error))?;
    match unknown {
        None => Ok(parsed),
        Some(pointer) => Err(Problem::new(
            Code::UnknownField,
            format!("{pointer} is not a field that can be set; remove it."),
        )
        .member("pointer", json!(pointer))),
    }
}

/// Reads an object as `T`; other fields are ignored.
pub(crate) fn lenient<T: DeserializeOwned>(fields: &Map<String, Value>) -> Result<T, Problem> {
    serde_path_to_error::deserialize(Value::Object(fields.clone()))
        .map_err(|error| mistyped(&error))
}

fn mistyped(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let detail = format!("{}.", error.inner());
    Problem::invalid_field(pointer(error.path().iter()), detail)
}

fn invalid(detail: String) -> Problem {
    Problem::new(Code::InvalidRequestBody, detail)
}

fn pointer<'a>(segments: impl Iterator<Item = &'a Segment>) -> String {
    segments.fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } | Segment::Enum { variant: key } => {
            format!("{pointer}/{}", escaped(key))
        }
        Segment::Unknown => pointer,
    })
}

fn ignored_pointer(path: &serde_ignored::Path<'_>) -> String {
    use serde_ignored::Path;
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}/{index}", ignored_pointer(parent)),
        Path::Map { parent, key } => format!("{}/{}", ignored_pointer(parent), escaped(key)),
        Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => ignored_pointer(parent),
    }
}

/// RFC 6901 section 3.
pub(crate) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[expect(dead_code, reason = "only its type is of interest")]
        inner: Option<Inner>,
        #[expect(dead_code, reason = "only its type is of interest")]
        list: Option<Vec<String>>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[expect(dead_code, reason = "only its type is of interest")]
        number: Option<u32>,
    }

    fn refusal(body: &str) -> (&'static str, String) {
        let mut inbound = Inbound::read(lambda_http::Request::default());
        inbound.body = body.as_bytes().to_vec();
        let read = object(&inbound).and_then(|fields| typed::<Outer>(&fields));
        let problem = read.unwrap_err();
        let code = problem.code().as_str();
        let body = problem.respond("req").into_body();
        let members: Value = serde_json::from_slice(&body).unwrap();
        let pointer = members["pointer"].as_str().unwrap_or("none");
        (code, pointer.to_owned())
    }

    #[test]
    fn a_body_is_read_as_it_was_saved_with_a_mark_or_cut_within_a_character() {
        let read = |body: &[u8]| {
            let mut inbound = Inbound::read(lambda_http::Request::default());
            inbound.body = body.to_vec();
            Value::Object(object(&inbound).unwrap())
        };
        assert_eq!(read(b"\xef\xbb\xbf{\"a\":1}"), json!({"a": 1}));
        assert_eq!(read(br#"{"a":"\ud83d"}"#), json!({"a": "\u{fffd}"}));
        assert_eq!(read(b" \r\n"), json!({}));
    }

    #[test]
    fn a_wrong_field_is_named_by_its_pointer() {
        let cases = [
            (r#"{"nope": 1}"#, "UNKNOWN_FIELD", "/nope"),
            (r#"{"a/b~c": 1}"#, "UNKNOWN_FIELD", "/a~1b~0c"),
            (r#"{"inner": {"nope": 1}}"#, "UNKNOWN_FIELD", "/inner/nope"),
            (
                r#"{"inner": {"number": "x"}}"#,
                "INVALID_FIELD",
                "/inner/number",
            ),
            (
                r#"{"inner": {"number": -1}}"#,
                "INVALID_FIELD",
                "/inner/number",
            ),
            (r#"{"list": ["a", 1]}"#, "INVALID_FIELD", "/list/1"),
            (r#"{"list": "a"}"#, "INVALID_FIELD", "/list"),
            ("{", "INVALID_REQUEST_BODY", "none"),
            ("[]", "INVALID_REQUEST_BODY", "none"),
        ];
        for (body, code, pointer) in cases {
            assert_eq!(refusal(body), (code, pointer.to_owned()), "{body}");
        }
        let large = format!(r#"{{"list": ["{}"]}}"#, "x".repeat(MAX_BYTES));
        assert_eq!(refusal(&large).0, "BODY_TOO_LARGE");
    }
}
