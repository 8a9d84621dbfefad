//! Who may trigger a workflow: checks 3 to 9 of the public contract, in their order. Each is
//! cheaper or more trusted than the next, and nobody without the token learns more than 403. It does not know where
//! secrets are opened: that comes between the two halves.

use std::net::IpAddr;

use crate::signature::Refusal;
use crate::{HookMethod, Secret, Timestamp, Trigger, Workflow};

/// Calls of Sluice workflows to one another end here: the ninth is refused.
pub const MAX_HOPS: u8 = 8;

/// A request at the door.
#[derive(Debug)]
pub struct AuthorizationRequest<'a> {
    pub token: &'a Secret,
    pub source_ip: Option<IpAddr>,
    pub method: &'a str,
    pub hops: u8,
    pub now: Timestamp,
}

/// What the door says.
#[derive(Debug, PartialEq)]
pub enum Decision<'a> {
    Allow(MatchedTrigger<'a>),
    /// The refusal is recorded: the caller holds the token and may want to run it later.
    Inactive(MatchedTrigger<'a>),
    NotFound,
    InvalidToken,
    IpNotAllowed,
    InvalidSignature(Refusal),
    MethodNotAllowed(&'a Trigger),
    LoopDetected,
    Disabled,
}

/// Who knocks: somebody with the token of this trigger, at an address that it admits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatchedTrigger<'a> {
    pub workflow: &'a Workflow,
    pub trigger: &'a Trigger,
}

/// What a visitor's signature was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureVerdict {
    /// The token is enough for this trigger.
    NotRequired,
    Verified,
    Refused(Refusal),
}

/// Checks 3 to 5, from the configuration alone; `None` is a workflow that does not exist.
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

/// Checks 6 to 9, once the visitor's signature was looked at.
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

/// Every trigger is compared, found or not, so that timing says nothing about their number.
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
        let trigger = Trigger {
            id: TriggerId::derived(&["t"]),
            workflow_id: id,
            tenant,
            enabled: true,
            token: TokenHashes::new(Secret::from_caller("right").hash()),
            ip_allow_list: IpAllowList::parse(&["192.0.2.0/24"]).unwrap(),
            authentication: Some(Authentication {
                scheme: SchemeName::GITHUB,
                secrets: SealedSecrets::new(Sealed::from_stored(vec![1])),
            }),
            methods: vec![HookMethod::Post],
            created_at: now,
            revision: 1,
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

    /// Takes the checks away from the last to the first: each time the one before answers.
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
        let unproven = SignatureVerdict::Refused(Refusal::Mismatch);
        let answer = ask(&configured, unproven, &put);
        assert_eq!(answer, Decision::InvalidSignature(Refusal::Mismatch));
        let elsewhere = request(&right, "198.51.100.1", "PUT", 9);
        let answer = ask(&configured, unproven, &elsewhere);
        assert_eq!(answer, Decision::IpNotAllowed);
        let stranger = request(&wrong, "198.51.100.1", "PUT", 9);
        let answer = ask(&configured, unproven, &stranger);
        assert_eq!(answer, Decision::InvalidToken);
        configured.0.deleted = true;
        let answer = ask(&configured, unproven, &stranger);
        assert_eq!(answer, Decision::NotFound);
        assert_eq!(match_trigger(None, &stranger), Err(Decision::NotFound));
    }

    #[test]
    fn a_trigger_that_asks_for_a_signature_opens_to_nobody_who_was_not_asked_for_one() {
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
