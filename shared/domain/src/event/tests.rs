//! The event that each kind of body becomes.

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
        parameters: Vec::new(),
    }
}

fn with_origin(mut fields: Value) -> Value {
    let fields = fields.as_object_mut().unwrap();
    fields.insert("triggeredAt".into(), "2026-06-16T12:17:30.231Z".into());
    fields.insert("source".into(), "webhook".into());
    Value::Object(fields.clone())
}

#[test]
fn a_body_becomes_an_event_by_its_content_type() {
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
        with_origin(json!({"name": "Jos\u{fffd}", "body": "name=Jos%E9", "bodyRepaired": true}))
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
fn the_input_that_another_workflow_gave_is_not_changed() {
    for input in [json!({"a": 1}), json!([1]), json!("x"), Value::Null] {
        let now = Timestamp::from_millis(0);
        let request = WebhookRequest::of_run(&input, 3, None, now);
        assert_eq!(event(&request).unwrap(), input);
        assert_eq!(request.hops(), 3);
    }
}

#[test]
fn members_keep_their_order_and_numbers_every_digit() {
    // `serde_json` writes the sign of an exponent, so the body has it too.
    let body = r#"{"z":123456789012345678901234567890,"a":1e+400,"m":0.1000000000000000055511151231257827}"#;
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
