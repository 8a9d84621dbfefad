//! Which events a subscription receives, and what its URL shows to others.

use super::*;
use crate::outbound::Subject;
use crate::{Environment, EventId, OrgId};
use serde_json::Value;

fn tenant(environment: Environment) -> Tenant {
    Tenant {
        org: OrgId::derived(&["o"]),
        environment,
    }
}

fn subscription() -> Subscription {
    let now = Timestamp::from_millis(0);
    Subscription {
        id: SubscriptionId::derived(&["s"]),
        tenant: tenant(Environment::Test),
        profile: Profile::Native,
        url: "https://example.com/".into(),
        events: vec![EventType::WorkflowFailed, EventType::ConnectionCreated],
        workflow_ids: vec![WorkflowId::derived(&["w"])],
        slug: None,
        format: Format::Default,
        method: Method::Post,
        headers: Vec::new(),
        disabled: None,
        created_at: now,
        updated_at: now,
        revision: 1,
    }
}

fn event(event_type: EventType, subject: Subject) -> Event {
    Event {
        id: EventId::derived(&["e"]),
        tenant: tenant(Environment::Test),
        event_type,
        at: Timestamp::from_millis(0),
        subject,
        hops: 0,
        data: Value::Null,
    }
}

fn of_workflow(name: &str) -> Subject {
    Subject {
        workflow: Some(WorkflowId::derived(&[name])),
        slug: Some(name.to_owned()),
        ..Subject::default()
    }
}

#[test]
fn an_event_is_filtered_by_tenant_type_workflow_and_slug() {
    let mut wanting = subscription();
    assert!(wanting.wants(&event(EventType::WorkflowFailed, of_workflow("w"))));
    assert!(!wanting.wants(&event(EventType::WorkflowFailed, of_workflow("x"))));
    assert!(!wanting.wants(&event(EventType::WorkflowCompleted, of_workflow("w"))));
    assert!(wanting.wants(&event(EventType::ConnectionCreated, Subject::default())));
    let mut of_live = event(EventType::WorkflowFailed, of_workflow("w"));
    of_live.tenant = tenant(Environment::Live);
    assert!(!wanting.wants(&of_live));
    wanting.slug = Some("other".into());
    assert!(!wanting.wants(&event(EventType::WorkflowFailed, of_workflow("w"))));
    wanting.slug = Some("w".into());
    assert!(wanting.wants(&event(EventType::WorkflowFailed, of_workflow("w"))));
}

#[test]
fn the_origin_of_a_url_has_no_path_and_no_query() {
    let origin = |url: &str| {
        let subscription = Subscription {
            url: url.into(),
            ..subscription()
        };
        subscription.origin().to_owned()
    };
    assert_eq!(
        origin("https://hooks.example.com/T0/B0/secret"),
        "https://hooks.example.com"
    );
    assert_eq!(
        origin("https://example.com:8443?token=secret"),
        "https://example.com:8443"
    );
    assert_eq!(origin("https://example.com#secret"), "https://example.com");
    assert_eq!(origin("http://[::1]:80"), "http://[::1]:80");
}

#[test]
fn a_test_event_goes_to_one_subscription_and_a_notice_to_all_others() {
    let asked = subscription();
    let test = |id| Subject {
        only: Some(id),
        ..Subject::default()
    };
    assert!(asked.wants(&event(EventType::WebhookTest, test(asked.id))));
    let other = SubscriptionId::derived(&["other"]);
    assert!(!asked.wants(&event(EventType::WebhookTest, test(other))));
    let but_it = Subject {
        except: Some(asked.id),
        ..Subject::default()
    };
    assert!(!asked.wants(&event(EventType::ConnectionCreated, but_it)));
}
