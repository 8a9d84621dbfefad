//! Whether a request may trigger a workflow: checks 3 to 9 of the public contract, in their order. Each check is cheaper
//! than the next, or relies on more trusted data, and a caller without the token learns nothing but 404 or 403. Between
//! [`match_trigger`] and [`decide`] the caller of this module verifies the signature, which needs decrypted secrets.

use std::net::IpAddr;

use crate::signature::Refusal;
use crate::{HookMethod, Secret, Timestamp, Trigger, Workflow};

/// How many Sluice workflows may call one another in a row: the ninth call is refused.
pub const MAX_HOPS: u8 = 8;

/// What the checks read of a request.
#[derive(Debug)]
pub struct AuthorizationRequest<'a> {
    /// The token that the request presents.
    pub token: &'a Secret,
    /// The caller's address, where the gateway knows it.
    pub source_ip: Option<IpAddr>,
    /// In upper case.
    pub method: &'a str,
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
    /// The workflow is not active. The refusal is recorded, because the caller has the token and may replay it later.
    Inactive(MatchedTrigger<'a>),
    /// There is no such workflow.
    NotFound,
    /// The token is that of no trigger of the workflow.
    InvalidToken,
    /// The caller's address is not in the trigger's allow list.
    IpNotAllowed,
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
        return Err(Decision::IpNotAllowed);
    }
    Ok(MatchedTrigger { workflow, trigger })
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

/// Compares the token with every trigger, also after one matched, so that timing shows nothing about their number.
fn find_by_token<'a>(
    triggers: &'a [Trigger],
    request: &AuthorizationRequest<'_>,
) -> Option<&'a Trigger> {
    let presented = request.token.hash();
    triggers.iter().fold(None, |found, trigger| {
        let accepted = trigger.token.accept(&presented, request.now);
        found.or(accepted.then_some(trigger))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::{Authentication, SchemeName};
    use crate::{
        Environment, IpAllowList, OrgId, RateLimit, Sealed, SealedSecrets, Slug, Tenant,
        TokenHashes, TriggerId, WorkflowId,
    };

    fn configured() -> (Workflow, Vec<Trigger>) {
        let now = Timestamp::from_millis(0);
        let tenant = Tenant {
            org: OrgId::derived(&["o"]),
            environment: Environment::Test,
        };
        let id = WorkflowId::derived(&["w"]);
        let workflow = Workflow {
            id,
            tenant,
            name: "w".into(),
            slug: Slug::parse("w").unwrap(),
            active: true,
            version: 1,
            rate_limit: RateLimit::default(),
            created_at: now,
            updated_at: now,
            deleted: false,
            revision: 1,
        };
        let token = TokenHashes::new(Secret::from_caller("right").hash());
        let trigger = Trigger {
            ip_allow_list: IpAllowList::parse(&["192.0.2.0/24"]).unwrap(),
            authentication: Some(Authentication {
                scheme: SchemeName::GITHUB,
                secrets: SealedSecrets::new(Sealed::from_stored(vec![1])),
            }),
            ..Trigger::new(TriggerId::derived(&["t"]), id, tenant, token, now)
        };
        (workflow, vec![trigger])
    }

    fn request<'a>(
        token: &'a Secret,
        source_ip: &str,
        method: &'a str,
        hops: u8,
    ) -> AuthorizationRequest<'a> {
        AuthorizationRequest {
            token,
            source_ip: Some(source_ip.parse().unwrap()),
            method,
            hops,
            now: Timestamp::from_millis(0),
        }
    }

    fn ask<'a>(
        (workflow, triggers): &'a (Workflow, Vec<Trigger>),
        verdict: SignatureVerdict,
        request: &AuthorizationRequest<'_>,
    ) -> Decision<'a> {
        match match_trigger(Some((workflow, triggers)), request) {
            Ok(matched) => decide(matched, verdict, request),
            Err(refused) => refused,
        }
    }

    /// Makes the request fail from the last check to the first: each time the earlier check answers.
    #[test]
    fn the_checks_answer_in_their_order() {
        let mut configured = configured();
        let right = Secret::from_caller("right");
        let wrong = Secret::from_caller("wrong");
        let good = request(&right, "192.0.2.1", "POST", 8);
        let verified = SignatureVerdict::Verified;
        let answer = ask(&configured, verified, &good);
        assert!(matches!(answer, Decision::Allow(_)), "{answer:?}");
        configured.0.active = false;
        let answer = ask(&configured, verified, &good);
        assert!(matches!(answer, Decision::Inactive(_)), "{answer:?}");
        configured.1[0].enabled = false;
        assert_eq!(ask(&configured, verified, &good), Decision::Disabled);
        let looping = request(&right, "192.0.2.1", "POST", 9);
        let answer = ask(&configured, verified, &looping);
        assert_eq!(answer, Decision::LoopDetected);
        let put = request(&right, "192.0.2.1", "PUT", 9);
        let answer = ask(&configured, verified, &put);
        let expected = Decision::MethodNotAllowed(&configured.1[0]);
        assert_eq!(answer, expected);
        let unverified = SignatureVerdict::Refused(Refusal::Mismatch);
        let answer = ask(&configured, unverified, &put);
        assert_eq!(answer, Decision::InvalidSignature(Refusal::Mismatch));
        let elsewhere = request(&right, "198.51.100.1", "PUT", 9);
        let answer = ask(&configured, unverified, &elsewhere);
        assert_eq!(answer, Decision::IpNotAllowed);
        let stranger = request(&wrong, "198.51.100.1", "PUT", 9);
        let answer = ask(&configured, unverified, &stranger);
        assert_eq!(answer, Decision::InvalidToken);
        configured.0.deleted = true;
        let answer = ask(&configured, unverified, &stranger);
        assert_eq!(answer, Decision::NotFound);
        assert_eq!(match_trigger(None, &stranger), Err(Decision::NotFound));
    }

    #[test]
    fn a_trigger_with_authentication_refuses_a_request_whose_signature_was_not_verified() {
        let mut configured = configured();
        let right = Secret::from_caller("right");
        let good = request(&right, "192.0.2.1", "POST", 0);
        let answer = ask(&configured, SignatureVerdict::NotRequired, &good);
        assert_eq!(answer, Decision::InvalidSignature(Refusal::Missing));
        configured.1[0].authentication = None;
        let answer = ask(&configured, SignatureVerdict::NotRequired, &good);
        assert!(matches!(answer, Decision::Allow(_)), "{answer:?}");
    }
}
