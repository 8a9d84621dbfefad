//! The JSON of triggers, and the bodies of requests about them.

mod authentication;

use domain::{Environment, OrgId, Secret, Tenant, Timestamp, TokenHashes, WorkflowId};

use super::*;
use crate::test_requests::{empty, with_body};

fn trigger() -> Trigger {
    let tenant = Tenant {
        org: OrgId::derived(&["o"]),
        environment: Environment::Test,
    };
    let token = TokenHashes::new(Secret::from_caller("canary").hash());
    let created_at = Timestamp::from_millis(1_781_612_250_231);
    let (id, workflow) = (TriggerId::derived(&["t"]), WorkflowId::derived(&["w"]));
    Trigger {
        ip_allow_list: IpAllowList::parse(&["203.0.113.0/24", "2001:db8::/32"]).unwrap(),
        methods: vec![HookMethod::Get, HookMethod::Post],
        cors: CorsOrigins::parse(&["https://app.example.com"]).unwrap(),
        ..Trigger::new(id, workflow, tenant, token, created_at)
    }
}

fn pointer(problem: Problem) -> (&'static str, String) {
    let code = problem.code().as_str();
    let body = problem.respond("req").into_body();
    let members: Value = serde_json::from_slice(&body).unwrap();
    (code, members["pointer"].as_str().unwrap_or_default().into())
}

#[test]
fn a_trigger_has_its_public_form_and_no_token() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&view(&trigger())).unwrap());
}

#[test]
fn the_url_with_the_token_is_shown_in_the_answer_that_creates_it() {
    let token = Secret::from_caller("tok");
    let view = json!(view_with_url(&trigger(), &token, "https://edge.example"));
    let expected = format!(
        "https://edge.example/hooks/{}?token=tok",
        trigger().workflow_id
    );
    assert_eq!(view["url"], expected);
    let refly = Trigger {
        profile: WebhookProfile::Refly,
        ..trigger()
    };
    let view = json!(view_with_url(&refly, &token, "https://edge.example"));
    assert_eq!(view["profile"], "refly");
    assert_eq!(
        view["url"],
        "https://edge.example/v1/openapi/webhook/tok/run"
    );
}

#[test]
fn a_profile_is_chosen_by_name_and_refly_takes_post_alone() {
    let refly = create(&with_body(&json!({"profile": "refly"}))).unwrap();
    assert_eq!(refly.profile, WebhookProfile::Refly);
    let unknown = create(&with_body(&json!({"profile": "refold"}))).unwrap_err();
    assert_eq!(pointer(unknown), ("INVALID_FIELD", "/profile".into()));
    let with_get = json!({"profile": "refly", "methods": ["GET", "POST"]});
    let refused = create(&with_body(&with_get)).unwrap_err();
    assert_eq!(pointer(refused), ("INVALID_FIELD", "/methods".into()));
}

#[test]
fn a_webhook_of_hap_takes_get_and_post_by_default_and_a_signed_one_post_alone() {
    let methods = |body: Value| create(&with_body(&body)).unwrap().methods;
    let both = [HookMethod::Get, HookMethod::Post];
    assert_eq!(methods(json!({"profile": "hap"})), both);
    let app = json!({"profile": "hap", "authentication": {"scheme": "app"}});
    assert_eq!(methods(app), both);
    let signed = json!({"profile": "hap", "authentication": {"scheme": "github"}});
    assert_eq!(methods(signed), [HookMethod::Post]);
    let chosen = json!({"profile": "hap", "methods": ["GET"]});
    assert_eq!(methods(chosen), [HookMethod::Get]);
}

#[test]
fn reveal_is_url_or_absent() {
    let mut inbound = empty();
    assert!(!reveals_url(&inbound).unwrap());
    inbound.query = vec![("reveal".to_owned(), "url".to_owned())];
    assert!(reveals_url(&inbound).unwrap());
    inbound.query[0].1 = "token".to_owned();
    assert!(reveals_url(&inbound).is_err());
}

