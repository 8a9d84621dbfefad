//! The event that a workflow gets as its input, read from the stored request. The same bytes give the same event, so a
//! replay needs nothing but the request.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::{WebhookRequest, charset, form, json_check, json_text};

/// The field of an event that holds a body which is no object.
const BODY: &str = "body";
/// The field that says how `body` is encoded.
const BODY_ENCODING: &str = "bodyEncoding";
/// The field that says that characters of the body were replaced, because they could not be read.
const BODY_REPAIRED: &str = "bodyRepaired";

/// The body does not parse under its content type.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableBody {
    /// It has a JSON content type, and is not JSON.
    #[error("the body is not valid JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// It is compressed, by this content encoding.
    #[error("the body is compressed ({0}); send it uncompressed")]
    Compressed(String),
}

/// Body rules: a JSON object is the event itself, and any other JSON goes under `body`; forms and the query of a `GET`
/// become fields, and a form keeps its text under `body`; everything else is text under `body`, or base64 with
/// `bodyEncoding` where it is no text. `bodyRepaired` is `true` where characters had to be replaced. `triggeredAt` and
/// `source` are added. No field of the sender is replaced. The input that another workflow gave is taken as it is.
///
/// # Errors
/// The body does not parse under its content type.
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
        Content::Json(text) => json_text::read_with(&text, json_check::check)
            .map(|_| ())
            .map_err(UnreadableBody::Json),
        Content::Query | Content::Empty | Content::Form | Content::Raw => Ok(()),
    }
}

/// Where the fields of an event come from.
enum Content<'r> {
    Query,
    Empty,
    Json(Cow<'r, [u8]>),
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
    if json_text::without_mark(&request.body)
        .trim_ascii()
        .is_empty()
    {
        return Ok(Content::Empty);
    }
    Ok(match request.media_type().as_deref() {
        Some(kind) if is_json(kind) => Content::Json(json_bytes(request)),
        Some(form::MEDIA_TYPE) => Content::Form,
        Some(_) | None => Content::Raw,
    })
}

fn fields(request: &WebhookRequest) -> Result<Map<String, Value>, UnreadableBody> {
    match content(request)? {
        Content::Query => Ok(from_pairs(request.query.iter().cloned())),
        Content::Empty => Ok(Map::new()),
        Content::Json(text) => from_json(&text),
        Content::Form => Ok(from_form(form::read(request))),
        Content::Raw => Ok(from_raw(request)),
    }
}

fn compression(request: &WebhookRequest) -> Option<&str> {
    request
        .header("content-encoding")
        .map(str::trim)
        .filter(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity"))
}

/// `application/json`, and every other way of saying it that senders have: `text/json`, `application/x-json`, `json`,
/// any `+json` type.
fn is_json(media_type: &str) -> bool {
    let subtype = media_type.rsplit('/').next().unwrap_or_default().trim();
    matches!(subtype, "json" | "x-json") || subtype.ends_with("+json")
}

/// JSON is UTF-8 (RFC 8259 section 8.1); a body that is not is read in the encoding that it declares.
fn json_bytes(request: &WebhookRequest) -> Cow<'_, [u8]> {
    let body = request.body.as_slice();
    if std::str::from_utf8(body).is_ok() {
        return Cow::Borrowed(body);
    }
    let declared = charset::declared(request.header("content-type").unwrap_or_default());
    let decoded = charset::decode(body, declared);
    match decoded.was_repaired {
        true => Cow::Borrowed(body),
        false => Cow::Owned(decoded.text.into_owned().into_bytes()),
    }
}

fn from_json(text: &[u8]) -> Result<Map<String, Value>, UnreadableBody> {
    let read = json_text::read_with(text, |text| serde_json::from_slice(text))
        .map_err(UnreadableBody::Json)?;
    let mut fields = match read.value {
        Value::Object(fields) => fields,
        other => Map::from_iter([(BODY.to_owned(), other)]),
    };
    note_repair(&mut fields, read.was_repaired);
    Ok(fields)
}

fn from_form(form: form::Form) -> Map<String, Value> {
    let mut fields = from_pairs(form.fields.into_iter());
    fields.entry(BODY).or_insert(Value::String(form.text));
    note_repair(&mut fields, form.was_repaired);
    fields
}

