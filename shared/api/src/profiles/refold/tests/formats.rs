//! Formats and templates, in new webhooks and in changes.

use super::*;

#[test]
fn a_webhook_body_may_be_any_json() {
    let format = |body: Value| create(&with("webhook_body", body)).unwrap().format;
    assert_eq!(format(json!("{{event}}")), Format::Default);
    assert_eq!(format(json!(" {{event}}\n")), Format::Default);
    assert_eq!(format(Value::Null), Format::Default);
    assert_eq!(
        format(json!("{{event.event}}")),
        Format::Custom("{{event.event}}".into())
    );
    let object = format(json!({"name": "{{event.workflow_name}}", "at": "at {{event.id}}"}));
    let text = r#"{"name":{{event.workflow_name}},"at":"at {{event.id}}"}"#;
    assert_eq!(object, Format::Custom(text.into()));
    let custom = create(&with("webhook_type", json!("custom"))).unwrap();
    assert_eq!(custom.format, Format::Custom("{{event}}".into()));
    let slack = create(&with("webhook_type", json!("slack"))).unwrap();
    assert_eq!(slack.format, Format::Slack);
}

#[test]
fn an_empty_webhook_body_counts_as_none() {
    for (name, expected) in [
        ("default", Format::Default),
        ("slack", Format::Slack),
        ("custom", Format::Custom("{{event}}".into())),
    ] {
        for empty in ["", " \n"] {
            let mut body = json_of(REQUEST);
            body["webhook_type"] = json!(name);
            body["webhook_body"] = json!(empty);
            assert_eq!(
                create(&with_body(&body)).unwrap().format,
                expected,
                "{name}"
            );
        }
    }
}

#[test]
fn a_change_sets_the_fields_that_it_names() {
    let workflow = WorkflowId::derived(&["w"]);
    let now = Subscription {
        workflow_ids: vec![workflow],
        format: Format::Custom("{{event.event}}".into()),
        method: Method::Put,
        headers: vec![("X-A".into(), "b".into())],
        ..example()
    };
    let changed = |body: Value| change(&with_body(&body), &now).unwrap();
    let same = subscription_of(changed(json!({})));
    assert_eq!(same, now);
    assert_eq!(
        changed(json!({"webhook_url": "https://b/"})).url,
        "https://b/"
    );
    assert_eq!(
        changed(json!({"webhook_type": "custom"})).format,
        now.format
    );
    assert_eq!(
        changed(json!({"webhook_type": "slack"})).format,
        Format::Slack
    );
    assert_eq!(
        changed(json!({"webhook_type": "default"})).format,
        Format::Default
    );
    assert_eq!(
        changed(json!({"webhook_body": "x"})).format,
        Format::Custom("x".into())
    );
    assert_eq!(
        changed(json!({"webhook_body": ""})).format,
        Format::Custom("{{event}}".into())
    );
    assert!(changed(json!({"webhook_headers": {}})).headers.is_empty());
    assert!(changed(json!({"workflow_ids": []})).workflow_ids.is_empty());
    assert!(!changed(json!({"is_enabled": false})).enabled);
    let slug = json!({"slug": "crm", "webhook_events": ["Workflow Completed"]});
    assert_eq!(changed(slug).slug.as_deref(), Some("crm"));
    let refused = refused(change(&with_body(&json!({"slug": "crm"})), &now));
    assert_eq!(refused.1, "INVALID_EVENT");
}