#[test]
fn a_new_trigger_has_defaults() {
    let draft = create(&empty()).unwrap();
    assert!(draft.enabled);
    assert_eq!(draft.ip_allow_list, IpAllowList::default());
    assert_eq!(draft.methods, [HookMethod::Post]);
}

#[test]
fn a_change_sets_the_fields_that_it_names_and_null_sets_the_default() {
    let draft = change(&with_body(&json!({"enabled": false})), &trigger()).unwrap();
    assert!(!draft.enabled);
    assert_eq!(draft.ip_allow_list, trigger().ip_allow_list);
    assert_eq!(draft.methods, trigger().methods);
    let cleared = json!({"ipAllowList": null, "methods": null});
    let draft = change(&with_body(&cleared), &trigger()).unwrap();
    assert_eq!(draft.ip_allow_list, IpAllowList::default());
    assert_eq!(draft.methods, [HookMethod::Post]);
}

#[test]
fn an_allow_list_has_at_most_100_networks() {
    let listed = |count: usize| {
        let body = json!({"ipAllowList": vec!["192.0.2.1"; count]});
        change(&with_body(&body), &trigger())
    };
    assert!(listed(100).is_ok());
    let refused = listed(101).unwrap_err();
    assert!(refused.detail().contains("at most 100 networks"));
}

#[test]
fn an_invalid_field_is_refused_with_its_pointer() {
    for (body, code, at) in [
        (
            json!({"ipAllowList": ["192.0.2.0/24", "example.com"]}),
            "INVALID_FIELD",
            "/ipAllowList/1",
        ),
        (
            json!({"ipAllowList": vec!["192.0.2.1"; 101]}),
            "INVALID_FIELD",
            "/ipAllowList",
        ),
        (json!({"methods": []}), "INVALID_FIELD", "/methods"),
        (
            json!({"methods": ["POST", "PUT"]}),
            "INVALID_FIELD",
            "/methods/1",
        ),
        (json!({"profile": "HAP"}), "INVALID_FIELD", "/profile"),
        (json!({"token": "mine"}), "UNKNOWN_FIELD", "/token"),
    ] {
        let expected = (code, at.to_owned());
        assert_eq!(pointer(create(&with_body(&body)).unwrap_err()), expected);
        assert_eq!(
            pointer(change(&with_body(&body), &trigger()).unwrap_err()),
            expected
        );
    }
}

#[test]
fn an_overlap_is_0_by_default_and_at_most_7_days() {
    let overlap = |body: Value| overlap_secs(&with_body(&body));
    assert_eq!(overlap(json!({})).unwrap(), 0);
    assert_eq!(
        overlap(json!({"overlapSeconds": 604_800})).unwrap(),
        604_800
    );
    for seconds in [json!(604_801), json!(-1), json!("60")] {
        let refused = overlap(json!({"overlapSeconds": seconds})).unwrap_err();
        let expected = ("INVALID_FIELD", "/overlapSeconds".to_owned());
        assert_eq!(pointer(refused), expected);
    }
}

#[test]
fn twenty_origins_may_call_a_trigger_and_one_more_is_refused() {
    let origins = |count| -> Vec<String> {
        let numbers = 0..count;
        numbers
            .map(|at| format!("https://{at}.example.com"))
            .collect()
    };
    let body = |count| with_body(&json!({"cors": {"origins": origins(count)}}));
    assert_eq!(create(&body(20)).unwrap().cors.entries(), origins(20));
    let refused = pointer(create(&body(21)).unwrap_err());
    assert_eq!(refused, ("INVALID_FIELD", "/cors/origins".into()));
    let odd = with_body(&json!({"cors": {"origins": ["https://a.example", "b.example"]}}));
    let refused = pointer(create(&odd).unwrap_err());
    assert_eq!(refused, ("INVALID_FIELD", "/cors/origins/1".into()));
}

#[test]
fn a_change_keeps_the_origins_that_it_does_not_name_and_null_removes_them() {
    let kept = change(&with_body(&json!({"enabled": false})), &trigger()).unwrap();
    assert_eq!(kept.cors, trigger().cors);
    let removed = change(&with_body(&json!({"cors": null})), &trigger()).unwrap();
    assert!(removed.cors.is_empty());
}
