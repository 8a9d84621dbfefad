//! The JSON of deliveries, and the query of their list.

use domain::outbound::Stage;
use domain::{Environment, OrgId, Tenant};

use serde_json::{Value, json};

use super::*;
use crate::test_requests::with_query;

fn at() -> Timestamp {
    Timestamp::from_millis(1_781_612_250_231)
}

fn delivery() -> Delivery {
    Delivery {
        id: DeliveryId::derived(&["d"]),
        tenant: Tenant {
            org: OrgId::derived(&["o"]),
            environment: Environment::Test,
        },
        subscription_id: SubscriptionId::derived(&["s"]),
        event_id: EventId::derived(&["e"]),
        event_type: EventType::WorkflowFailed,
        created_at: at(),
        attempts: 2,
        tries: 2,
        stage: Stage::Pending {
            next_attempt_at: at().plus_secs(300),
        },
    }
}

fn attempts() -> Vec<Attempt> {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    vec![
        Attempt {
            number: 1,
            at: at(),
            status: None,
            latency_ms: 15_000,
            error: Some("no answer within 15 s".into()),
            response_headers: Vec::new(),
            response_body: None,
        },
        Attempt {
            number: 2,
            at: at().plus_secs(5),
            status: Some(503),
            latency_ms: 12,
            error: Some("the receiver answered 503".into()),
            response_headers: vec![
                header("retry-after", "5"),
                header("via", "a"),
                header("via", "b"),
            ],
            response_body: Some("busy".into()),
        },
    ]
}

#[test]
fn a_delivery_has_its_public_form() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&view(&delivery(), &attempts())).unwrap());
}

#[test]
fn a_list_leaves_the_attempts_out() {
    let listed = json!(listed(&delivery()));
    assert!(listed.get("attempts").is_none());
    assert_eq!(listed["attemptCount"], 2);
}

#[test]
fn a_delivery_whose_attempt_is_under_way_has_no_next_attempt() {
    let under_way = Delivery {
        stage: Stage::Attempting { lease_until: at() },
        ..delivery()
    };
    let view = json!(view(&under_way, &[]));
    assert_eq!(
        (&view["status"], &view["nextAttemptAt"]),
        (&json!("pending"), &Value::Null)
    );
}

#[test]
fn each_filter_is_parsed() {
    let Delivery {
        subscription_id,
        event_id,
        ..
    } = delivery();
    let (subscription, event) = (subscription_id.to_string(), event_id.to_string());
    let (since, until) = (at().to_string(), at().plus_secs(1).to_string());
    let all = [
        ("subscriptionId", subscription.as_str()),
        ("status", "pending"),
        ("eventId", event.as_str()),
        ("eventType", "workflow.failed"),
        ("since", since.as_str()),
        ("until", until.as_str()),
    ];
    let read = filter(&with_query(&all)).unwrap();
    assert_eq!(read.subscription, Some(subscription_id));
    assert_eq!(read.status, Some(DeliveryStatus::Pending));
    assert_eq!(read.event, Some(event_id));
    assert_eq!(read.event_type, Some(EventType::WorkflowFailed));
    assert_eq!(
        (read.since, read.until),
        (Some(at()), Some(at().plus_secs(1)))
    );
    for (name, _) in all {
        let refused = filter(&with_query(&[(name, "?")])).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidParameter, "{name}");
    }
    let unknown = filter(&with_query(&[("state", "x")])).unwrap_err();
    assert_eq!(unknown.code(), Code::InvalidParameter);
}
