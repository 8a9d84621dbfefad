//! The hap profile: `GET` or `POST /workflow/hooks/{hookId}`, answered with `{"status": 1, …}` or `{"status": 0, "msg": …}`, and
//! `/workflow/hooks2/{hookId}`, the same hook where the answer comes from the execution. The hook id is the credential. The
//! body and the query are read as the native profile reads them.

use domain::{
    ExecutionId, HookMethod, MAX_BODY_BYTES, Secret, Timestamp, TriggerId, UnreadableBody,
    WebhookProfile,
};
use lambda_http::{Body, Response};
use serde_json::{Value, json};

use super::{HookAddress, Outcome, TriggerWorkflow, chosen_answer, native};
use crate::answer;
use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::resources;
use crate::status::Code;

/// The second segment of the path whose answer comes from the execution.
const HOOKS_WITH_OUTPUT: &str = "hooks2";
/// Characters of a hook id: 256 bits in base64url.
const HOOK_ID_CHARS: usize = 43;

/// Decodes the path and check 2 of the public contract. A text that cannot be a hook id belongs to no webhook.
pub(super) fn decode(inbound: Inbound, now: Timestamp) -> Result<TriggerWorkflow, Outcome> {
    let (hooks, hook_id) = match inbound.segments.as_slice() {
        [_, _] => return Err(Outcome::MissingWorkflowOrToken),
        [_, hooks, hook_id] => (hooks, hook_id),
        _ => return Err(Outcome::NoRoute),
    };
    let awaits_output = hooks == HOOKS_WITH_OUTPUT;
    let is_too_large = inbound.body.len() > MAX_BODY_BYTES;
    if !is_hook_id(hook_id) {
        return Err(Outcome::not_found(is_too_large));
    }
    let hook_id = Secret::from_caller(hook_id);
    let url = Secret::from_caller(inbound.url());
    Ok(TriggerWorkflow {
        profile: WebhookProfile::Hap,
        address: HookAddress::HookId(hook_id.clone()),
        token: hook_id,
        request: inbound.into_request(now),
        url,
        is_too_large,
        awaits_output,
    })
}

fn is_hook_id(text: &str) -> bool {
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.len() == HOOK_ID_CHARS && text.bytes().all(is_base64url)
}

pub(super) fn url(base_url: &str, hook_id: &Secret) -> String {
    format!("{base_url}/workflow/hooks/{}", hook_id.reveal())
}

/// 200 with the trigger and the execution, or a refusal with its message.
pub(super) fn encode(outcome: Outcome) -> Response<Body> {
    match answered(outcome) {
        Ok(response) => response,
        Err(problem) => refuse(problem),
    }
}

fn answered(outcome: Outcome) -> Result<Response<Body>, Problem> {
    let code = match outcome {
        Outcome::Accepted { execution, trigger } => {
            return Ok(answer::ok(&accepted(trigger, execution)));
        }
        Outcome::Duplicate {
            execution,
            trigger,
            status,
            body_differs,
        } => {
            let response = answer::ok(&accepted(trigger, execution));
            return Ok(native::noting_duplicate(response, status, body_differs));
        }
        Outcome::Ignored => return Ok(answer::ok(&json!({"status": 1, "msg": "ignored"}))),
        Outcome::Answered { execution, answer } => {
            return Ok(chosen_answer::encode(&answer, execution));
        }
        Outcome::Pending { execution, trigger } => {
            let location = resources::execution::location(execution);
            return Ok(answer::accepted(&location, &accepted(trigger, execution)));
        }
        Outcome::ExecutionFailed { execution, title } => {
            return Err(Problem::execution_failed(execution, title));
        }
        Outcome::Captured => return Ok(captured()),
        Outcome::MissingParameters(_) => Code::MissingParameter,
        Outcome::NoRoute => Code::NotFound,
        Outcome::BodyTooLarge => Code::BodyTooLarge,
        Outcome::MissingWorkflowOrToken
        | Outcome::WebhookNotFound
        | Outcome::WorkflowDeleted
        | Outcome::InvalidToken => Code::WebhookNotFound,
        Outcome::IpNotAllowed => Code::IpNotAllowed,
        Outcome::InvalidSignature(_) => Code::InvalidSignature,
        Outcome::MethodNotAllowed { allow } => {
            return Err(Problem::method_not_allowed(&HookMethod::list(&allow)));
        }
        Outcome::LoopDetected => Code::LoopDetected,
        Outcome::Disabled => Code::WebhookDisabled,
        Outcome::Inactive { .. } => Code::WorkflowInactive,
        Outcome::UnreadableBody(UnreadableBody::Compressed(_)) => Code::UnsupportedEncoding,
        Outcome::UnreadableBody(UnreadableBody::Json(_) | UnreadableBody::Shape(_)) => {
            Code::InvalidRequestBody
        }
        Outcome::InvalidDeliveryId => Code::InvalidDeliveryId,
        Outcome::RateLimited { retry_after_ms } => {
            return Err(Problem::rate_limited(retry_after_ms));
        }
        Outcome::PlanLimit { retry_after_ms } => return Err(Problem::plan_limit(retry_after_ms)),
        Outcome::NoCredits => return Err(Problem::no_credits()),
        Outcome::Unavailable => return Err(Problem::unavailable()),
        Outcome::Internal => return Err(Problem::internal()),
    };
    Err(Problem::new(code, code.title()))
}

/// Nothing runs, so there is no instance.
fn captured() -> Response<Body> {
    answer::ok(&json!({"status": 1, "data": {"captured": true}, "msg": "success"}))
}

/// The trigger is the source, and the execution the instance.
fn accepted(trigger: TriggerId, execution: ExecutionId) -> Value {
    json!({
        "status": 1,
        "data": {"sourceId": trigger, "instanceId": execution},
        "msg": "success",
    })
}

/// The status is that of the native profile, the message its title.
fn refuse(problem: Problem) -> Response<Body> {
    let message = match problem.code() {
        // The title of the error is all that a sender is told.
        Code::ExecutionFailed => problem.detail(),
        code => code.title(),
    };
    let body = json!({"status": 0, "msg": message});
    problem.respond_with(&body)
}

#[cfg(test)]
mod tests;
