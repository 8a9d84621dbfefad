//! The examples, fields and errors of the document "Register Webhook".

use domain::outbound::{Format, Method};
use domain::{Environment, OrgId, SubscriptionId, Tenant, Timestamp, WorkflowId};

use serde_json::Value;

use super::*;
use crate::test_requests::{empty, with_body, with_query};

/// The request in the product's document, with an id of ours.
fn request() -> Value {
    json!({
        "url": "https://mywebsite.com/webhook",
        "eventType": "workflowRun.completed",
        "workflowId": WorkflowId::derived(&["w"]),
    })
}

fn with(name: &str, value: Value) -> Inbound {
    let mut body = request();
    body[name] = value;
    with_body(&body)
}

fn subscription_of(draft: Draft) -> Subscription {
    let now = Timestamp::from_millis(1_781_612_250_231);
    Subscription {
        id: SubscriptionId::derived(&["s"]),
        tenant: Tenant {
            org: OrgId::derived(&["o"]),
            environment: Environment::Live,
        },
        profile: draft.profile,
        url: draft.url,
        events: draft.events,
        workflow_ids: draft.workflow_ids,
        slug: draft.slug,
        format: draft.format,
        method: draft.method,
        headers: draft.headers,
        disabled: None,
        created_at: now,
        updated_at: now,
        revision: 1,
    }
}

fn example() -> Subscription {
    subscription_of(create(&with_body(&request())).unwrap())
}

fn refusal(problem: Problem) -> (u16, Value) {
    let response = refuse(problem);
    let status = response.status().as_u16();
    (
        status,
        serde_json::from_slice(&response.into_body()).unwrap(),
    )
}

#[test]
fn the_documented_request_gets_the_documented_answer() {
    let expected = json!({
        "status": "success",
        "data": {
            "id": example().id,
            "url": "https://mywebsite.com/webhook",
            "eventType": "workflowRun.completed",
            "workflowId": WorkflowId::derived(&["w"]),
        },
    });
    assert_eq!(json!(answer(&example())), expected);
    assert_eq!(
        (&example().format, example().method),
        (&Format::Default, Method::Post)
    );
}

#[test]
fn without_a_workflow_a_webhook_gets_the_events_of_every_workflow() {
    let without = json!({"url": "https://a/", "eventType": "workflowRun.failed"});
    for inbound in [
        with_body(&without),
        with("workflowId", json!("")),
        with("workflowId", Value::Null),
    ] {
        let draft = create(&inbound).unwrap();
        assert!(draft.workflow_ids.is_empty());
        assert_eq!(
            json!(answer(&subscription_of(draft)))["data"]["workflowId"],
            ""
        );
    }
}

#[test]
fn every_documented_event_type_can_be_registered() {
    for name in [
        "workflowRun.started",
        "workflowRun.completed",
        "workflowRun.failed",
        "workflowCreditLimit.reached",
    ] {
        let made = subscription_of(create(&with("eventType", json!(name))).unwrap());
        assert_eq!(json!(answer(&made))["data"]["eventType"], name);
    }
}

#[test]
fn a_wrong_field_is_a_validation_error_with_details() {
    for (name, value) in [
        ("url", json!("mywebsite.com")),
        ("url", Value::Null),
        ("url", json!(1)),
        ("eventType", json!("workflow.completed")),
        ("eventType", Value::Null),
        ("workflowId", json!(7)),
    ] {
        let (status, body) = refusal(create(&with(name, value)).unwrap_err());
        assert_eq!((status, &body["status"]), (422, &json!("error")), "{name}");
        assert_eq!(body["errorCode"], "VALIDATION_ERROR");
        assert!(body["details"][name].is_string(), "{body}");
    }
    let (_, body) = refusal(create(&with("eventType", json!("?"))).unwrap_err());
    insta::assert_snapshot!(serde_json::to_string_pretty(&body).unwrap());
}

#[test]
fn a_problem_that_names_no_field_has_a_code_and_no_details() {
    let mut unreadable = with_body(&json!({}));
    unreadable.body = b"[]".to_vec();
    let unknown = presented(&empty());
    for (problem, status, code) in [
        (
            create(&unreadable).unwrap_err(),
            400,
            "INVALID_REQUEST_BODY",
        ),
        (not_found(), 404, "NOT_FOUND"),
        (
            create(&with("workflowId", json!("<my-workflow-id>"))).unwrap_err(),
            404,
            "NOT_FOUND",
        ),
        (
            crate::resources::subscription::no_workflow(0),
            404,
            "NOT_FOUND",
        ),
        (
            crate::resources::subscription::url_refused("it is private"),
            400,
            "URL_NOT_ALLOWED",
        ),
        (unknown.unwrap_err(), 401, "UNAUTHORIZED"),
        (Problem::internal(), 500, "INTERNAL"),
    ] {
        let expected = json!({"status": "error", "errorCode": code});
        assert_eq!(refusal(problem), (status, expected));
    }
}

#[test]
fn the_api_key_is_read_from_the_profiles_own_header() {
    let key = ApiKey::from_random(Environment::Live, [7; 32]);
    for name in ["x-copy-ai-api-key", "x-api-key"] {
        let mut inbound = with_query(&[]);
        inbound.headers = vec![(name.to_owned(), format!(" {}", key.reveal()))];
        assert_eq!(presented(&inbound).unwrap().reveal(), key.reveal());
        assert_eq!(auth::presented(&inbound).is_ok(), name == "x-api-key");
    }
}

#[test]
fn a_list_has_the_total_and_one_page() {
    let all = vec![example(); 15];
    let shown = |query: &[(&str, &str)]| {
        let list = json!(list(&all, page(&with_query(query)).unwrap()));
        assert_eq!(list["total"], 15);
        list["data"].as_array().unwrap().len()
    };
    assert_eq!(shown(&[]), 10);
    assert_eq!(shown(&[("page", "0")]), 10);
    assert_eq!(shown(&[("page", "1")]), 5);
    assert_eq!(shown(&[("size", "100")]), 15);
    assert_eq!(shown(&[("size", "4"), ("page", "3")]), 3);
    assert_eq!(shown(&[("size", "4"), ("page", "4")]), 0);
    assert_eq!(shown(&[("page", "18446744073709551615")]), 0);
    for query in [
        ("size", "0"),
        ("size", "101"),
        ("page", "-1"),
        ("page", "x"),
    ] {
        let (status, body) = refusal(page(&with_query(&[query])).unwrap_err());
        assert_eq!(status, 422);
        assert!(body["details"][query.0].is_string(), "{body}");
    }
    let first = json!(list(&all[..1], Page { size: 1, number: 0 }));
    assert_eq!(first["data"][0], json!(answer(&example()))["data"]);
    let mut of_all_workflows = example();
    of_all_workflows.workflow_ids.clear();
    let first = json!(list(&[of_all_workflows], Page { size: 1, number: 0 }));
    assert_eq!(first["data"][0]["workflowId"], Value::Null);
}
