//! The order of the checks, and what lets a request in.

use super::*;
use crate::signature::{Authentication, SchemeName};
use crate::{
    Environment, IpAllowList, OrgId, RateLimit, Sealed, SealedSecrets, Slug, Tenant, TokenHashes,
    TriggerId, WorkflowId,
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
        profile: WebhookProfile::Native,
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
fn a_token_works_only_in_the_requests_of_its_triggers_profile() {
    let mut configured = configured();
    configured.1[0].profile = WebhookProfile::Refly;
    let right = Secret::from_caller("right");
    let native = request(&right, "192.0.2.1", "POST", 0);
    let verified = SignatureVerdict::Verified;
    assert_eq!(ask(&configured, verified, &native), Decision::InvalidToken);
    let refly = AuthorizationRequest {
        profile: WebhookProfile::Refly,
        ..native
    };
    let answer = ask(&configured, verified, &refly);
    assert!(matches!(answer, Decision::Allow(_)), "{answer:?}");
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
