//! The event that a workflow gets as its input, read from the stored request. The same bytes give
//! the same event, so a replay needs nothing but the request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::{WebhookRequest, form, json_check};

/// The body does not parse under its content type.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableBody {
    #[error("the body is not valid JSON: {0}")]
    Json(#[source] serde_json::Error),
    #[error("the body is compressed ({0}); send it uncompressed")]
    Compressed(String),
}

/// Body rules: JSON objects are the event itself and any other JSON goes under `body`; forms and
/// the query of a `GET` become fields; everything else is text under `body`, or base64 with
/// `bodyEncoding` where it is not UTF-8. `triggeredAt` and `source` are added where absent. The input that another
/// workflow gave is taken as it is.
pub fn event(request: &WebhookRequest) -> Result<Value, UnreadableBody> {
    if request.is_run() {
        return serde_json::from_slice(&request.body).map_err(UnreadableBody::Json);
    }
    let mut event = fields(request)?;
    event
        .entry("triggeredAt")
        .or_insert_with(|| Value::String(request.received_at.to_string()));
    event
        .entry("source")
        .or_insert_with(|| Value::String("webhook".to_owned()));
    Ok(Value::Object(event))
}

/// Whether [`event`] will succeed for a webhook, found out without building the event.
///
/// # Errors
/// The same as those of [`event`].
pub fn check_event(request: &WebhookRequest) -> Result<(), UnreadableBody> {
    match content(request)? {
        Content::Json(text) => json_check::check(text).map_err(UnreadableBody::Json),
        Content::Query | Content::Empty | Content::Form | Content::Raw => Ok(()),
    }
}

/// Where the fields of an event come from.
enum Content<'r> {
    Query,
    Empty,
    Json(&'r [u8]),
    Form,
    Raw,
}

fn content(request: &WebhookRequest) -> Result<Content<'_>, UnreadableBody> {
    if request.method == "GET" {
        return Ok(Content::Query);
    }
    if let Some(encoding) = compression(request) {
        return Err(UnreadableBody::Compressed(encoding.to_owned()));
    }
    if request.body.is_empty() {
        return Ok(Content::Empty);
    }
    Ok(match request.media_type().as_deref() {
        Some(json) if json == "application/json" || json.ends_with("+json") => {
            // RFC 8259 section 8.1 lets a parser ignore a byte order mark.
            let body = request.body.as_slice();
            Content::Json(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
        }
        Some(form::MEDIA_TYPE) => Content::Form,
        Some(_) | None => Content::Raw,
    })
}

fn fields(request: &WebhookRequest) -> Result<Map<String, Value>, UnreadableBody> {
    match content(request)? {
        Content::Query => Ok(from_pairs(request.query.iter().cloned())),
        Content::Empty => Ok(Map::new()),
        Content::Json(text) => from_json(text),
        Content::Form => Ok(from_pairs(form::pairs(&request.body))),
        Content::Raw => Ok(from_raw(&request.body)),
    }
}

