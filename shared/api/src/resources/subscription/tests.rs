//! Subscriptions in and out.

use domain::outbound::{DeclaredType, DisabledBecause, EventType, Format, Method};
use domain::{Environment, OrgId, Tenant, WorkflowId};

use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn sent(body: &Value) -> Inbound {
    let mut inbound = Inbound::read(lambda_http::Request::default());
    inbound.body = body.to_string().into_bytes();
    inbound
}

fn asked(query: &[(&str, &str)]) -> Inbound {
    let mut inbound = Inbound::read(lambda_http::Request::default());
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    inbound.query = query.iter().map(owned).collect();
    inbound
}

fn subscription() -> Subscription {
    let now = Timestamp::from_millis(1_781_612_250_231);
    Subscription {
        id: SubscriptionId::derived(&["s"]),
        tenant: Tenant {
            org: OrgId::derived(&["o"]),
            environment: Environment::Test,
        },
        form: Profile::Native,
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
    let view = view(&subscription());
    assert!(!view.to_string().contains("canary"));
    insta::assert_snapshot!(serde_json::to_string_pretty(&view).unwrap());
}

#[test]
fn the_secret_is_shown_where_it_was_made() {
    let view = view_with_secret(&subscription(), &Secret::from_caller(SECRET));
    assert_eq!(view["secret"], SECRET);
}

#[test]
fn a_new_subscription_has_defaults() {
    let creation = create(&sent(&minimal())).unwrap();
    assert!(creation.secret.is_none());
    let expected = Draft {
        form: Profile::Native,
        url: "https://example.com/".into(),
        events: vec![EventType::WorkflowFailed],
        workflow_ids: Vec::new(),
        slug: None,
        format: Format::Default,
        method: Method::Post,
        headers: Vec::new(),
        enabled: true,
    };
    assert_eq!(creation.draft, expected);
}

#[test]
fn every_field_is_taken() {
    let body = json!({
        "url": "http://example.com/", "events": ["workflow.failed", "workflow.failed"],
        "workflowIds": [WorkflowId::derived(&["w"])], "slug": "orders", "format": "custom",
        "template": "{{event}}", "method": "PATCH", "headers": {"X-A": "b", "X-None": null},
        "enabled": false, "secret": SECRET,
    });
    let creation = create(&sent(&body)).unwrap();
    assert_eq!(creation.secret.unwrap().reveal(), SECRET);
    let draft = creation.draft;
    assert_eq!(draft.events, [EventType::WorkflowFailed]);
    assert_eq!(draft.format, Format::Custom("{{event}}".into()));
    assert_eq!(draft.headers, [("X-A".to_owned(), "b".to_owned())]);
    assert_eq!((draft.method, draft.enabled), (Method::Patch, false));
    assert_eq!(draft.slug.as_deref(), Some("orders"));
    let connections = json!({"url": "https://a/", "events": ["connection.created"], "slug": "crm"});
    let connections = create(&sent(&connections)).unwrap();
    assert_eq!(connections.draft.slug.as_deref(), Some("crm"));
    let declared = create(&sent(&with("events", json!(["invoice.paid"])))).unwrap();
    let paid = DeclaredType::parse("invoice.paid").unwrap();
    assert_eq!(declared.draft.events, [EventType::Declared(paid)]);
}

#[test]
fn what_is_kept_of_a_request_says_nothing_of_its_secret() {
    let fingerprint = |body: &Value| create(&sent(body)).unwrap().fingerprint;
    let without = fingerprint(&minimal());
    assert_eq!(fingerprint(&with("secret", json!(SECRET))), without);
    assert_ne!(fingerprint(&with("method", json!("PUT"))), without);
}

#[test]
fn what_a_subscription_cannot_be_is_refused_with_its_pointer() {
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
        let refused = refusal(create(&sent(&body)).unwrap_err());
        assert_eq!(refused, ("INVALID_FIELD", at.to_owned()), "{body}");
    }
    let unknown = refusal(create(&sent(&with("colour", json!(1)))).unwrap_err());
    assert_eq!(unknown, ("UNKNOWN_FIELD", "/colour".to_owned()));
}

#[test]
fn a_change_touches_what_it_names_and_null_goes_back_to_the_default() {
    let changed = |body: Value| change(&sent(&body), &subscription()).unwrap();
    let same = changed(json!({}));
    assert_eq!(same.headers, subscription().headers);
    assert_eq!(same.format, subscription().format);
    assert!(!same.enabled);
    let cleared = json!({"workflowIds": null, "slug": null, "method": null, "headers": null, "enabled": null});
    let cleared = changed(cleared);
    assert!(
        cleared.workflow_ids.is_empty() && cleared.slug.is_none() && cleared.headers.is_empty()
    );
    assert_eq!((cleared.method, cleared.enabled), (Method::Post, true));
    assert_eq!(changed(json!({"format": "slack"})).format, Format::Slack);
    assert_eq!(changed(json!({"format": null})).format, Format::Default);
}

#[test]
fn a_header_that_is_sent_back_as_it_was_shown_stays() {
    let shown = view(&subscription())["headers"].clone();
    let changed = |headers: Value| change(&sent(&json!({ "headers": headers })), &subscription());
    assert_eq!(changed(shown).unwrap().headers, subscription().headers);
    let one = changed(json!({"Authorization": null, "X-Team": "b"})).unwrap();
    assert_eq!(one.headers, [("X-Team".to_owned(), "b".to_owned())]);
    assert!(changed(json!({"X-New": "***"})).is_err());
}

#[test]
fn a_change_cannot_set_what_is_not_its_to_set() {
    for field in ["secret", "id", "disabledReason", "profile"] {
        let refused = change(&sent(&json!({ field: "x" })), &subscription()).unwrap_err();
        assert_eq!(refusal(refused), ("UNKNOWN_FIELD", format!("/{field}")));
    }
    let refold = Subscription {
        form: Profile::Refold,
        ..subscription()
    };
    let started = json!({"events": ["workflow.started"]});
    assert!(change(&sent(&started), &subscription()).is_ok());
    let refused = refusal(change(&sent(&started), &refold).unwrap_err());
    assert_eq!(refused, ("INVALID_FIELD", "/events/0".to_owned()));
}

#[test]
fn both_secrets_sign_for_a_day_unless_asked_otherwise() {
    let rotated = rotation(&sent(&json!({}))).unwrap();
    assert_eq!(
        (rotated.overlap_secs, rotated.secret.is_none()),
        (86_400, true)
    );
    let rotated = rotation(&sent(&json!({"secret": SECRET, "overlapSeconds": 0}))).unwrap();
    assert_eq!(rotated.secret.unwrap().reveal(), SECRET);
    assert_eq!(rotated.overlap_secs, 0);
    for (body, at) in [
        (json!({"overlapSeconds": 604_801}), "/overlapSeconds"),
        (json!({"secret": "short"}), "/secret"),
    ] {
        let refused = refusal(rotation(&sent(&body)).unwrap_err());
        assert_eq!(refused, ("INVALID_FIELD", at.to_owned()));
    }
}

#[test]
fn a_recovery_says_since_when() {
    let since = "2026-06-16T12:17:30.231Z";
    let wanted = recovery(&asked(&[("since", since)])).unwrap();
    assert_eq!(wanted.since.to_string(), since);
    assert_eq!(wanted.until, None);
    for query in [
        &[][..],
        &[("since", "yesterday")],
        &[("since", since), ("status", "x")],
    ] {
        let refused = recovery(&asked(query)).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidParameter);
    }
    assert_eq!(
        recovered(3, None),
        json!({"recovered": 3, "nextCursor": null})
    );
}
