//! Every event in the shape of every profile and in every format.

use domain::outbound::{DeclaredType, EventType, Method, Profile, Subject};
use domain::{
    Environment, EventId, ExecutionId, OrgId, SubscriptionId, Tenant, Timestamp, TriggerId,
    WorkflowId,
};
use serde_json::json;

use super::*;

mod bounds;
mod templates;

fn at() -> Timestamp {
    Timestamp::from_millis(1_781_612_250_231)
}

fn tenant() -> Tenant {
    Tenant {
        org: OrgId::derived(&["o"]),
        environment: Environment::Test,
    }
}

fn subscription(profile: Profile, format: Format) -> Subscription {
    Subscription {
        id: SubscriptionId::derived(&["s"]),
        tenant: tenant(),
        profile,
        url: "https://example.com/".into(),
        events: Vec::new(),
        workflow_ids: Vec::new(),
        slug: None,
        format,
        method: Method::Post,
        headers: Vec::new(),
        disabled: None,
        created_at: at(),
        updated_at: at(),
        revision: 1,
    }
}

fn custom(template: &str) -> Subscription {
    subscription(Profile::Native, Format::Custom(template.to_owned()))
}

fn event(event_type: EventType, data: Value) -> Event {
    Event {
        id: EventId::derived(&["e"]),
        tenant: tenant(),
        event_type,
        at: at(),
        subject: Subject::default(),
        hops: 0,
        data,
    }
}

fn of_workflow(event_type: EventType, more: &Value) -> Event {
    let mut data = json!({
        "executionId": ExecutionId::derived(&["x"]),
        "workflowId": WorkflowId::derived(&["w"]),
        "workflowName": "Orders & <returns>",
        "workflowSlug": "orders",
        "workflowVersion": 3,
        "triggerId": TriggerId::derived(&["t"]),
        "deliveryId": "evt-1",
        "startedAt": at(),
    });
    json_merge(&mut data, more);
    event(event_type, data)
}

fn json_merge(data: &mut Value, more: &Value) {
    let fields = data.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
}

fn of_connection(event_type: EventType) -> Event {
    let data = json!({"linkedAccountId": "acc_1", "scopes": ["read"]});
    Event {
        subject: Subject {
            slug: Some("crm".into()),
            ..Subject::default()
        },
        ..event(event_type, data)
    }
}

/// One event of each type.
fn events() -> Vec<Event> {
    let ended = json!({"status": "succeeded", "finishedAt": at(), "output": {"total": 3.5}});
    let broke = json!({"status": "failed", "finishedAt": at(), "error": {
        "type": "https://serverlessworkflow.io/spec/1.0.0/errors/communication",
        "title": "No answer", "status": 502, "detail": "<!channel> & more", "instance": "/do/0/call"
    }});
    vec![
        of_workflow(EventType::WorkflowStarted, &json!({"status": "running"})),
        of_workflow(EventType::WorkflowCompleted, &ended),
        of_workflow(EventType::WorkflowFailed, &broke),
        of_connection(EventType::ConnectionCreated),
        of_connection(EventType::ConnectionDeleted),
        of_connection(EventType::ConnectionExpired),
        event(EventType::CreditsExhausted, json!({"monthlyCredits": 1000})),
        event(
            EventType::WebhookTest,
            json!({"subscriptionId": SubscriptionId::derived(&["s"]), "message": "It works."}),
        ),
        event(
            EventType::SubscriptionDisabled,
            json!({
                "subscriptionId": SubscriptionId::derived(&["gone"]),
                "url": "https://example.com/a?b&c", "reason": "gone", "disabledAt": at(),
            }),
        ),
        event(
            EventType::Declared(DeclaredType::parse("invoice.paid").unwrap()),
            json!({"amount": 12, "note": "```<https://evil.example|click>"}),
        ),
    ]
}

fn rendered(subscription: &Subscription, event: &Event) -> Value {
    let payload = render(subscription, event).unwrap();
    assert_eq!(payload.content_type, "application/json");
    serde_json::from_slice(&payload.body).unwrap()
}

fn filled(template: &str, data: Value) -> String {
    let event = event(EventType::ConnectionCreated, data);
    let payload = render(&custom(template), &event).unwrap();
    String::from_utf8(payload.body).unwrap()
}

fn refusal(template: &str, data: Value) -> RenderError {
    render(
        &custom(template),
        &event(EventType::ConnectionCreated, data),
    )
    .unwrap_err()
}

