//! Stored requests in both representations.

use domain::Timestamp;

use serde_json::json;

use super::*;
use crate::status::Code;
use crate::test_requests::empty;

fn request(body: &[u8]) -> WebhookRequest {
    WebhookRequest {
        method: "POST".into(),
        query: vec![("page".into(), "2".into())],
        headers: vec![("content-type".into(), "text/plain".into())],
        body: body.to_vec(),
        source_ip: Some("192.0.2.1".parse().unwrap()),
        received_at: Timestamp::from_millis(1_781_612_250_231),
        verified_by: None,
        parameters: Vec::new(),
    }
}

#[test]
fn a_request_has_its_public_form() {
    insta::assert_snapshot!(
        serde_json::to_string_pretty(&view(&request("grüße".as_bytes()))).unwrap()
    );
}

#[test]
fn a_body_that_is_not_utf8_is_shown_as_base64_and_answered_byte_for_byte() {
    let binary = request(b"\xff\x00");
    let view = json!(view(&binary));
    assert_eq!(
        (&view["body"], &view["bodyEncoding"]),
        (&json!("/wA="), &json!("base64"))
    );
    let raw = respond(request(b"\xff\x00"), Representation::Raw);
    assert_eq!(raw.body().as_ref(), b"\xff\x00");
    assert_eq!(raw.headers()["content-type"], "application/octet-stream");
}

#[test]
fn a_parameter_or_header_asks_for_the_bytes() {
    let asked = |query: &[(&str, &str)], accept: &str| {
        let mut inbound = empty();
        inbound.headers = vec![("accept".to_owned(), accept.to_owned())];
        inbound.query = query
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        representation(&inbound).map_err(|problem| problem.code())
    };
    assert_eq!(asked(&[], "*/*"), Ok(Representation::Json));
    assert_eq!(
        asked(&[], "application/octet-stream"),
        Ok(Representation::Raw)
    );
    assert_eq!(asked(&[("raw", "true")], "*/*"), Ok(Representation::Raw));
    assert_eq!(asked(&[("raw", "1")], "*/*"), Err(Code::InvalidParameter));
}