/// Text in its declared encoding; bytes that are none of it are kept as base64, so that nothing is lost.
fn from_raw(request: &WebhookRequest) -> Map<String, Value> {
    let declared = charset::declared(request.header("content-type").unwrap_or_default());
    let decoded = charset::decode(&request.body, declared);
    if decoded.was_repaired {
        return Map::from_iter([
            (BODY.to_owned(), STANDARD.encode(&request.body).into()),
            (BODY_ENCODING.to_owned(), "base64".into()),
        ]);
    }
    Map::from_iter([(BODY.to_owned(), Value::String(decoded.text.into_owned()))])
}

fn note_repair(fields: &mut Map<String, Value>, was_repaired: bool) {
    if was_repaired {
        fields.entry(BODY_REPAIRED).or_insert(Value::Bool(true));
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
        let cases: &[(&str, &[u8], Value)] = &[
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
                json!({"a": ["1", "2"], "b": "x y!", "c": "", "body": "a=1&b=x+y%21&a=2&c"}),
            ),
            ("", b"{\"a\":1}", json!({"body": "{\"a\":1}"})),
            (
                "application/json, application/json",
                b"{\"a\":1}",
                json!({"a": 1}),
            ),
            ("text/json", b"{\"a\":1}", json!({"a": 1})),
            ("\"application/json\"", b"{\"a\":1}", json!({"a": 1})),
            ("application/json ; charset=utf-8", b" \r\n", json!({})),
            ("text/plain", b"\xef\xbb\xbf \t", json!({})),
            ("text/plain", b"\xef\xbb\xbfa", json!({"body": "a"})),
            (
                "text/plain; charset=Shift_JIS",
                b"\x83\x65\x83\x58\x83\x67",
                json!({"body": "テスト"}),
            ),
            (
                "application/json; charset=ISO-8859-1",
                b"{\"a\":\"\xe9\"}",
                json!({"a": "é"}),
            ),
        ];
        for (content_type, body, fields) in cases.iter().cloned() {
            let request = post(content_type, body);
            assert!(check_event(&request).is_ok());
            let read = event(&request).unwrap();
            assert_eq!(read, with_origin(fields), "{content_type}");
        }
    }

    const FORM: &str = "application/x-www-form-urlencoded";

    #[test]
    fn a_form_is_read_in_the_encoding_that_it_declares() {
        let latin = event(&post(
            &format!("{FORM}; charset=windows-1252"),
            b"name=Jos%E9",
        ));
        let expected = json!({"name": "José", "body": "name=Jos%E9"});
        assert_eq!(latin.unwrap(), with_origin(expected));
        let in_a_field = event(&post(FORM, b"name=Jos%E9&charset=windows-1252")).unwrap();
        assert_eq!(in_a_field["name"], "José");
        assert_eq!(in_a_field.get(BODY_REPAIRED), None);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_field_of_a_form() {
        let read = event(&post(FORM, b"\xef\xbb\xbfa=1&b=2")).unwrap();
        assert_eq!(read["a"], "1");
        assert_eq!(read["body"], "a=1&b=2");
    }

    #[test]
    fn a_field_named_body_is_kept_as_the_sender_wrote_it() {
        let read = event(&post(FORM, b"body=hello")).unwrap();
        assert_eq!(read["body"], "hello");
    }

    #[test]
    fn json_that_is_posted_as_a_form_can_be_read_from_the_body() {
        let read = event(&post(FORM, br#"{"a": 1}"#)).unwrap();
        assert_eq!(read["body"], r#"{"a": 1}"#);
    }

    #[test]
    fn an_event_says_where_characters_were_replaced() {
        let form = event(&post(FORM, b"name=Jos%E9")).unwrap();
        assert_eq!(
            form,
            with_origin(
                json!({"name": "Jos\u{fffd}", "body": "name=Jos%E9", "bodyRepaired": true})
            )
        );
        let request = post("application/json", br#"{"text": "good \ud83d"}"#);
        assert!(check_event(&request).is_ok());
        let expected = json!({"text": "good \u{fffd}", "bodyRepaired": true});
        assert_eq!(event(&request).unwrap(), with_origin(expected));
        let own = post(
            "application/json",
            br#"{"bodyRepaired": "mine", "t": "\ud83d"}"#,
        );
        assert_eq!(event(&own).unwrap()["bodyRepaired"], "mine");
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
