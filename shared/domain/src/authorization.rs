//! Whether a request may trigger a workflow: checks 3 to 9 of the public contract, in their order. Each check is cheaper
//! than the next, or relies on more trusted data, and a caller without the token learns nothing but 404 or 403. Between
//! [`match_trigger`] and [`decide`] the caller of this module verifies the signature, which needs decrypted secrets.

use std::net::IpAddr;

use crate::signature::Refusal;
use crate::{CaptureWindow, HookMethod, Secret, Timestamp, Trigger, WebhookProfile, Workflow};

/// How many Sluice workflows may call one another in a row: the ninth call is refused.
pub const MAX_HOPS: u8 = 8;

/// What the checks read of a request.
#[derive(Debug)]
pub struct AuthorizationRequest<'a> {
    /// The product whose request it is.
    pub profile: WebhookProfile,
    /// The token that the request presents.
    pub token: &'a Secret,
    /// The caller's address, where the gateway knows it.
    pub source_ip: Option<IpAddr>,
    /// In upper case.
    pub method: &'a str,
    /// The origin of the page that asks whether it may call the trigger: that of a CORS preflight.
    pub preflight_origin: Option<&'a str>,
    /// How many Sluice workflows called one another before this request.
    pub hops: u8,
    /// When the request came in.
    pub now: Timestamp,
}

/// The result of the checks.
#[derive(Debug, PartialEq)]
pub enum Decision<'a> {
    /// Every check passed.
    Allow(MatchedTrigger<'a>),
    /// The request is the sample of its trigger now: [`capture_window`] found a window, and it got this request.
    Captured,
    /// A page asks whether it may call the trigger, and may.
    Preflight {
        /// The trigger that its token names.
        trigger: &'a Trigger,
        /// What the page is told: its origin, or `*`.
        origin: &'a str,
    },
    /// A `HEAD` asks whether the URL works, and it does.
    Head(&'a Trigger),
    /// The workflow is not active. The refusal is recorded, because the caller has the token and may replay it later.
    Inactive(MatchedTrigger<'a>),
    /// There is no such workflow.
    NotFound,
    /// The token is that of no trigger of the workflow and the profile.
    InvalidToken,
    /// The caller's address is not in the trigger's allow list.
    IpNotAllowed(&'a Trigger),
    /// The trigger asks for a signature, and the request's was refused.
    InvalidSignature(Refusal),
    /// This trigger does not allow the method.
    MethodNotAllowed(&'a Trigger),
    /// Workflows have called one another more than [`MAX_HOPS`] times in a row.
    LoopDetected,
    /// The trigger is switched off.
    Disabled,
}

/// The trigger whose token the request presents, from an address that the trigger allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatchedTrigger<'a> {
    /// The workflow that the request names.
    pub workflow: &'a Workflow,
    /// One of its triggers.
    pub trigger: &'a Trigger,
}

/// The result of verifying a request's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureVerdict {
    /// The trigger asks for no signature.
    NotRequired,
    /// The signature is one of the trigger's secrets.
    Verified,
    /// The signature is missing, stale or wrong.
    Refused(Refusal),
}

/// Checks 3 to 5, from the configuration alone. `configured` is `None` where the workflow does not exist.
pub fn match_trigger<'a>(
    configured: Option<(&'a Workflow, &'a [Trigger])>,
    request: &AuthorizationRequest<'_>,
) -> Result<MatchedTrigger<'a>, Decision<'a>> {
    let configured = configured.filter(|(workflow, _)| !workflow.deleted);
    let (workflow, triggers) = configured.ok_or(Decision::NotFound)?;
    let trigger = find_by_token(triggers, request).ok_or(Decision::InvalidToken)?;
    if !trigger.ip_allow_list.admits(request.source_ip) {
        return Err(Decision::IpNotAllowed(trigger));
    }
    Ok(MatchedTrigger { workflow, trigger })
}

/// Requests that ask about a trigger, and are answered without an event: they carry no body that could be signed, and
/// write nothing. `None` for every other request.
pub fn inquire<'a>(
    matched: MatchedTrigger<'a>,
    request: &AuthorizationRequest<'_>,
) -> Option<Decision<'a>> {
    let trigger = matched.trigger;
    match request.method {
        "HEAD" => Some(Decision::Head(trigger)),
        "OPTIONS" => {
            let origin = trigger.cors.allowed(request.preflight_origin?)?;
            Some(Decision::Preflight { trigger, origin })
        }
        _ => None,
    }
}

/// Checks 6 to 9, after the signature was verified.
pub fn decide<'a>(
    matched: MatchedTrigger<'a>,
    verdict: SignatureVerdict,
    request: &AuthorizationRequest<'_>,
) -> Decision<'a> {
    let MatchedTrigger { workflow, trigger } = matched;
    match verdict {
        SignatureVerdict::Verified => {}
        SignatureVerdict::Refused(refusal) => return Decision::InvalidSignature(refusal),
        SignatureVerdict::NotRequired if trigger.authentication.is_some() => {
            return Decision::InvalidSignature(Refusal::Missing);
        }
        SignatureVerdict::NotRequired => {}
    }
    let method = HookMethod::parse(request.method);
    if !method.is_ok_and(|method| trigger.methods.contains(&method)) {
        return Decision::MethodNotAllowed(trigger);
    }
    if request.hops > MAX_HOPS {
        return Decision::LoopDetected;
    }
    if !trigger.enabled {
        return Decision::Disabled;
    }
    if !workflow.active {
        return Decision::Inactive(matched);
    }
    Decision::Allow(matched)
}

/// The window that the request may be captured in, after [`decide`] decided: checks 3 to 6 passed, and the trigger's owner
/// waits for a sample. So a trigger gets one while it is disabled, its workflow inactive or the method not allowed: this is
/// how triggers are set up. A request of a loop is no sample of anything.
pub fn capture_window<'a>(
    matched: MatchedTrigger<'a>,
    decision: &Decision<'_>,
    request: &AuthorizationRequest<'_>,
) -> Option<&'a CaptureWindow> {
    let window = matched.trigger.capture.as_ref()?;
    let is_refused = matches!(decision, Decision::InvalidSignature(_));
    let has_method = HookMethod::parse(request.method).is_ok();
    let may_be_sample = !is_refused && has_method && request.hops <= MAX_HOPS;
    (may_be_sample && window.is_open(request.now)).then_some(window)
}

/// Compares the token with every trigger, also after one matched, so that timing shows nothing about their number.
fn find_by_token<'a>(
    triggers: &'a [Trigger],
    request: &AuthorizationRequest<'_>,
) -> Option<&'a Trigger> {
    let presented = request.token.hash();
    triggers.iter().fold(None, |found, trigger| {
        let accepted =
            trigger.token.accept(&presented, request.now) && trigger.profile == request.profile;
        found.or(accepted.then_some(trigger))
    })
}

#[cfg(test)]
mod tests;
