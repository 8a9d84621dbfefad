//! The HTTP calls of a workflow: translates the engine's request for `egress`, and the response back.

use domain::{EffectKey, Execution, ExecutionId, Tenant, WebhookRequest};
use egress::{Failure, LargeBodies, Limits, Request};
use engine::{Action, CallFailure, CallResult, HttpCall};

use crate::App;
use crate::files;

/// The longest that one call may take, in milliseconds.
pub(crate) const CALL_MS: i64 = 30_000;

/// How long a call may take, where this invocation has so much time left.
pub(crate) fn call_ms(available_ms: i64) -> u64 {
    u64::try_from(available_ms.clamp(1, CALL_MS)).unwrap_or(1)
}

/// Answers over 64 KB that one execution reads at a time; the other ones wait, as part of their own time.
const MAX_LARGE_ANSWERS: usize = 4;

/// The tenant that an action belongs to, and its effect key, which is the same for every repeat.
pub(crate) struct Caller {
    pub(crate) tenant: Tenant,
    pub(crate) effect: EffectKey,
}

/// What the calls of an execution carry on from the webhook that started it.
pub(crate) struct Origin {
    execution: ExecutionId,
    tenant: Tenant,
    hops: u8,
    traceparent: Option<String>,
    large_answers: LargeBodies,
}

impl Origin {
    pub(crate) fn new(execution: &Execution, request: &WebhookRequest) -> Self {
        Self {
            execution: execution.id,
            tenant: execution.tenant,
            hops: request.hops().saturating_add(1),
            traceparent: request.traceparent().map(str::to_owned),
            large_answers: LargeBodies::new(MAX_LARGE_ANSWERS),
        }
    }

    /// How many workflows called one another, the next call included.
    pub(crate) fn hops(&self) -> u8 {
        self.hops
    }

    pub(crate) fn traceparent(&self) -> Option<&str> {
        self.traceparent.as_deref()
    }

    /// The caller of an action. Its effect key is the same for every repeat of the action, and different for every other.
    pub(crate) fn caller(&self, action: &Action) -> Caller {
        Caller {
            tenant: self.tenant,
            effect: EffectKey::new(self.execution, &action.id),
        }
    }

    /// Makes a call. A failure is a result as well, because the workflow may catch it.
    pub(crate) async fn call(
        &self,
        app: &App,
        mut call: HttpCall,
        effect: &EffectKey,
        available_ms: i64,
    ) -> CallResult {
        let prepared = async {
            files::sign_references(app, self.tenant, &mut call).await?;
            files::body(app, self.tenant, &mut call).await
        };
        let body = match prepared.await {
            Ok(body) => body,
            Err(detail) => {
                let kind = CallFailure::Refused;
                return CallResult::Failed { kind, detail };
            }
        };
        let request = Request {
            method: call.method,
            url: call.url,
            headers: call.headers,
            body: Vec::new(),
            hops: self.hops,
            traceparent: self.traceparent.clone(),
            idempotency_key: Some(effect.as_str().to_owned()),
        };
        let limits = Limits {
            total_ms: call_ms(available_ms),
            ..Limits::default()
        };
        let sent = app
            .egress
            .send_body(request, body, limits, &self.large_answers);
        match sent.await {
            Ok(response) => CallResult::Response {
                status: response.status,
                headers: response.headers,
                body: response.body,
            },
            Err(failure) => CallResult::Failed {
                kind: kind(&failure),
                detail: failure.to_string(),
            },
        }
    }
}

fn kind(failure: &Failure) -> CallFailure {
    match failure {
        Failure::Refused(_) | Failure::Method(_) | Failure::Header { .. } => CallFailure::Refused,
        Failure::Timeout { .. } => CallFailure::Timeout,
        Failure::Dns { .. }
        | Failure::NoRoom { .. }
        | Failure::Connect { .. }
        | Failure::Tls { .. }
        | Failure::TooLarge { .. }
        | Failure::TooManyHeaders { .. }
        | Failure::EndlessHeaders { .. }
        | Failure::Interrupted { .. }
        | Failure::NotHttp { .. } => CallFailure::Communication,
    }
}

#[cfg(test)]
mod tests {
    use super::call_ms;

    #[test]
    fn a_call_takes_30_seconds_at_the_most() {
        for (available_ms, allowed_ms) in [
            (30_001, 30_000),
            (30_000, 30_000),
            (29_999, 29_999),
            (1, 1),
            (0, 1),
            (-5, 1),
        ] {
            assert_eq!(call_ms(available_ms), allowed_ms, "{available_ms}");
        }
    }
}
