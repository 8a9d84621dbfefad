//! The native webhook profile: `POST /hooks/{workflowId}?token=…` into a domain request, and what
//! became of it into a response. It knows neither the configuration nor the record of executions.

use domain::signature::Refusal;
use domain::{
    ExecutionId, HookMethod, MAX_BODY_BYTES, Secret, Timestamp, UnreadableBody, WebhookRequest,
    WorkflowId,
};
use lambda_http::{Body, Response};
use serde_json::json;

use crate::answer;
use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::status::Code;

/// A request to a webhook URL that says which workflow it is for and shows a token.
#[derive(Debug)]
pub struct Hook {
    pub workflow: WorkflowId,
    pub token: Secret,
    /// As it came in; credentials are still inside.
    pub request: WebhookRequest,
}

/// What became of a request to a webhook URL.
#[derive(Debug)]
pub enum Outcome {
    Accepted {
        execution: ExecutionId,
    },
    Duplicate {
        execution: ExecutionId,
    },
    NoRoute,
    MissingWorkflowOrToken,
    BodyTooLarge,
    WebhookNotFound,
    InvalidToken,
    IpNotAllowed,
    InvalidSignature(Refusal),
    MethodNotAllowed {
        allow: Vec<HookMethod>,
    },
    LoopDetected,
    Disabled,
    /// The refusal is recorded as this execution.
    Inactive {
        execution: ExecutionId,
    },
    UnreadableBody(UnreadableBody),
    InvalidSenderDeliveryId,
    RateLimited {
        retry_after_ms: i64,
    },
    /// A store did not answer: whether anything was recorded is unknown, so a sender that repeats
    /// should do so with a delivery id.
    Unavailable,
    /// A record could not be read; the log has the cause.
    Internal,
}

impl Hook {
    /// Checks 1 and 2 of the public contract. An id that cannot be one belongs to no workflow.
    pub fn parse(inbound: Inbound, now: Timestamp) -> Result<Self, Outcome> {
        let workflow = match inbound.segments.as_slice() {
            [hooks] if hooks == "hooks" => return Err(Outcome::MissingWorkflowOrToken),
            [hooks, workflow] if hooks == "hooks" => workflow,
            _ => return Err(Outcome::NoRoute),
        };
        let token = inbound
            .parameter("token")
            .filter(|token| !token.is_empty())
            .map(Secret::from_caller)
            .ok_or(Outcome::MissingWorkflowOrToken)?;
        if inbound.body.len() > MAX_BODY_BYTES {
            return Err(Outcome::BodyTooLarge);
        }
        let workflow = WorkflowId::parse(workflow).map_err(|_| Outcome::WebhookNotFound)?;
        Ok(Self {
            workflow,
            token,
            request: WebhookRequest {
                method: inbound.method,
                query: inbound.query,
                headers: inbound.headers,
                body: inbound.body,
                source_ip: inbound.source_ip,
                received_at: now,
                verified_by: None,
            },
        })
    }
}

impl Outcome {
    /// 200 with the execution, or a problem.
    pub fn respond(self, request_id: &str) -> Response<Body> {
        match self.into_result() {
            Ok(response) => response,
            Err(problem) => problem.respond(request_id),
        }
    }

    fn into_result(self) -> Result<Response<Body>, Problem> {
        let problem = match self {
            Self::Accepted { execution } => {
                return Ok(answer::ok(
                    &json!({"success": true, "executionId": execution}),
                ));
            }
            Self::Duplicate { execution } => {
                return Ok(answer::ok(&json!({
                    "success": true,
                    "executionId": execution,
                    "deduplicated": true,
                })));
            }
            Self::NoRoute => Problem::not_found(),
            Self::MethodNotAllowed { allow } => Problem::method_not_allowed(&listed(&allow)),
            Self::Inactive { execution } => Problem::workflow_inactive(execution),
            Self::UnreadableBody(unreadable) => unreadable_body(&unreadable),
            Self::RateLimited { retry_after_ms } => Problem::rate_limited(retry_after_ms),
            Self::Unavailable => Problem::unavailable(),
            Self::Internal => Problem::internal(),
            Self::MissingWorkflowOrToken => Problem::new(
                Code::MissingWorkflowOrToken,
                "Send the request to /hooks/{workflowId}?token=…, as the trigger's URL shows it.",
            ),
            Self::BodyTooLarge => Problem::new(
                Code::BodyTooLarge,
                format!("Send at most {MAX_BODY_BYTES} bytes."),
            ),
            Self::WebhookNotFound => Problem::new(
                Code::WebhookNotFound,
                "There is no such workflow; check the URL.",
            ),
            Self::InvalidToken => Problem::new(
                Code::InvalidToken,
                "The token is not, or no longer, that of a trigger of this workflow.",
            ),
            Self::IpNotAllowed => Problem::new(
                Code::IpNotAllowed,
                "The trigger's allow list does not hold your address.",
            ),
            Self::InvalidSignature(refusal) => {
                Problem::new(Code::InvalidSignature, unproven(refusal))
            }
            Self::LoopDetected => Problem::loop_detected(),
            Self::Disabled => {
                Problem::new(Code::WebhookDisabled, "Enable the trigger, then try again.")
            }
            Self::InvalidSenderDeliveryId => Problem::new(
                Code::InvalidSenderDeliveryId,
                "A delivery id is 1 to 255 visible ASCII characters.",
            ),
        };
        Err(problem)
    }
}

/// What the sender can do about it. It says nothing of the secret, nor which signature would have been right.
fn unproven(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Missing => {
            "Sign the request as the trigger's authentication says: a header of it is missing or malformed."
        }
        Refusal::Stale => {
            "The signature's time is too far from now; check the clock, then sign the request anew."
        }
        Refusal::Mismatch => {
            "The signature does not fit; sign the body byte for byte as it is sent, with the trigger's secret."
        }
    }
}

fn unreadable_body(unreadable: &UnreadableBody) -> Problem {
    let code = match unreadable {
        UnreadableBody::Json(_) => Code::InvalidRequestBody,
        UnreadableBody::Compressed(_) => Code::UnsupportedEncoding,
    };
    Problem::new(code, unreadable.to_string())
}

fn listed(methods: &[HookMethod]) -> String {
    let names: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests;
