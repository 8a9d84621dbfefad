//! Requests to the refly profile, and its answer to every outcome.

use super::*;
use crate::webhook::test_outcomes;

const HOOK_ID: &str = "wh_0123456789abcdef0123456789abcdef";

fn inbound(hook_id: &str, body: &[u8]) -> Inbound {
    let mut inbound = Inbound::read(lambda_http::Request::default());
    let path = ["v1", "openapi", "webhook", hook_id, "run"];
    inbound.segments = path.map(str::to_owned).to_vec();
    inbound.method = "POST".to_owned();
    inbound.body = body.to_vec();
    inbound
}

fn decoded(inbound: Inbound) -> Result<TriggerWorkflow, Outcome> {
    decode(inbound, Timestamp::from_millis(0))
}

#[test]
fn a_webhook_id_is_wh_and_32_hexadecimal_digits() {
    assert!(decoded(inbound(HOOK_ID, b"")).is_ok());
    for malformed in [
        "",
        "wh_",
        "0123456789abcdef0123456789abcdef",
        "wh_0123456789abcdef0123456789abcde",
        "wh_0123456789abcdef0123456789abcdef0",
        "wh_0123456789ABCDEF0123456789ABCDEF",
        "wh_0123456789abcdef0123456789abcdeg",
    ] {
        let refused = decoded(inbound(malformed, b"")).unwrap_err();
        assert!(matches!(refused, Outcome::WebhookNotFound), "{malformed}");
    }
    let mut elsewhere = inbound(HOOK_ID, b"");
    elsewhere.segments[4] = "walk".to_owned();
    let refused = decoded(elsewhere).unwrap_err();
    assert!(matches!(refused, Outcome::NoRoute));
}

#[test]
fn a_body_of_100_kb_passes_and_one_byte_more_does_not() {
    let sized = |id: &str, bytes| decoded(inbound(id, &vec![b' '; bytes]));
    assert!(!sized(HOOK_ID, MAX_BODY_BYTES).unwrap().is_too_large);
    assert!(sized(HOOK_ID, MAX_BODY_BYTES + 1).unwrap().is_too_large);
    let refused = sized("wh_", MAX_BODY_BYTES + 1).unwrap_err();
    assert!(matches!(refused, Outcome::BodyTooLarge));
}

#[test]
fn a_body_is_empty_or_an_object_with_variables_alone() {
    let check = |body: &str| {
        let request = decoded(inbound(HOOK_ID, body.as_bytes())).unwrap().request;
        crate::webhook::check_body(WebhookProfile::Refly, &request)
    };
    for body in [
        "",
        " \n",
        "{}",
        r#"{"variables": {}}"#,
        r#"{"variables": {"name": "Ada", "files": ["of_1", "of_2"], "deep": {"n": 1}}}"#,
    ] {
        check(body).unwrap();
    }
    for body in [
        "{",
        "null",
        "[]",
        "7",
        r#"{"variables": null}"#,
        r#"{"variables": []}"#,
        r#"{"variables": "x"}"#,
        r#"{"input": {}}"#,
        r#"{"variables": {}, "input": {}}"#,
        "name=Ada",
    ] {
        assert!(check(body).is_err(), "{body}");
    }
}

#[test]
fn a_body_is_json_whatever_its_content_type_says() {
    for (sent, kept) in [
        (None, "application/json"),
        (
            Some("application/x-www-form-urlencoded"),
            "application/json",
        ),
        (Some("application/vnd.x+json"), "application/vnd.x+json"),
    ] {
        let mut inbound = inbound(HOOK_ID, br#"{"variables": {"a": 1}}"#);
        let sent = sent.map(|value| (CONTENT_TYPE.to_owned(), value.to_owned()));
        inbound.headers = sent.into_iter().collect();
        let request = decoded(inbound).unwrap().request;
        assert_eq!(request.header(CONTENT_TYPE), Some(kept));
        let event = domain::event(&request).unwrap();
        assert_eq!(event["variables"], json!({"a": 1}));
    }
}

#[test]
fn every_outcome_has_its_answer() {
    let encode = |outcome, request_id: &str| encode(outcome, None, request_id);
    insta::assert_snapshot!(test_outcomes::answers(encode));
}

#[test]
fn what_is_left_of_the_limits_is_said_with_every_outcome() {
    let quota = Quota {
        per_minute: 100,
        remaining_of_minute: 99,
        per_day: 10_000,
        remaining_of_day: 9_999,
    };
    for outcome in [Outcome::Ignored, Outcome::RateLimited { retry_after_ms: 1 }] {
        let response = encode(outcome, Some(quota), "req-1");
        let shown = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(shown("X-RateLimit-Limit-RPM"), "100");
        assert_eq!(shown("X-RateLimit-Remaining-RPM"), "99");
        assert_eq!(shown("X-RateLimit-Limit-Daily"), "10000");
        assert_eq!(shown("X-RateLimit-Remaining-Daily"), "9999");
    }
}