fn compression(request: &WebhookRequest) -> Option<&str> {
    request
        .header("content-encoding")
        .map(str::trim)
        .filter(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity"))
}

fn from_json(text: &[u8]) -> Result<Map<String, Value>, UnreadableBody> {
    match serde_json::from_slice(text).map_err(UnreadableBody::Json)? {
        Value::Object(fields) => Ok(fields),
        other => Ok(Map::from_iter([("body".to_owned(), other)])),
    }
}

fn from_raw(body: &[u8]) -> Map<String, Value> {
    match std::str::from_utf8(body) {
        Ok(text) => Map::from_iter([("body".to_owned(), text.into())]),
        Err(_) => Map::from_iter([
            ("body".to_owned(), STANDARD.encode(body).into()),
            ("bodyEncoding".to_owned(), "base64".into()),
        ]),
    }
}

/// A name that occurs once is a string, one that occurs more often a list of strings.
fn from_pairs(pairs: impl Iterator<Item = (String, String)>) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in pairs {
        match fields.get_mut(&name) {
            None => {
                fields.insert(name, Value::String(value));
            }
            Some(Value::Array(values)) => values.push(Value::String(value)),
            Some(first) => *first = Value::Array(vec![first.take(), Value::String(value)]),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use serde_json::json;

    fn post(content_type: &str, body: &[u8]) -> WebhookRequest {
        WebhookRequest {
            method: "POST".into(),
            query: vec![("ignored".into(), "1".into())],
            headers: vec![("content-type".into(), content_type.into())],
            body: body.to_vec(),
            source_ip: None,
            received_at: Timestamp::from_millis(1_781_612_250_231),
            verified_by: None,
        }
    }

    fn with_origin(mut fields: Value) -> Value {
        let fields = fields.as_object_mut().unwrap();
        fields.insert("triggeredAt".into(), "2026-06-16T12:17:30.231Z".into());
        fields.insert("source".into(), "webhook".into());
        Value::Object(fields.clone())
    }

    #[test]
    fn every_kind_of_body_becomes_an_event() {
        let cases: [(&str, &[u8], Value); 11] = [
            (
                "application/json",
                br#"{"token": "SOL", "price": 150.23}"#,
                json!({"token": "SOL", "price": 150.23}),
            ),
            (
                "application/json; charset=utf-8",
                b"[1,2]",
                json!({"body": [1, 2]}),
            ),
            (
                "application/cloudevents+json",
                b"{\"a\":1}",
                json!({"a": 1}),
            ),
            ("APPLICATION/JSON", b"\"x\"", json!({"body": "x"})),
            ("application/json", b"", json!({})),
            ("application/json", b"\xef\xbb\xbf{}", json!({})),
            ("text/plain", b"", json!({})),
            ("text/plain", "grüße".as_bytes(), json!({"body": "grüße"})),
            (
                "application/octet-stream",
                b"\xff\x00",
                json!({"body": "/wA=", "bodyEncoding": "base64"}),
            ),
            (
                "application/x-www-form-urlencoded",
                b"a=1&b=x+y%21&a=2&c",
                json!({"a": ["1", "2"], "b": "x y!", "c": ""}),
            ),
            ("", b"{\"a\":1}", json!({"body": "{\"a\":1}"})),
        ];
        for (content_type, body, fields) in cases {
            let request = post(content_type, body);
            assert!(check_event(&request).is_ok());
            let read = event(&request).unwrap();
            assert_eq!(read, with_origin(fields), "{content_type}");
        }
    }

    #[test]
    fn the_query_of_a_get_becomes_fields() {
        let mut request = post("application/json", b"not looked at");
        request.method = "GET".into();
        assert_eq!(
            event(&request).unwrap(),
            with_origin(json!({"ignored": "1"}))
        );
    }

    #[test]
    fn the_input_that_another_workflow_gave_stays_as_it_is() {
        for input in [json!({"a": 1}), json!([1]), json!("x"), Value::Null] {
            let now = Timestamp::from_millis(0);
            let request = WebhookRequest::of_run(&input, 3, None, now);
            assert_eq!(event(&request).unwrap(), input);
            assert_eq!(request.hops(), 3);
        }
    }

    #[test]
    fn members_keep_their_order_and_numbers_every_digit() {
        let body = r#"{"z":123456789012345678901234567890,"a":1e400,"m":0.1000000000000000055511151231257827}"#;
        let request = post("application/json", body.as_bytes());
        assert!(check_event(&request).is_ok());
        let Value::Object(mut fields) = event(&request).unwrap() else {
            panic!("an event is an object")
        };
        fields.shift_remove("triggeredAt");
        fields.shift_remove("source");
        assert_eq!(Value::Object(fields).to_string(), body);
    }

    #[test]
    fn fields_of_the_sender_are_not_replaced() {
        let read = event(&post(
            "application/json",
            br#"{"source":"stripe","triggeredAt":7}"#,
        ));
        assert_eq!(read.unwrap(), json!({"source": "stripe", "triggeredAt": 7}));
    }

    #[test]
    fn bad_json_and_compressed_bodies_are_refused() {
        for body in [&b"{"[..], b"\xff", b"{} x", &b"[".repeat(200)] {
            let request = post("application/json", body);
            assert!(event(&request).is_err());
            assert!(check_event(&request).is_err());
        }
        let mut compressed = post("application/json", b"{}");
        compressed
            .headers
            .push(("content-encoding".into(), "gzip".into()));
        assert!(matches!(
            event(&compressed),
            Err(UnreadableBody::Compressed(_))
        ));
        compressed.headers[1].1 = "identity".into();
        assert!(event(&compressed).is_ok());
    }
}
