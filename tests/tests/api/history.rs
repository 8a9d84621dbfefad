//! Executions: lists, details, the original request, delete.

use serde_json::{Value, json};

use crate::caller::{Answer, Caller, Edge};

pub(crate) const EXECUTIONS: &str = "/v1/executions";

/// Sends a webhook, runs its execution to the end, and returns the path of the execution.
pub(crate) async fn run_webhook(edge: &Edge, url: &str, delivery: &str, body: &Value) -> String {
    let headers = [
        ("content-type", "application/json"),
        ("x-webhook-delivery-id", delivery),
    ];
    let sent = body.to_string();
    let answer = edge.send("POST", url, &headers, sent.as_bytes()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    edge.0.run().await;
    format!("{EXECUTIONS}/{}", answer.text("executionId"))
}

pub(crate) async fn ids(caller: &Caller<'_>, query: &str) -> Vec<String> {
    let page = caller.get(&format!("{EXECUTIONS}?{query}")).await;
    assert_eq!(page.status, 200, "{query} {page:?}");
    let paths = page.listed("id").into_iter();
    paths.map(|id| format!("{EXECUTIONS}/{id}")).collect()
}

pub(crate) fn assert_not_found(answer: &Answer, what: &str) {
    assert_eq!(answer.refusal(), (404, "NOT_FOUND"), "{what}");
}

#[tokio::test]
async fn an_execution_shows_its_state_input_output_and_steps() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let workflow = admin.workflow("Orders").await;
    let trigger = admin.trigger(&workflow).await;
    let path = run_webhook(&edge, trigger.text("url"), "d-1", &json!({"price": 7})).await;
    let shown = admin.get(&path).await;
    assert_eq!(shown.text("status"), "succeeded", "{shown:?}");
    assert_eq!(shown.text("deliveryId"), "d-1");
    assert_eq!(shown.text("triggerId"), trigger.text("id"));
    assert_eq!(shown.json["workflowVersion"], 1);
    assert_eq!(shown.json["input"]["price"], 7);
    assert_eq!(shown.json["input"]["source"], "webhook");
    assert_eq!(shown.json["output"], json!({"mark": "kept", "price": 7}));
    assert!(shown.json["error"].is_null() && shown.json["parentId"].is_null());
    let step = &shown.json["steps"][0];
    assert_eq!(step["path"], "/do/0/mark");
    assert_eq!(
        (&step["type"], &step["status"]),
        (&json!("set"), &json!("succeeded"))
    );
    assert_eq!(step["output"], json!({"mark": "kept", "price": 7}));
    let listed = admin.get(EXECUTIONS).await;
    assert_eq!(listed.json["items"][0]["id"], shown.json["id"]);
    assert!(listed.json["items"][0].get("input").is_none());
}

#[tokio::test]
async fn each_filter_of_the_list_finds_what_matches() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let (orders, others) = (
        admin.workflow("Orders").await,
        admin.workflow("Others").await,
    );
    let (first, second) = (admin.trigger(&orders).await, admin.trigger(&orders).await);
    let third = admin.trigger(&others).await;
    let mut made = Vec::new();
    for trigger in [&first, &second, &third] {
        made.push(run_webhook(&edge, trigger.text("url"), "d-1", &json!({})).await);
        edge.advance(1_000);
    }
    admin
        .post(&format!("{others}/deactivate"), &Value::Null)
        .await;
    edge.advance(60_000);
    let refused = edge.send("POST", third.text("url"), &[], b"{}").await;
    let rejected = format!("{EXECUTIONS}/{}", refused.text("executionId"));
    let [a, b, c] = made.as_slice() else {
        panic!("{made:?}")
    };

    let orders_id = orders.rsplit('/').next().unwrap();
    let seconds_trigger = second.text("id");
    for (query, expected) in [
        (String::new(), vec![&rejected, c, b, a]),
        (format!("workflowId={orders_id}"), vec![b, a]),
        (format!("triggerId={seconds_trigger}"), vec![b]),
        ("status=rejected".to_owned(), vec![&rejected]),
        ("status=succeeded".to_owned(), vec![c, b, a]),
        ("status=queued".to_owned(), vec![]),
        ("deliveryId=d-1".to_owned(), vec![c, b, a]),
        (format!("deliveryId=d-1&workflowId={orders_id}"), vec![b, a]),
        (
            format!("deliveryId=d-1&triggerId={seconds_trigger}"),
            vec![b],
        ),
        ("deliveryId=d-1&status=failed".to_owned(), vec![]),
        ("deliveryId=d-2".to_owned(), vec![]),
        (
            "since=2026-06-16T12:17:31.231Z&status=succeeded".to_owned(),
            vec![c, b],
        ),
        ("until=2026-06-16T12:17:31.231Z".to_owned(), vec![a]),
    ] {
        let found = ids(&admin, &query).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    let unreadable = admin.get("/v1/executions?status=done").await;
    assert_eq!(unreadable.refusal(), (400, "INVALID_PARAMETER"));
}

