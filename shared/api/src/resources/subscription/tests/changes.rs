//! Merge patches of a subscription.

use super::*;

#[test]
fn a_change_sets_the_fields_that_it_names_and_null_sets_the_default() {
    let changed = |body: Value| change(&with_body(&body), &subscription()).unwrap();
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
fn a_header_with_the_hidden_value_keeps_its_value() {
    let shown = json!(view(&subscription(), ReceiverHealth::default()))["headers"].clone();
    let changed =
        |headers: Value| change(&with_body(&json!({ "headers": headers })), &subscription());
    assert_eq!(changed(shown).unwrap().headers, subscription().headers);
    let one = changed(json!({"Authorization": null, "X-Team": "b"})).unwrap();
    assert_eq!(one.headers, [("X-Team".to_owned(), "b".to_owned())]);
    assert!(changed(json!({"X-New": "***"})).is_err());
}

#[test]
fn a_change_cannot_set_read_only_fields_or_the_events_of_another_profile() {
    for field in ["secret", "id", "disabledReason", "profile"] {
        let refused = change(&with_body(&json!({ field: "x" })), &subscription()).unwrap_err();
        assert_eq!(refusal(refused), ("UNKNOWN_FIELD", format!("/{field}")));
    }
    let refold = Subscription {
        profile: Profile::Refold,
        ..subscription()
    };
    let started = json!({"events": ["workflow.started"]});
    assert!(change(&with_body(&started), &subscription()).is_ok());
    let refused = refusal(change(&with_body(&started), &refold).unwrap_err());
    assert_eq!(refused, ("INVALID_FIELD", "/events/0".to_owned()));
}
