//! The examples, fields and errors of the document "Register Webhook".

use domain::outbound::{Format, Method};
use domain::{Environment, OrgId, SubscriptionId, Tenant, Timestamp, WorkflowId};

use super::*;

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

/// The request that the document prints, with an id of ours.
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
    sent(&body)
}

fn made_of(draft: Draft) -> Subscription {
    let now = Timestamp::from_millis(1_781_612_250_231);
    Subscription {
        id: SubscriptionId::derived(&["s"]),
        tenant: Tenant {
            org: OrgId::derived(&["o"]),
            environment: Environment::Live,
        },
        form: draft.form,
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

fn printed() -> Subscription {
    made_of(create(&sent(&request())).unwrap())
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
fn the_printed_request_gives_the_printed_answer() {
    let expected = json!({
        "status": "success",
        "data": {
            "id": printed().id,
            "url": "https://mywebsite.com/webhook",
            "eventType": "workflowRun.completed",
            "workflowId": WorkflowId::derived(&["w"]),
        },
    });
    assert_eq!(answer(&printed()), expected);
    assert_eq!(
        (&printed().format, printed().method),
        (&Format::Default, Method::Post)
    );
}

#[test]
fn no_workflow_is_every_workflow() {
    let without = json!({"url": "https://a/", "eventType": "workflowRun.failed"});
    for inbound in [
        sent(&without),
        with("workflowId", json!("")),
        with("workflowId", Value::Null),
    ] {
        let draft = create(&inbound).unwrap();
        assert!(draft.workflow_ids.is_empty());
        assert_eq!(answer(&made_of(draft))["data"]["workflowId"], "");
    }
}

#[test]
fn every_printed_event_type_can_be_registered() {
    for name in [
        "workflowRun.started",
        "workflowRun.completed",
        "workflowRun.failed",
        "workflowCreditLimit.reached",
    ] {
        let made = made_of(create(&with("eventType", json!(name))).unwrap());
        assert_eq!(answer(&made)["data"]["eventType"], name);
    }
}

#[test]
fn a_field_that_is_wrong_is_a_validation_error_with_details() {
    for (name, value) in [
        ("url", json!("mywebsite.com")),
        ("url", Value::Null),
        ("url", json!(1)),
        ("eventType", json!("workflow.completed")),
        ("eventType", Value::Null),
        ("workflowId", json!("<my-workflow-id>")),
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
fn what_cannot_be_read_or_found_has_a_code_alone() {
    let mut unreadable = sent(&json!({}));
    unreadable.body = b"[]".to_vec();
    let unknown = presented(&Inbound::read(lambda_http::Request::default()));
    for (problem, status, code) in [
        (
            create(&unreadable).unwrap_err(),
            400,
            "INVALID_REQUEST_BODY",
        ),
        (not_found(), 404, "WEBHOOK_NOT_FOUND"),
        (unknown.unwrap_err(), 401, "UNAUTHORIZED"),
        (Problem::internal(), 500, "INTERNAL"),
    ] {
        let expected = json!({"status": "error", "errorCode": code});
        assert_eq!(refusal(problem), (status, expected));
    }
}

#[test]
fn the_key_is_in_a_header_of_its_own() {
    let key = ApiKey::from_random(Environment::Live, [7; 32]);
    for name in ["x-copy-ai-api-key", "x-api-key"] {
        let mut inbound = asked(&[]);
        inbound.headers = vec![(name.to_owned(), format!(" {}", key.reveal()))];
        assert_eq!(presented(&inbound).unwrap().reveal(), key.reveal());
        assert_eq!(auth::presented(&inbound).is_ok(), name == "x-api-key");
    }
}

#[test]
fn a_list_tells_how_many_there_are_and_shows_a_page() {
    let all = vec![printed(); 5];
    let shown = |query: &[(&str, &str)]| {
        let list = list(&all, page(&asked(query)).unwrap());
        assert_eq!(list["total"], 5);
        list["data"].as_array().unwrap().len()
    };
    assert_eq!(shown(&[]), 5);
    assert_eq!(shown(&[("size", "2")]), 2);
    assert_eq!(shown(&[("size", "2"), ("page", "3")]), 1);
    assert_eq!(shown(&[("size", "2"), ("page", "4")]), 0);
    assert_eq!(shown(&[("page", "18446744073709551615")]), 0);
    for query in [("size", "0"), ("size", "101"), ("page", "0"), ("page", "x")] {
        let (status, body) = refusal(page(&asked(&[query])).unwrap_err());
        assert_eq!(status, 422);
        assert!(body["details"][query.0].is_string(), "{body}");
    }
    let first = list(&all[..1], Page { size: 1, number: 1 });
    assert_eq!(first["data"][0], answer(&printed())["data"]);
}