#[tokio::test]
async fn pages_follow_one_another_newest_first() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let url = admin.trigger(&admin.workflow("Orders").await).await;
    let mut made = Vec::new();
    for number in 0..7 {
        let delivery = format!("d-{number}");
        made.push(run_webhook(&edge, url.text("url"), &delivery, &json!({})).await);
        edge.advance(1_000);
    }
    made.reverse();
    let mut seen = Vec::new();
    let mut query = "?limit=2".to_owned();
    while !query.is_empty() {
        let page = admin.get(&format!("{EXECUTIONS}{query}")).await;
        assert!(page.listed("id").len() <= 2);
        seen.extend(
            page.listed("id")
                .into_iter()
                .map(|id| format!("{EXECUTIONS}/{id}")),
        );
        query = match page.json["nextCursor"].as_str() {
            Some(cursor) => format!("?limit=2&cursor={cursor}"),
            None => String::new(),
        };
    }
    assert_eq!(seen, made);
    let foreign = admin.get("/v1/executions?cursor=MSB3b3JrZmxvd3MgYQ").await;
    assert_eq!(foreign.refusal(), (400, "INVALID_CURSOR"));
}

/// The first page asks each shard for less than the busy workflow has in it.
#[tokio::test]
async fn a_busy_workflow_among_idle_ones_is_listed_without_gaps() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let mut made = Vec::new();
    for (name, count) in [("Idle", 1), ("Busy", 240), ("Idle too", 1)] {
        let trigger = admin.trigger(&admin.workflow(name).await).await;
        for number in 0..count {
            let headers = [("x-webhook-delivery-id", format!("d-{number}"))];
            let headers = headers
                .each_ref()
                .map(|(name, value)| (*name, value.as_str()));
            let answer = edge
                .send("POST", trigger.text("url"), &headers, b"{}")
                .await;
            assert_eq!(answer.status, 200, "{answer:?}");
            made.push(answer.text("executionId").to_owned());
            edge.advance(2_000);
        }
    }
    made.reverse();
    let mut seen: Vec<String> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = admin.get(&format!("{EXECUTIONS}?limit=100{cursor}")).await;
        seen.extend(page.listed("id").into_iter().map(str::to_owned));
        match page.json["nextCursor"].as_str() {
            Some(next) => {
                assert_eq!(
                    page.listed("id").len(),
                    100,
                    "a page that is not the last is full"
                );
                cursor = format!("&cursor={next}");
            }
            None => break,
        }
    }
    assert_eq!(seen, made);
}

#[tokio::test]
async fn the_request_is_answered_byte_for_byte_and_without_credentials() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let trigger = admin.trigger(&admin.workflow("Orders").await).await;
    let bytes: Vec<u8> = (0..=255).collect();
    let headers = [
        ("content-type", "application/octet-stream"),
        ("authorization", "Bearer canary"),
        ("x-custom", "kept"),
    ];
    let url = format!("{}&page=2", trigger.text("url"));
    let accepted = edge.send("POST", &url, &headers, &bytes).await;
    let path = format!("{EXECUTIONS}/{}/request", accepted.text("executionId"));
    let raw = admin.get(&format!("{path}?raw=true")).await;
    assert_eq!(raw.bytes, bytes);
    assert_eq!(raw.header("content-type"), "application/octet-stream");
    let accept = [("accept", "application/octet-stream")];
    assert_eq!(
        admin.call("GET", &path, &accept, &Value::Null).await.bytes,
        bytes
    );
    let shown = admin.get(&path).await;
    assert_eq!(shown.text("bodyEncoding"), "base64");
    assert_eq!(shown.json["headers"]["x-custom"], "kept");
    assert_eq!(shown.json["query"], json!([{"name": "page", "value": "2"}]));
    assert_eq!(shown.text("receivedAt"), "2026-06-16T12:17:30.231Z");
    assert!(!shown.json.to_string().contains("canary"));
}

#[tokio::test]
async fn only_an_execution_that_has_ended_is_deleted_with_everything_it_holds() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let trigger = admin.trigger(&admin.workflow("Orders").await).await;
    let queued = edge.send("POST", trigger.text("url"), &[], b"{}").await;
    let path = format!("{EXECUTIONS}/{}", queued.text("executionId"));
    let early = admin.call("DELETE", &path, &[], &Value::Null).await;
    assert_eq!(early.refusal(), (409, "STILL_RUNNING"));
    edge.0.run().await;
    assert_eq!(
        admin.call("DELETE", &path, &[], &Value::Null).await.status,
        204
    );
    assert_not_found(&admin.get(&path).await, "the execution");
    assert_not_found(&admin.get(&format!("{path}/request")).await, "its request");
    let again = admin.call("DELETE", &path, &[], &Value::Null).await;
    assert_not_found(&again, "a second delete");
    assert!(ids(&admin, "").await.is_empty());
}
