//! One outcome of every kind, for the test of each profile that shows its answer to every one.

use std::fmt::Write as _;

use domain::signature::Refusal;
use domain::{
    Answer, AnswerParts, ExecutionId, HookMethod, MissingParameters, ParameterField,
    ParameterPlace, ParameterType, Status, TriggerId, UnreadableBody,
};
use lambda_http::{Body, Response};

use super::Outcome;

/// Headers of answers that say something of the outcome.
const HEADERS: [&str; 5] = [
    "content-type",
    "allow",
    "retry-after",
    "sluice-execution-status",
    "sluice-duplicate",
];

/// Every outcome with its answer: status, headers and body, for a snapshot.
pub(super) fn answers(encode: impl Fn(Outcome, &str) -> Response<Body>) -> String {
    let mut answers = String::new();
    for outcome in every_outcome() {
        let name = format!("{outcome:?}");
        let response = encode(outcome, "req-1");
        let status = response.status().as_u16();
        write!(answers, "{name}\n{status}").expect("a string takes all");
        for name in HEADERS {
            if let Some(value) = response.headers().get(name) {
                let value = value.to_str().expect("it is ASCII");
                write!(answers, " {name}: {value}").expect("a string takes all");
            }
        }
        let body = std::str::from_utf8(response.body()).expect("it is JSON");
        writeln!(answers, "\n{body}\n").expect("a string takes all");
    }
    answers
}

fn every_outcome() -> Vec<Outcome> {
    let execution = ExecutionId::derived(&["e"]);
    let trigger = TriggerId::derived(&["t"]);
    let not_json = serde_json::from_str::<serde_json::Value>("{").expect_err("it is no JSON");
    vec![
        Outcome::Accepted { execution, trigger },
        Outcome::Duplicate {
            execution,
            trigger,
            status: Status::Running,
            body_differs: false,
        },
        Outcome::Duplicate {
            execution,
            trigger,
            status: Status::Failed,
            body_differs: true,
        },
        Outcome::Ignored,
        Outcome::Answered {
            execution,
            answer: Answer::new(AnswerParts::default()).expect("it is valid"),
        },
        Outcome::Pending { execution, trigger },
        Outcome::ExecutionFailed {
            execution,
            title: "Broken".to_owned(),
        },
        Outcome::Captured,
        Outcome::NoRoute,
        Outcome::MissingWorkflowOrToken,
        Outcome::BodyTooLarge,
        Outcome::WebhookNotFound,
        Outcome::WorkflowDeleted,
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
        Outcome::Inactive { execution },
        Outcome::PlanLimit {
            retry_after_ms: None,
        },
        Outcome::PlanLimit {
            retry_after_ms: Some(90_000),
        },
        Outcome::NoCredits,
        Outcome::UnreadableBody(UnreadableBody::from(not_json)),
        Outcome::UnreadableBody(UnreadableBody::Shape("variables is no JSON object")),
        Outcome::UnreadableBody(UnreadableBody::Compressed("gzip".into())),
        Outcome::MissingParameters(missing_parameters()),
        Outcome::InvalidDeliveryId,
        Outcome::RateLimited {
            retry_after_ms: 1_500,
        },
        Outcome::Unavailable,
        Outcome::Internal,
    ]
}

fn missing_parameters() -> MissingParameters {
    let number = |name: &str| {
        let field = ParameterField::new(ParameterPlace::Body, name, ParameterType::Number);
        field.expect("the name is valid")
    };
    MissingParameters {
        absent: vec![number("order.id"), number("total")],
        mistyped: vec![number("count")],
    }
}
