//! The order of the checks, and what lets a request in.

use super::*;
use crate::signature::SchemeName;
use crate::{
    Authentication, CaptureId, CorsOrigins, Environment, IpAllowList, OrgId, RateLimit, Sealed,
    SealedSecrets, SignatureAuthentication, Slug, Tenant, TokenHashes, TriggerId, WorkflowId,
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
        has_org_limits: false,
        created_at: now,
        updated_at: now,
        deleted: false,
        revision: 1,
    };
    let token = TokenHashes::new(Secret::from_caller("right").hash());
    let trigger = Trigger {
        ip_allow_list: IpAllowList::parse(&["192.0.2.0/24"]).unwrap(),
        authentication: Some(Authentication::Signature(SignatureAuthentication {
            scheme: SchemeName::GITHUB,
            secrets: SealedSecrets::new(Sealed::from_stored(vec![1])),
        })),
        cors: CorsOrigins::parse(&["https://app.example"]).unwrap(),
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
        preflight_origin: None,
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
        Ok(matched) => {
            inquire(matched, request).unwrap_or_else(|| decide(matched, verdict, request))
        }
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
    assert_eq!(answer, Decision::IpNotAllowed(&configured.1[0]));
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

#[test]
fn a_head_asks_whether_the_url_works_and_needs_no_signature() {
    let configured = configured();
    let right = Secret::from_caller("right");
    let unverified = SignatureVerdict::Refused(Refusal::Missing);
    let head = request(&right, "192.0.2.1", "HEAD", 0);
    let answer = ask(&configured, unverified, &head);
    assert_eq!(answer, Decision::Head(&configured.1[0]));
    let elsewhere = request(&right, "198.51.100.1", "HEAD", 0);
    let answer = ask(&configured, unverified, &elsewhere);
    assert_eq!(answer, Decision::IpNotAllowed(&configured.1[0]));
    let wrong = Secret::from_caller("wrong");
    let stranger = request(&wrong, "192.0.2.1", "HEAD", 0);
    let answer = ask(&configured, unverified, &stranger);
    assert_eq!(answer, Decision::InvalidToken);
}

#[test]
fn a_preflight_of_an_allowed_origin_is_answered_and_any_other_options_is_a_wrong_method() {
    let mut configured = configured();
    configured.1[0].authentication = None;
    let right = Secret::from_caller("right");
    let options = |preflight_origin| AuthorizationRequest {
        preflight_origin,
        ..request(&right, "192.0.2.1", "OPTIONS", 0)
    };
    let trigger = &configured.1[0];
    let unsigned = SignatureVerdict::NotRequired;
    let answer = ask(&configured, unsigned, &options(Some("https://app.example")));
    let origin = "https://app.example";
    assert_eq!(answer, Decision::Preflight { trigger, origin });
    for other in [None, Some("https://other.example")] {
        let answer = ask(&configured, unsigned, &options(other));
        assert_eq!(answer, Decision::MethodNotAllowed(trigger), "{other:?}");
    }
}

#[test]
fn while_a_window_is_open_a_verified_request_may_become_the_sample() {
    let mut configured = configured();
    configured.0.active = false;
    configured.1[0].enabled = false;
    let asked = Timestamp::from_millis(-5_000);
    let window = CaptureWindow::new(CaptureId::random(1), asked);
    configured.1[0].capture = Some(window);
    let right = Secret::from_caller("right");
    let found = |verdict, method, hops, now| {
        let request = AuthorizationRequest {
            now,
            ..request(&right, "192.0.2.1", method, hops)
        };
        let (workflow, triggers) = (&configured.0, configured.1.as_slice());
        let matched = match_trigger(Some((workflow, triggers)), &request).unwrap();
        let decision = decide(matched, verdict, &request);
        capture_window(matched, &decision, &request).copied()
    };
    let (verified, now) = (SignatureVerdict::Verified, window.opens_at);
    for method in ["GET", "POST"] {
        assert_eq!(found(verified, method, 8, now), Some(window), "{method}");
    }
    assert_eq!(found(verified, "PUT", 0, now), None);
    assert_eq!(found(verified, "POST", 9, now), None);
    assert_eq!(found(verified, "POST", 0, window.closes_at), None);
    for verdict in [
        SignatureVerdict::Refused(Refusal::Mismatch),
        SignatureVerdict::NotRequired,
    ] {
        assert_eq!(found(verdict, "POST", 0, now), None, "{verdict:?}");
    }
}
