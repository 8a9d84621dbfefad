//! The refly profile: `POST /v1/openapi/webhook/{webhookId}/run`. The webhook id is the credential. The body is empty, `{}`
//! or `{"variables": {…}}`, and the workflow gets it as it is.

use domain::{
    HookMethod, MAX_BODY_BYTES, Quota, Secret, Timestamp, UnreadableBody, WebhookProfile,
    WebhookRequest,
};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue};
use lambda_http::{Body, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::{HookAddress, Outcome, TriggerWorkflow, chosen_answer};
use crate::answer;
use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::resources;
use crate::status::Code;

/// The only field of a body.
const VARIABLES: &str = "variables";
const CONTENT_TYPE: &str = "content-type";

/// Decodes the path and check 2 of the public contract. A text that cannot be a webhook id belongs to no webhook.
pub(super) fn decode(inbound: Inbound, now: Timestamp) -> Result<TriggerWorkflow, Outcome> {
    let [_, _, _, hook_id, run] = inbound.segments.as_slice() else {
        return Err(Outcome::NoRoute);
    };
    if run != "run" {
        return Err(Outcome::NoRoute);
    }
    let is_too_large = inbound.body.len() > MAX_BODY_BYTES;
    if !is_hook_id(hook_id) {
        return Err(Outcome::not_found(is_too_large));
    }
    let hook_id = Secret::from_caller(hook_id);
    let url = Secret::from_caller(inbound.url());
    Ok(TriggerWorkflow {
        profile: WebhookProfile::Refly,
        address: HookAddress::HookId(hook_id.clone()),
        token: hook_id,
        request: as_json(inbound.into_request(now)),
        url,
        is_too_large,
        awaits_output: false,
    })
}

/// `wh_` and 32 lower-case hexadecimal digits.
fn is_hook_id(text: &str) -> bool {
    text.strip_prefix("wh_").is_some_and(|digits| {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        digits.len() == 32 && digits.bytes().all(is_digit)
    })
}

/// The body is JSON whatever the content type says, because the profile has no other body.
fn as_json(mut request: WebhookRequest) -> WebhookRequest {
    let declares_json = request
        .header(CONTENT_TYPE)
        .is_some_and(|value| value.to_ascii_lowercase().contains("json"));
    if !declares_json {
        request.headers.retain(|(name, _)| name != CONTENT_TYPE);
        let json = (CONTENT_TYPE.to_owned(), "application/json".to_owned());
        request.headers.push(json);
    }
    request
}

/// Check 12 of the public contract for a body that is valid JSON.
pub(super) fn check_body(request: &WebhookRequest) -> Result<(), UnreadableBody> {
    // The method is checked before, so a request without a body is all that is left besides JSON.
    if request.body.trim_ascii().is_empty() {
        return Ok(());
    }
    let body = domain::read_json(&request.body).map_err(UnreadableBody::from)?;
    let Value::Object(fields) = body else {
        return Err(UnreadableBody::Shape("the body is no JSON object"));
    };
    match fields.get(VARIABLES) {
        None | Some(Value::Object(_)) => {}
        Some(_) => return Err(UnreadableBody::Shape("variables is no JSON object")),
    }
    let is_known = |name: &String| name == VARIABLES;
    if !fields.keys().all(is_known) {
        let reason = "the body has another field than variables";
        return Err(UnreadableBody::Shape(reason));
    }
    Ok(())
}

pub(super) fn url(base_url: &str, hook_id: &Secret) -> String {
    format!("{base_url}/v1/openapi/webhook/{}/run", hook_id.reveal())
}

/// 200 with `received`, or a refusal in the product's envelope.
pub(super) fn encode(outcome: Outcome, quota: Option<Quota>, request_id: &str) -> Response<Body> {
    let mut response = match answered(outcome) {
        Ok(response) => response,
        Err(problem) => refuse(problem, request_id),
    };
    if let Some(quota) = quota {
        show(quota, response.headers_mut());
    }
    response
}

/// The names are the product's.
fn show(quota: Quota, headers: &mut HeaderMap) {
    for (name, number) in [
        ("x-ratelimit-limit-rpm", quota.per_minute),
        ("x-ratelimit-remaining-rpm", quota.remaining_of_minute),
        ("x-ratelimit-limit-daily", quota.per_day),
        ("x-ratelimit-remaining-daily", quota.remaining_of_day),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(number));
    }
}

fn answered(outcome: Outcome) -> Result<Response<Body>, Problem> {
    let code = match outcome {
        Outcome::Accepted { .. } | Outcome::Duplicate { .. } | Outcome::Ignored => {
            return Ok(answer::ok(&received()));
        }
        Outcome::Answered { execution, answer } => {
            return Ok(chosen_answer::encode(&answer, execution));
        }
        Outcome::Pending { execution, .. } => {
            let location = resources::execution::location(execution);
            return Ok(answer::accepted(&location, &received()));
        }
        Outcome::ExecutionFailed { execution, title } => {
            return Err(Problem::execution_failed(execution, title));
        }
        Outcome::Captured => return Ok(answer::ok(&received())),
        Outcome::MissingParameters(_) => Code::MissingParameter,
        Outcome::NoRoute => Code::NotFound,
        Outcome::BodyTooLarge => Code::BodyTooLarge,
        Outcome::MissingWorkflowOrToken | Outcome::WebhookNotFound | Outcome::InvalidToken => {
            Code::WebhookNotFound
        }
        Outcome::WorkflowDeleted => Code::CanvasNotFound,
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
        // The product has one code for its limits a minute and a day.
        Outcome::PlanLimit {
            retry_after_ms: Some(retry_after_ms),
        } => return Err(Problem::rate_limited(retry_after_ms)),
        Outcome::PlanLimit {
            retry_after_ms: None,
        } => return Err(Problem::plan_limit(None)),
        Outcome::NoCredits => Code::InsufficientCredits,
        Outcome::Unavailable => return Err(Problem::unavailable()),
        Outcome::Internal => return Err(Problem::internal()),
    };
    Err(Problem::new(code, code.title()))
}

fn received() -> Value {
    json!({"success": true, "data": {"received": true}})
}

/// A refusal as clients of refly expect it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ReflyProblem"))]
pub(crate) struct RefusalView<'a> {
    /// Always `false`.
    success: bool,
    /// Why the request was refused.
    err_code: &'static str,
    /// The same in words.
    err_msg: String,
    /// The id of the request, which the logs carry.
    trace_id: &'a str,
}

/// A problem in this profile's envelope: the code and the message of the product's table, or else our own.
pub fn refuse(problem: Problem, request_id: &str) -> Response<Body> {
    let (code, message) = match problem.code() {
        // What an upload has to do instead.
        Code::BodyTooLarge => (Code::BodyTooLarge.as_str(), problem.detail().to_owned()),
        Code::RateLimited => ("WEBHOOK_RATE_LIMITED", "Webhook rate limited".to_owned()),
        // The title of the error is all that a sender is told.
        Code::ExecutionFailed => (Code::ExecutionFailed.as_str(), problem.detail().to_owned()),
        code => (code.as_str(), code.title().to_owned()),
    };
    problem.respond_with(&json!(RefusalView {
        success: false,
        err_code: code,
        err_msg: message,
        trace_id: request_id,
    }))
}

#[cfg(test)]
mod tests;
