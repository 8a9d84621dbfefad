//! Requests to the management API of the refly profile, and its answers.

use domain::{Environment, ExecutionId, OrgId, Tenant, Timestamp, TokenHashes, TriggerId};

use serde_json::{Value, json};

use super::*;
use crate::test_requests::{empty, with_body};

const HOOK_ID: &str = "wh_0123456789abcdef0123456789abcdef";

fn tenant() -> Tenant {
    Tenant {
        org: OrgId::derived(&["o"]),
        environment: Environment::Test,
    }
}

fn workflow() -> WorkflowId {
    WorkflowId::derived(&["w"])
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_781_612_250_231 + millis)
}

fn body(response: &Response<Body>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

#[test]
fn a_body_names_a_canvas_or_a_webhook() {
    let canvas = workflow().to_string();
    let asked = enable(&with_body(&json!({"canvasId": canvas, "other": 1}))).unwrap();
    assert_eq!((asked.canvas, asked.timeout), (workflow(), None));
    let asked = json!({"webhookId": HOOK_ID, "isEnabled": false, "timeout": 60});
    let asked = update(&with_body(&asked)).unwrap();
    assert_eq!(asked.webhook_id.reveal(), HOOK_ID);
    assert_eq!(asked.enabled, Some(false));
    assert_eq!(asked.timeout.unwrap().as_secs(), 60);
    let code = |problem: Problem| problem.code();
    let unknown = enable(&with_body(&json!({"canvasId": "c-1"}))).map_err(code);
    assert_eq!(unknown.unwrap_err(), Code::CanvasNotFound);
    for wrong in [
        json!({}),
        json!({"canvasId": 7}),
        json!({"canvasId": canvas, "timeout": 0}),
        json!({"canvasId": canvas, "timeout": 86_401}),
        json!({"canvasId": canvas, "timeout": "30"}),
    ] {
        let refused = enable(&with_body(&wrong)).map_err(code);
        assert_eq!(refused.unwrap_err(), Code::InvalidRequestBody, "{wrong}");
    }
    assert!(webhook_id(&empty()).is_err());
}

#[test]
fn a_page_of_the_history_has_20_records_and_at_most_100() {
    let query = |pairs: &[(&str, &str)]| {
        let mut inbound = empty();
        inbound.query = std::iter::once(&("webhookId", HOOK_ID))
            .chain(pairs)
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        history_query(&inbound).map(|query| (query.page, query.page_size))
    };
    assert_eq!(query(&[]).unwrap(), (1, 20));
    assert_eq!(
        query(&[("page", "100"), ("pageSize", "100")]).unwrap(),
        (100, 100)
    );
    for wrong in [
        [("page", "0"), ("pageSize", "20")],
        [("page", "x"), ("pageSize", "20")],
        [("page", "1"), ("pageSize", "101")],
        [("page", "101"), ("pageSize", "100")],
    ] {
        assert!(query(&wrong).is_err(), "{wrong:?}");
    }
    assert!(history_query(&empty()).is_err());
}

#[test]
fn answers_have_the_products_shape() {
    let hook_id = Secret::from_caller(HOOK_ID);
    let hashes = TokenHashes::new(hook_id.hash());
    let id = TriggerId::derived(&["t"]);
    let trigger = Trigger::new(id, workflow(), tenant(), hashes, at(0));
    let made = body(&webhook(&trigger, &hook_id, "https://edge.example"));
    let url = format!("https://edge.example/v1/openapi/webhook/{HOOK_ID}/run");
    let data = json!({"webhookId": HOOK_ID, "webhookUrl": url});
    assert_eq!(made, json!({"success": true, "data": data}));
    let shown = body(&config(Some((&trigger, &hook_id))));
    let data = json!({"webhookId": HOOK_ID, "isEnabled": true, "timeout": 30});
    assert_eq!(shown, json!({"success": true, "data": data}));
    assert_eq!(body(&config(None)), json!({"success": true, "data": null}));
    assert_eq!(body(&done()), json!({"success": true}));
}

#[test]
fn a_record_says_how_the_call_was_answered_and_how_its_run_ended() {
    let ended = |ending| Phase::Ended {
        ending,
        at: at(1_500),
        expires_at: at(9_000),
    };
    let phases = [
        Phase::Queued,
        ended(Ending::Succeeded),
        ended(Ending::Failed),
        ended(Ending::Cancelled),
        ended(Ending::Rejected),
    ];
    let executions = phases.map(|phase| Execution {
        id: ExecutionId::derived(&["e"]),
        tenant: tenant(),
        workflow_id: workflow(),
        workflow_version: 1,
        trigger_id: TriggerId::derived(&["t"]),
        delivery_id: None,
        parent_id: None,
        is_test: false,
        is_edited: false,
        created_at: at(0),
        started_at: None,
        phase,
    });
    let query = HistoryQuery {
        webhook_id: Secret::from_caller(HOOK_ID),
        page: 1,
        page_size: 20,
    };
    let page = body(&history(&executions, 5, &query));
    insta::assert_snapshot!(serde_json::to_string_pretty(&page).unwrap());
}
