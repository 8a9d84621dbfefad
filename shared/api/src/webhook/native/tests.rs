//! Requests to the native profile, and its answer to every outcome.

use super::*;
use crate::webhook::test_outcomes;

fn inbound(segments: &[&str], query: &[(&str, &str)], body_bytes: usize) -> Inbound {
    let mut inbound = Inbound::read(lambda_http::Request::default());
    inbound.segments = segments.iter().map(|&segment| segment.to_owned()).collect();
    inbound.query = query
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    inbound.body = vec![b'x'; body_bytes];
    inbound
}

fn refusal(inbound: Inbound) -> Code {
    let outcome = decode(inbound, Timestamp::from_millis(0)).unwrap_err();
    answered(outcome).unwrap_err().code()
}

fn workflow() -> String {
    WorkflowId::derived(&["w"]).to_string()
}

#[test]
fn a_request_needs_a_workflow_and_a_token() {
    let token = ("token", "t");
    for incomplete in [
        inbound(&["hooks"], &[token], 0),
        inbound(&["hooks", &workflow()], &[], 0),
        inbound(&["hooks", &workflow()], &[("token", "")], 0),
        inbound(&["hooks", "no-id"], &[("tokens", "t")], MAX_BODY_BYTES + 1),
    ] {
        assert_eq!(refusal(incomplete), Code::MissingWorkflowOrToken);
    }
    let elsewhere = inbound(&["hooks", &workflow(), "more"], &[token], 0);
    assert_eq!(refusal(elsewhere), Code::NotFound);
}

#[test]
fn a_body_of_100_kb_passes_and_one_byte_more_does_not() {
    let sized = |bytes| inbound(&["hooks", &workflow()], &[("token", "t")], bytes);
    let hook = |bytes| decode(sized(bytes), Timestamp::from_millis(0)).unwrap();
    assert_eq!(hook(102_400).request.body.len(), 102_400);
    assert!(!hook(102_400).is_too_large);
    assert!(hook(102_401).is_too_large);
}

#[test]
fn a_malformed_workflow_id_belongs_to_no_workflow() {
    let malformed = |bytes| inbound(&["hooks", "wf_x"], &[("token", "t")], bytes);
    assert_eq!(refusal(malformed(0)), Code::WebhookNotFound);
    assert_eq!(refusal(malformed(102_401)), Code::BodyTooLarge);
}

#[test]
fn retry_after_is_in_whole_seconds_rounded_up() {
    for (retry_after_ms, secs) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2")] {
        let response = encode(Outcome::RateLimited { retry_after_ms }, "req");
        assert_eq!(response.headers()["retry-after"], secs);
    }
}

#[test]
fn every_outcome_has_its_answer() {
    insta::assert_snapshot!(test_outcomes::answers(encode));
}
