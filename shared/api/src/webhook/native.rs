//! The native profile: `/hooks/{workflowId}?token=…`, answered with the execution, or with a problem (RFC 9457).

use domain::signature::Refusal;
use domain::{
    ExecutionId, HookMethod, MAX_BODY_BYTES, Secret, Status, Timestamp, UnreadableBody,
    WebhookProfile, WorkflowId,
};
use lambda_http::http::{HeaderName, HeaderValue};
use lambda_http::{Body, Response};
use serde_json::json;

use super::{HookAddress, Outcome, TriggerWorkflow, chosen_answer};
use crate::answer;
use crate::auth;
use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::resources::execution;
use crate::status::Code;

/// With a duplicate: the status of the execution of the first request.
const EXECUTION_STATUS: HeaderName = HeaderName::from_static("sluice-execution-status");
/// With a duplicate whose body is not that of the first request.
const DUPLICATE: HeaderName = HeaderName::from_static("sluice-duplicate");

/// Decodes checks 1 and 2 of the public contract. A text that cannot be an id belongs to no workflow.
pub(super) fn decode(inbound: Inbound, now: Timestamp) -> Result<TriggerWorkflow, Outcome> {
    let workflow = match inbound.segments.as_slice() {
        [hooks] if hooks == "hooks" => return Err(Outcome::MissingWorkflowOrToken),
        [hooks, workflow] if hooks == "hooks" => workflow,
        _ => return Err(Outcome::NoRoute),
    };
    let token = inbound
        .parameter("token")
        .or_else(|| auth::bearer(&inbound))
        .filter(|token| !token.is_empty())
        .map(Secret::from_caller)
        .ok_or(Outcome::MissingWorkflowOrToken)?;
    let is_too_large = inbound.body.len() > MAX_BODY_BYTES;
    let unknown = |_| Outcome::not_found(is_too_large);
    let workflow = WorkflowId::parse(workflow).map_err(unknown)?;
    let url = Secret::from_caller(inbound.url());
    Ok(TriggerWorkflow {
        profile: WebhookProfile::Native,
        address: HookAddress::Workflow(workflow),
        token,
        request: inbound.into_request(now),
        url,
        is_too_large,
        awaits_output: false,
    })
}

pub(super) fn url(base_url: &str, workflow: WorkflowId, token: &Secret) -> String {
    format!("{base_url}/hooks/{workflow}?token={}", token.reveal())
}

/// 200 with the execution, or a problem.
pub(super) fn encode(outcome: Outcome, request_id: &str) -> Response<Body> {
    match answered(outcome) {
        Ok(response) => response,
        Err(problem) => problem.respond(request_id),
    }
}

fn answered(outcome: Outcome) -> Result<Response<Body>, Problem> {
    let (code, detail) = match outcome {
        Outcome::Accepted { execution, .. } => {
            return Ok(answer::ok(
                &json!({"success": true, "executionId": execution}),
            ));
        }
        Outcome::Duplicate {
            execution,
            status,
            body_differs,
            ..
        } => return Ok(duplicate(execution, status, body_differs)),
        Outcome::Ignored => return Ok(answer::ok(&json!({"success": true, "ignored": true}))),
        Outcome::Answered { execution, answer } => {
            return Ok(chosen_answer::encode(&answer, execution));
        }
        Outcome::Pending { execution, .. } => return Ok(pending(execution)),
        Outcome::ExecutionFailed { execution, title } => {
            return Err(Problem::execution_failed(execution, title));
        }
        Outcome::Captured => return Ok(answer::ok(&json!({"success": true, "captured": true}))),
        Outcome::NoRoute => return Err(Problem::not_found()),
        Outcome::BodyTooLarge => {
            let detail = format!("Send at most {MAX_BODY_BYTES} bytes.");
            return Err(Problem::new(Code::BodyTooLarge, detail));
        }
        Outcome::MethodNotAllowed { allow } => {
            return Err(Problem::method_not_allowed(&HookMethod::list(&allow)));
        }
        Outcome::Inactive { execution } => return Err(Problem::workflow_inactive(execution)),
        Outcome::UnreadableBody(unreadable) => return Err(unreadable_body(&unreadable)),
        Outcome::MissingParameters(missing) => return Err(Problem::missing_parameters(&missing)),
        Outcome::RateLimited { retry_after_ms } => {
            return Err(Problem::rate_limited(retry_after_ms));
        }
        Outcome::PlanLimit { retry_after_ms } => return Err(Problem::plan_limit(retry_after_ms)),
        Outcome::NoCredits => return Err(Problem::no_credits()),
        Outcome::Unavailable => return Err(Problem::unavailable()),
        Outcome::Internal => return Err(Problem::internal()),
        Outcome::LoopDetected => return Err(Problem::loop_detected()),
        Outcome::MissingWorkflowOrToken => (
            Code::MissingWorkflowOrToken,
            "Send the request to /hooks/{workflowId}?token=…, as the trigger's URL shows it, or the token in `Authorization: Bearer`.",
        ),
        Outcome::WebhookNotFound | Outcome::WorkflowDeleted => (
            Code::WebhookNotFound,
            "There is no such workflow; check the URL.",
        ),
        Outcome::InvalidToken => (
            Code::InvalidToken,
            "The token is not, or no longer, that of a trigger of this workflow.",
        ),
        Outcome::IpNotAllowed => (
            Code::IpNotAllowed,
            "The trigger's allow list does not hold your address.",
        ),
        Outcome::InvalidSignature(refusal) => (Code::InvalidSignature, unverified(refusal)),
        Outcome::Disabled => (Code::WebhookDisabled, "Enable the trigger, then try again."),
        Outcome::InvalidDeliveryId => (
            Code::InvalidDeliveryId,
            "A delivery id is 1 to 255 visible ASCII characters.",
        ),
    };
    Err(Problem::new(code, detail))
}

/// The body is as documented, so what else there is to know is in headers.
fn duplicate(execution: ExecutionId, status: Status, body_differs: bool) -> Response<Body> {
    let response = answer::ok(&json!({
        "success": true,
        "executionId": execution,
        "deduplicated": true,
    }));
    noting_duplicate(response, status, body_differs)
}

/// The answer with the headers of one to a duplicate.
pub(super) fn noting_duplicate(
    mut response: Response<Body>,
    status: Status,
    body_differs: bool,
) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(EXECUTION_STATUS, HeaderValue::from_static(status.as_str()));
    if body_differs {
        headers.insert(DUPLICATE, HeaderValue::from_static("body-differs"));
    }
    response
}

/// 202: the result can be read at the address in `Location`, with an API key.
fn pending(id: ExecutionId) -> Response<Body> {
    let document = json!({"success": true, "executionId": id});
    answer::accepted(&execution::location(id), &document)
}

/// What the sender can do about it. It says nothing of the secret, nor which signature would have been right.
fn unverified(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Missing => {
            "Send the proof that the trigger's authentication asks for: a part of it is missing or malformed."
        }
        Refusal::Stale => {
            "The signature's time is too far from now; check the clock, then sign the request anew."
        }
        Refusal::Mismatch => {
            "The signature does not fit; sign the body byte for byte as it is sent, with the trigger's secret, or check AppKey and Sign."
        }
    }
}

fn unreadable_body(unreadable: &UnreadableBody) -> Problem {
    let code = match unreadable {
        UnreadableBody::Json(_) | UnreadableBody::Shape(_) => Code::InvalidRequestBody,
        UnreadableBody::Compressed(_) => Code::UnsupportedEncoding,
    };
    Problem::new(code, unreadable.to_string())
}

#[cfg(test)]
mod tests;