fn all_payloads(profile: Profile, format: &Format) -> Value {
    let subscription = subscription(profile, format.clone());
    let named = events().into_iter().filter(|event| {
        event.event_type == EventType::WebhookTest || event.event_type.name(profile).is_some()
    });
    named
        .map(|event| {
            (
                event.event_type.to_string(),
                rendered(&subscription, &event),
            )
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[test]
fn every_event_has_its_native_payload() {
    insta::assert_snapshot!(
        serde_json::to_string_pretty(&all_payloads(Profile::Native, &Format::Default)).unwrap()
    );
}

#[test]
fn every_event_of_refold_has_its_payload() {
    insta::assert_snapshot!(
        serde_json::to_string_pretty(&all_payloads(Profile::Refold, &Format::Default)).unwrap()
    );
}

#[test]
fn every_event_of_copyai_has_its_payload() {
    insta::assert_snapshot!(
        serde_json::to_string_pretty(&all_payloads(Profile::CopyAi, &Format::Default)).unwrap()
    );
}

#[test]
fn copyai_shows_the_senders_metadata_and_nothing_else_as_metadata() {
    let subscription = subscription(Profile::CopyAi, Format::Default);
    let metadata = |more: Value| {
        let event = of_workflow(EventType::WorkflowCompleted, &more);
        rendered(&subscription, &event)["metadata"].clone()
    };
    let given = json!({"order": 7, "tags": ["a"]});
    assert_eq!(metadata(json!({"metadata": given})), given);
    assert_eq!(metadata(json!({"metadata": "text"})), json!("text"));
    for none in [
        json!({"metadata": null}),
        json!({"output": {"metadata": 1}}),
    ] {
        assert_eq!(metadata(none), json!({}));
    }
}

#[test]
fn refold_shows_the_time_of_a_connection_as_rfc_1123_does() {
    let subscription = subscription(Profile::Refold, Format::Default);
    for (given, shown) in [
        (
            json!("2023-11-07T09:03:27.5+01:00"),
            "Tue, 07 Nov 2023 08:03:27 GMT",
        ),
        (
            json!("Tue, 07 Nov 2023 08:03:27 GMT"),
            "Tue, 07 Nov 2023 08:03:27 GMT",
        ),
        (json!("yesterday"), "Tue, 16 Jun 2026 12:17:30 GMT"),
        (json!(7), "Tue, 16 Jun 2026 12:17:30 GMT"),
    ] {
        let event = event(EventType::ConnectionExpired, json!({"createdAt": given}));
        assert_eq!(rendered(&subscription, &event)["createdAt"], shown);
    }
}

#[test]
fn every_event_has_its_message_for_slack() {
    let of_native = all_payloads(Profile::Native, &Format::Slack);
    let of_refold = all_payloads(Profile::Refold, &Format::Slack);
    let of_failure = |messages: &Value| messages["workflow.failed"].clone();
    assert_eq!(of_failure(&of_refold), of_failure(&of_native));
    insta::assert_snapshot!(serde_json::to_string_pretty(&of_native).unwrap());
}

#[test]
fn slack_gets_no_text_that_it_would_refuse_or_cut() {
    let long = "<&>".repeat(2_000);
    let long = of_workflow(
        EventType::WorkflowFailed,
        &json!({"workflowName": long, "error": {"detail": long}, "executionId": long}),
    );
    let declared = EventType::Declared(DeclaredType::parse("a.b").unwrap());
    let code = event(declared, json!({"x": "<".repeat(5_000)}));
    let test = event(
        EventType::WebhookTest,
        json!({"message": "&".repeat(5_000)}),
    );
    for event in [long, code, test] {
        let message = rendered(&subscription(Profile::Native, Format::Slack), &event);
        assert!(message["text"].as_str().unwrap().chars().count() <= 3_000);
        for block in message["blocks"].as_array().unwrap() {
            let limit = if block["type"] == "header" {
                150
            } else {
                3_000
            };
            let text = block["text"]["text"].as_str().unwrap_or_default();
            assert!(text.chars().count() <= limit, "{text}");
            for field in block["fields"].as_array().into_iter().flatten() {
                assert!(field["text"].as_str().unwrap().chars().count() <= 2_000);
            }
            // Every ampersand begins an entity that is whole.
            for entity in text.split('&').skip(1) {
                let whole = ["amp;", "lt;", "gt;"].iter().any(|e| entity.starts_with(e));
                assert!(whole, "{entity}");
            }
        }
    }
}
