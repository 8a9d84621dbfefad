//! Requests to the native profile, and its answer to every outcome.

use std::fmt::Write as _;

use lambda_http::http::StatusCode;

use super::*;

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

fn execution() -> ExecutionId {
    ExecutionId::derived(&["e"])
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
    let hook = decode(sized(102_400), Timestamp::from_millis(0)).unwrap();
    assert_eq!(hook.request.body.len(), 102_400);
    assert_eq!(refusal(sized(102_401)), Code::BodyTooLarge);
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
    let outcomes = [
        Outcome::Accepted {
            execution: execution(),
        },
        Outcome::Duplicate {
            execution: execution(),
            status: Status::Running,
            body_differs: false,
        },
        Outcome::Duplicate {
            execution: execution(),
            status: Status::Failed,
            body_differs: true,
        },
        Outcome::NoRoute,
        Outcome::MissingWorkflowOrToken,
        Outcome::BodyTooLarge,
        Outcome::WebhookNotFound,
        Outcome::InvalidToken,
        Outcome::IpNotAllowed,
        Outcome::InvalidSignature(Refusal::Missing),
        Outcome::InvalidSignature(Refusal::Stale),
        Outcome::InvalidSignature(Refusal::Mismatch),
        Outcome::MethodNotAllowed {
            allow: vec![HookMethod::Get, HookMethod::Post],
        },
        Outcome::LoopDetected,
        Outcome::Disabled,
        Outcome::Inactive {
            execution: execution(),
        },
        Outcome::UnreadableBody(UnreadableBody::Json(
            serde_json::from_str::<serde_json::Value>("{").unwrap_err(),
        )),
        Outcome::UnreadableBody(UnreadableBody::Compressed("gzip".into())),
        Outcome::InvalidDeliveryId,
        Outcome::RateLimited {
            retry_after_ms: 1_500,
        },
        Outcome::Unavailable,
        Outcome::Internal,
    ];
    let mut answers = String::new();
    for outcome in outcomes {
        let response = encode(outcome, "req-1");
        let status: StatusCode = response.status();
        write!(answers, "{}", status.as_u16()).unwrap();
        for name in [
            "content-type",
            "allow",
            "retry-after",
            "sluice-execution-status",
            "sluice-duplicate",
        ] {
            if let Some(value) = response.headers().get(name) {
                write!(answers, " {name}: {}", value.to_str().unwrap()).unwrap();
            }
        }
        let body = std::str::from_utf8(response.body()).unwrap();
        writeln!(answers, "\n{body}\n").unwrap();
    }
    insta::assert_snapshot!(answers);
}
