//! The JSON of subscriptions, and the bodies and queries of requests about them.

mod changes;

use domain::outbound::{DeclaredType, DisabledBecause, EventType, Format, Method, ReceiverHealth};
use domain::{Environment, OrgId, Tenant, Timestamp, WorkflowId};

use super::*;
use crate::status::Code;
use crate::test_requests::{with_body, with_query};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn subscription() -> Subscription {
    let now = Timestamp::from_millis(1_781_612_250_231);
    Subscription {
        id: SubscriptionId::derived(&["s"]),
        tenant: Tenant {
            org: OrgId::derived(&["o"]),
            environment: Environment::Test,
        },
        profile: Profile::Native,
        url: "https://example.com/hook".into(),
        events: vec![EventType::WorkflowFailed, EventType::WorkflowCompleted],
        workflow_ids: vec![WorkflowId::derived(&["w"])],
        slug: Some("orders".into()),
        format: Format::Custom(r#"{"text": "{{event.type}}"}"#.into()),
        method: Method::Put,
        headers: vec![
            ("Authorization".into(), "Bearer canary".into()),
            ("X-Team".into(), "a".into()),
        ],
        disabled: Some((DisabledBecause::Failing, now.plus_secs(60))),
        created_at: now,
        updated_at: now.plus_secs(60),
        revision: 2,
    }
}

fn refusal(problem: Problem) -> (&'static str, String) {
    let code = problem.code().as_str();
    let body = problem.respond("req").into_body();
    let members: Value = serde_json::from_slice(&body).unwrap();
    (code, members["pointer"].as_str().unwrap_or_default().into())
}

fn minimal() -> Value {
    json!({"url": "https://example.com/", "events": ["workflow.failed"]})
}

fn with(name: &str, value: Value) -> Value {
    let mut body = minimal();
    body[name] = value;
    body
}

fn with_template(template: &str) -> Value {
    let mut body = with("format", json!("custom"));
    body["template"] = json!(template);
    body
}

#[test]
fn a_subscription_has_its_public_form_without_credentials() {
    let now = Timestamp::from_millis(1_781_612_250_231);
    let health = ReceiverHealth {
        failing_since: Some(now),
        paused_until: Some(now.plus_secs(30)),
    };
    let view = json!(view(&subscription(), health));
    assert!(!view.to_string().contains("canary"));
    insta::assert_snapshot!(serde_json::to_string_pretty(&view).unwrap());
}

#[test]
fn the_secret_is_shown_in_the_answer_that_sets_it() {
    let secret = Secret::from_caller(SECRET);
    let view = json!(view_with_secret(
        &subscription(),
        ReceiverHealth::default(),
        &secret
    ));
    assert_eq!(view["secret"], SECRET);
}

#[test]
fn a_new_subscription_has_defaults() {
    let request = create(&with_body(&minimal())).unwrap();
    assert!(request.secret.is_none());
    let expected = Draft {
        profile: Profile::Native,
        url: "https://example.com/".into(),
        events: vec![EventType::WorkflowFailed],
        workflow_ids: Vec::new(),
        slug: None,
        format: Format::Default,
        method: Method::Post,
        headers: Vec::new(),
        enabled: true,
    };
    assert_eq!(request.draft, expected);
}

#[test]
fn every_field_is_read() {
    let body = json!({
        "url": "http://example.com/", "events": ["workflow.failed", "workflow.failed"],
        "workflowIds": [WorkflowId::derived(&["w"])], "slug": "orders", "format": "custom",
        "template": "{{event}}", "method": "PATCH", "headers": {"X-A": "b", "X-None": null},
        "enabled": false, "secret": SECRET,
    });
    let request = create(&with_body(&body)).unwrap();
    assert_eq!(request.secret.unwrap().reveal(), SECRET);
    let draft = request.draft;
    assert_eq!(draft.events, [EventType::WorkflowFailed]);
    assert_eq!(draft.format, Format::Custom("{{event}}".into()));
    assert_eq!(draft.headers, [("X-A".to_owned(), "b".to_owned())]);
    assert_eq!((draft.method, draft.enabled), (Method::Patch, false));
    assert_eq!(draft.slug.as_deref(), Some("orders"));
    let connections = json!({"url": "https://a/", "events": ["connection.created"], "slug": "crm"});
    let connections = create(&with_body(&connections)).unwrap();
    assert_eq!(connections.draft.slug.as_deref(), Some("crm"));
    let declared = create(&with_body(&with("events", json!(["invoice.paid"])))).unwrap();
    let paid = DeclaredType::parse("invoice.paid").unwrap();
    assert_eq!(declared.draft.events, [EventType::Declared(paid)]);
}

#[test]
fn the_fingerprint_of_a_request_leaves_its_secret_out() {
    let fingerprint = |body: &Value| create(&with_body(body)).unwrap().fingerprint;
    let without = fingerprint(&minimal());
    assert_eq!(fingerprint(&with("secret", json!(SECRET))), without);
    assert_ne!(fingerprint(&with("method", json!("PUT"))), without);
}

#[test]
fn an_invalid_field_is_refused_with_its_pointer() {
    let many: serde_json::Map<_, _> = (0..51).map(|n| (format!("x-{n}"), json!("a"))).collect();
    let missing_url = json!({"events": ["workflow.failed"]});
    let missing_events = json!({"url": "https://example.com/"});
    for (body, at) in [
        (missing_url, "/url"),
        (with("url", json!("ftp://example.com/")), "/url"),
        (with("url", json!("https://")), "/url"),
        (with("url", json!("https://a b/")), "/url"),
        (
            with("url", json!(format!("https://{}", "a".repeat(2_048)))),
            "/url",
        ),
        (missing_events, "/events"),
        (with("events", json!([])), "/events"),
        (
            with("events", json!(["workflow.failed", "Workflow Errored"])),
            "/events/1",
        ),
        (with("events", json!(["webhook.test"])), "/events/0"),
        (with("workflowIds", json!(["wf_1"])), "/workflowIds/0"),
        (with("slug", json!("a b")), "/slug"),
        (with("slug", json!("a".repeat(101))), "/slug"),
        (with("format", json!("xml")), "/format"),
        (with("format", json!("custom")), "/template"),
        (with("template", json!("{{event}}")), "/template"),
        (with_template("{{"), "/template"),
        (with_template(""), "/template"),
        (with_template(" \n"), "/template"),
        (with_template("{# nothing #}"), "/template"),
        (with("method", json!("GET")), "/method"),
        (with("headers", json!({"a/b": "c"})), "/headers/a~1b"),
        (with("headers", json!({"Host": "c"})), "/headers/Host"),
        (
            with("headers", json!({"Webhook-Id": "c"})),
            "/headers/Webhook-Id",
        ),
        (
            with("headers", json!({"x-a": "b", "X-A": "c"})),
            "/headers/x-a",
        ),
        (with("headers", json!({"x-a": "***"})), "/headers/x-a"),
        (with("headers", json!(many)), "/headers"),
        (with("secret", json!("mine")), "/secret"),
    ] {
        let refused = refusal(create(&with_body(&body)).unwrap_err());
        assert_eq!(refused, ("INVALID_FIELD", at.to_owned()), "{body}");
    }
    let unknown = refusal(create(&with_body(&with("colour", json!(1)))).unwrap_err());
    assert_eq!(unknown, ("UNKNOWN_FIELD", "/colour".to_owned()));
}

#[test]
fn both_secrets_sign_for_a_day_by_default() {
    let rotated = rotate_secret(&with_body(&json!({}))).unwrap();
    assert_eq!(
        (rotated.overlap_secs, rotated.secret.is_none()),
        (86_400, true)
    );
    let rotated =
        rotate_secret(&with_body(&json!({"secret": SECRET, "overlapSeconds": 0}))).unwrap();
    assert_eq!(rotated.secret.unwrap().reveal(), SECRET);
    assert_eq!(rotated.overlap_secs, 0);
    for (body, at) in [
        (json!({"overlapSeconds": 604_801}), "/overlapSeconds"),
        (json!({"secret": "short"}), "/secret"),
    ] {
        let refused = refusal(rotate_secret(&with_body(&body)).unwrap_err());
        assert_eq!(refused, ("INVALID_FIELD", at.to_owned()));
    }
}

#[test]
fn a_recover_request_names_a_time() {
    let since = "2026-06-16T12:17:30.231Z";
    let request = recover(&with_query(&[("since", since)])).unwrap();
    assert_eq!(request.since.to_string(), since);
    assert_eq!(request.until, None);
    for query in [
        &[][..],
        &[("since", "yesterday")],
        &[("since", since), ("status", "x")],
    ] {
        let refused = recover(&with_query(query)).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidParameter);
    }
    assert_eq!(
        json!(recovery_view(3, None)),
        json!({"recovered": 3, "nextCursor": null})
    );
}

