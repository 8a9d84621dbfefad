//! Whether a request may trigger a workflow: the rules are the domain's; between their two halves the signature is
//! verified, which may need a call of KMS.

use api::webhook::{self, TriggerWorkflow};
use domain::{
    AuthorizationRequest, Decision, MatchedTrigger, Timestamp, Trigger, WebhookRequest,
    capture_window, decide, inquire, match_trigger,
};
use store::StoreError;

use crate::App;
use crate::capture::try_capture;
use crate::configurations::Configuration;

/// What is decided about a request.
pub(crate) struct Authorized<'a> {
    pub(crate) decision: Decision<'a>,
    /// The trigger that the token is of.
    pub(crate) trigger: Option<&'a Trigger>,
    /// Whose pages may read the answer, where the request comes from such a page: its origin, or `*`.
    pub(crate) allowed_origin: Option<&'a str>,
}

impl Authorized<'_> {
    /// Whether nothing is refused. A cached configuration is trusted to say so, never to refuse.
    pub(crate) fn is_allowed(&self) -> bool {
        match self.decision {
            Decision::Allow(_)
            | Decision::Captured
            | Decision::Preflight { .. }
            | Decision::Head(_) => true,
            Decision::Inactive(_)
            | Decision::NotFound
            | Decision::InvalidToken
            | Decision::IpNotAllowed(_)
            | Decision::InvalidSignature(_)
            | Decision::MethodNotAllowed(_)
            | Decision::LoopDetected
            | Decision::Disabled => false,
        }
    }
}

/// Verifies the signature only where the token matches, so that a request without the token causes no call of KMS.
pub(crate) async fn authorize<'a>(
    app: &App,
    configured: &'a Configuration,
    command: &TriggerWorkflow,
    now: Timestamp,
) -> Result<Authorized<'a>, StoreError> {
    let asked = asked(command, now);
    let matched = match match_in(configured, &asked) {
        Ok(matched) => matched,
        Err(refused) => {
            return Ok(Authorized {
                trigger: called(&refused),
                decision: refused,
                allowed_origin: None,
            });
        }
    };
    let cors = &matched.trigger.cors;
    let allowed_origin = command.origin().and_then(|origin| cors.allowed(origin));
    if let Some(decision) = inquire(matched, &asked) {
        return Ok(Authorized {
            decision,
            trigger: Some(matched.trigger),
            allowed_origin,
        });
    }
    let verdict = app
        .signatures
        .verify(&app.aws, matched.trigger, command.signed(), now)
        .await?;
    let mut decision = decide(matched, verdict, &asked);
    if let Some(window) = capture_window(matched, &decision, &asked) {
        let (trigger, request) = (matched.trigger, &command.request);
        // A sample is something that can be read; anything else is decided as always.
        let is_readable = webhook::check_body(trigger.profile, request).is_ok();
        if is_readable && try_capture(app, trigger, window, request, now).await? {
            decision = Decision::Captured;
        }
    }
    Ok(Authorized {
        decision,
        trigger: Some(matched.trigger),
        allowed_origin,
    })
}

/// The trigger whose token a request presents, from whatever address.
pub(crate) fn find_called<'a>(
    configured: &'a Configuration,
    command: &TriggerWorkflow,
    now: Timestamp,
) -> Option<&'a Trigger> {
    match match_in(configured, &asked(command, now)) {
        Ok(matched) => Some(matched.trigger),
        Err(refused) => called(&refused),
    }
}

fn asked(command: &TriggerWorkflow, now: Timestamp) -> AuthorizationRequest<'_> {
    AuthorizationRequest {
        profile: command.profile,
        token: &command.token,
        source_ip: command.request.source_ip,
        method: &command.request.method,
        preflight_origin: command.preflight_origin(),
        hops: command.request.hops(),
        now,
    }
}

fn match_in<'a>(
    configured: &'a Configuration,
    asked: &AuthorizationRequest<'_>,
) -> Result<MatchedTrigger<'a>, Decision<'a>> {
    let configured = configured.as_deref();
    let configured = configured.map(|(workflow, triggers)| (workflow, triggers.as_slice()));
    match_trigger(configured, asked)
}

/// The trigger that refuses a request before its other checks.
fn called<'a>(refused: &Decision<'a>) -> Option<&'a Trigger> {
    match refused {
        Decision::IpNotAllowed(trigger) => Some(trigger),
        _ => None,
    }
}

/// The request without the credentials that the trigger asks for in a body.
pub(crate) fn without_proof(trigger: &Trigger, request: WebhookRequest) -> WebhookRequest {
    match &trigger.authentication {
        Some(authentication) => authentication.without_proof(request),
        None => request,
    }
}