#[test]
fn a_field_at_its_limit_is_accepted_and_one_past_it_is_refused() {
    let url = |chars: usize| json!(format!("https://a/{}", "b".repeat(chars - 10)));
    let events = |count: usize| json!(vec!["workflow.failed"; count]);
    let id = WorkflowId::derived(&["w"]).to_string();
    let workflows = |count: usize| json!(vec![id.as_str(); count]);
    let headers = |count: usize| -> Value {
        let headers = (0..count).map(|n| (format!("x-{n}"), json!("a")));
        headers.collect::<serde_json::Map<_, _>>().into()
    };
    let value = |bytes: usize| json!({"x-a": "v".repeat(bytes)});
    let slug = |chars: usize| json!("a".repeat(chars));
    for (field, at_limit, past) in [
        ("url", url(2_048), url(2_049)),
        ("events", events(100), events(101)),
        ("workflowIds", workflows(100), workflows(101)),
        ("headers", headers(50), headers(51)),
        ("headers", value(4_096), value(4_097)),
        ("slug", slug(100), slug(101)),
    ] {
        let accepted = create(&with_body(&with(field, at_limit)));
        assert!(accepted.is_ok(), "{field}: {:?}", accepted.err());
        let refused = refusal(create(&with_body(&with(field, past))).unwrap_err());
        assert_eq!(refused.0, "INVALID_FIELD", "{field}");
    }
}
