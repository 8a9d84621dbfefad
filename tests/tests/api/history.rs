//! What has run: lists, details, the request as it came in, replay, delete, and who may see them.

use serde_json::{Value, json};

use crate::caller::{Answer, Caller, Edge, definition};

const EXECUTIONS: &str = "/v1/executions";

/// One webhook, run to its end; its execution's path.
async fn delivered(edge: &Edge, url: &str, delivery: &str, body: &Value) -> String {
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

async fn ids(caller: &Caller<'_>, query: &str) -> Vec<String> {
    let page = caller.get(&format!("{EXECUTIONS}?{query}")).await;
    assert_eq!(page.status, 200, "{query} {page:?}");
    let paths = page.listed("id").into_iter();
    paths.map(|id| format!("{EXECUTIONS}/{id}")).collect()
}

fn assert_not_found(answer: &Answer, what: &str) {
    assert_eq!(answer.refusal(), (404, "NOT_FOUND"), "{what}");
}

#[tokio::test]
async fn an_execution_shows_its_state_input_output_and_steps() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let workflow = admin.workflow("Orders").await;
    let trigger = admin.trigger(&workflow).await;
    let path = delivered(&edge, trigger.text("url"), "d-1", &json!({"price": 7})).await;
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
async fn each_filter_of_the_list_finds_its_own() {
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
        made.push(delivered(&edge, trigger.text("url"), "d-1", &json!({})).await);
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
        made.push(delivered(&edge, url.text("url"), &delivery, &json!({})).await);
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

#[tokio::test]
async fn the_request_is_given_out_byte_for_byte_and_without_credentials() {
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
async fn a_replay_is_an_execution_of_its_own_with_the_original_event() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let workflow = admin.workflow("Orders").await;
    let trigger = admin.trigger(&workflow).await;
    let path = delivered(&edge, trigger.text("url"), "d-1", &json!({"price": 7})).await;
    let patch = json!({"definition": definition("new")});
    admin.call("PATCH", &workflow, &[], &patch).await;
    edge.advance(1_000);
    for (body, mark, version) in [
        (Value::Null, "new", 2),
        (json!({"version": "current"}), "new", 2),
        (json!({"version": "original"}), "kept", 1),
    ] {
        let made = admin.post(&format!("{path}/replay"), &body).await;
        assert_eq!(made.status, 201, "{made:?}");
        assert!(path.ends_with(made.text("parentId")));
        edge.0.run().await;
        let shown = admin.get(made.header("location")).await;
        assert_eq!(shown.text("status"), "succeeded", "{shown:?}");
        assert_eq!(shown.json["workflowVersion"], version);
        assert_eq!(shown.json["output"], json!({"mark": mark, "price": 7}));
        assert_eq!(shown.json["input"], admin.get(&path).await.json["input"]);
    }
}

#[tokio::test]
async fn a_replay_repeated_under_an_idempotency_key_runs_once() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let trigger = admin.trigger(&admin.workflow("Orders").await).await;
    let path = delivered(&edge, trigger.text("url"), "d-1", &json!({})).await;
    let replay = format!("{path}/replay");
    let key = [("idempotency-key", "once")];
    let first = admin.call("POST", &replay, &key, &Value::Null).await;
    let again = admin.call("POST", &replay, &key, &Value::Null).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(again.text("id"), first.text("id"));
    assert_eq!(again.header("idempotent-replayed"), "true");
    let other = json!({"version": "original"});
    let reused = admin.call("POST", &replay, &key, &other).await;
    assert_eq!(reused.refusal(), (422, "IDEMPOTENCY_KEY_REUSED"));
    assert_eq!(ids(&admin, "").await.len(), 2);
}

#[tokio::test]
async fn a_replay_takes_a_token_and_needs_an_active_workflow() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let workflow = admin.workflow("Orders").await;
    let trigger = admin.trigger(&workflow).await;
    let limit = json!({"rateLimit": {"capacity": 2, "refillPerSecond": 0.1}});
    admin.call("PATCH", &workflow, &[], &limit).await;
    let path = delivered(&edge, trigger.text("url"), "d-1", &json!({})).await;
    let replay = format!("{path}/replay");
    assert_eq!(admin.post(&replay, &Value::Null).await.status, 201);
    let empty = admin.post(&replay, &Value::Null).await;
    assert_eq!(empty.refusal(), (429, "RATE_LIMITED"));
    assert_eq!(empty.header("retry-after"), "10");
    admin
        .post(&format!("{workflow}/deactivate"), &Value::Null)
        .await;
    edge.advance(60_000);
    let refused = admin.post(&replay, &Value::Null).await;
    assert_eq!(refused.refusal(), (403, "WORKFLOW_INACTIVE"));
    let rejected = format!("{EXECUTIONS}/{}", refused.text("executionId"));
    assert_eq!(admin.get(&rejected).await.text("status"), "rejected");
    admin.call("DELETE", &workflow, &[], &Value::Null).await;
    edge.advance(60_000);
    assert_not_found(
        &admin.post(&replay, &Value::Null).await,
        "a deleted workflow",
    );
    assert_eq!(admin.get(&path).await.status, 200);
}

#[tokio::test]
async fn only_what_has_ended_is_deleted_and_it_is_gone_with_all_it_holds() {
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

#[tokio::test]
async fn reading_needs_the_scope_read_and_changing_needs_admin() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let trigger = admin.trigger(&admin.workflow("Orders").await).await;
    let path = delivered(&edge, trigger.text("url"), "d-1", &json!({})).await;
    let mut keys = Vec::new();
    for scope in ["read", "publish"] {
        let body = json!({"name": scope, "scopes": [scope]});
        keys.push(
            admin
                .post("/v1/api-keys", &body)
                .await
                .text("key")
                .to_owned(),
        );
    }
    let (reader, publisher) = (edge.with_key(&keys[0]), edge.with_key(&keys[1]));
    let replay = format!("{path}/replay");
    for shown in [EXECUTIONS, &path, &format!("{path}/request")] {
        assert_eq!(reader.get(shown).await.status, 200, "{shown}");
        let refused = publisher.get(shown).await;
        assert_eq!(refused.refusal(), (403, "FORBIDDEN_SCOPE"), "{shown}");
    }
    for refused in [
        reader.post(&replay, &Value::Null).await,
        reader.call("DELETE", &path, &[], &Value::Null).await,
    ] {
        assert_eq!(refused.refusal(), (403, "FORBIDDEN_SCOPE"));
    }
}

/// The gateway keeps such requests away; a function URL would not.
#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_answered_with_those_it_has() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let trigger = admin.trigger(&admin.workflow("Orders").await).await;
    let path = delivered(&edge, trigger.text("url"), "d-1", &json!({})).await;
    for (method, path, allow) in [
        ("POST", EXECUTIONS.to_owned(), "GET"),
        ("PATCH", path.clone(), "GET, DELETE"),
        ("DELETE", format!("{path}/request"), "GET"),
        ("GET", format!("{path}/replay"), "POST"),
        ("POST", "/v1/deliveries".to_owned(), "GET"),
        ("DELETE", "/v1/deliveries/dlv_1".to_owned(), "GET"),
        ("GET", "/v1/deliveries/dlv_1/retry".to_owned(), "POST"),
        ("GET", "/v1/subscriptions/sub_1/recover".to_owned(), "POST"),
    ] {
        let refused = admin.misdirected("history", method, &path).await;
        let expected = (405, "METHOD_NOT_ALLOWED".to_owned(), allow.to_owned());
        assert_eq!(refused, expected, "{method} {path}");
    }
}

/// Walks every route that names something, with a key of another org.
#[tokio::test]
async fn another_orgs_ids_are_404_on_every_route() {
    let edge = Edge::start().await;
    let owner = edge.admin_of("acme").await;
    let workflow = owner.workflow("Orders").await;
    let made = owner.trigger(&workflow).await;
    let trigger = format!("{workflow}/triggers/{}", made.text("id"));
    let execution = delivered(&edge, made.text("url"), "d-1", &json!({})).await;
    let keys = owner.get("/v1/api-keys").await;
    let key = format!("/v1/api-keys/{}", keys.listed("id")[0]);
    let workflow_id = workflow.rsplit('/').next().unwrap();

    let stranger = edge.admin_of("other").await;
    let empty = json!({});
    let routes = [
        ("GET", key.clone(), &Value::Null),
        ("DELETE", key.clone(), &Value::Null),
        ("GET", workflow.clone(), &Value::Null),
        ("PATCH", workflow.clone(), &empty),
        ("POST", format!("{workflow}/activate"), &Value::Null),
        ("POST", format!("{workflow}/deactivate"), &Value::Null),
        ("GET", format!("{workflow}/triggers"), &Value::Null),
        ("POST", format!("{workflow}/triggers"), &empty),
        ("GET", trigger.clone(), &Value::Null),
        ("PATCH", trigger.clone(), &empty),
        ("POST", format!("{trigger}/enable"), &Value::Null),
        ("POST", format!("{trigger}/disable"), &Value::Null),
        ("POST", format!("{trigger}/rotate"), &empty),
        ("DELETE", trigger.clone(), &Value::Null),
        ("DELETE", workflow.clone(), &Value::Null),
        (
            "GET",
            format!("{EXECUTIONS}?workflowId={workflow_id}"),
            &Value::Null,
        ),
        ("GET", execution.clone(), &Value::Null),
        ("GET", format!("{execution}/request"), &Value::Null),
        ("POST", format!("{execution}/replay"), &empty),
        ("DELETE", execution.clone(), &Value::Null),
    ];
    for (method, path, body) in routes {
        let answer = stranger.call(method, &path, &[], body).await;
        assert_not_found(&answer, &format!("{method} {path}"));
    }
    // The stranger's own workflow does not lend its address to another org's trigger.
    let own = stranger.workflow("Own").await;
    let crossed = format!("{own}/triggers/{}", made.text("id"));
    assert_not_found(&stranger.get(&crossed).await, "a foreign trigger");
    for query in [
        "",
        "deliveryId=d-1",
        &format!("triggerId={}", made.text("id")),
    ] {
        assert!(ids(&stranger, query).await.is_empty(), "{query}");
    }
    assert_eq!(stranger.get("/v1/workflows").await.listed("name"), ["Own"]);
    assert_eq!(stranger.get("/v1/api-keys").await.listed("id").len(), 1);

    let unchanged = owner.get(&trigger).await;
    assert_eq!(
        (unchanged.status, &unchanged.json["enabled"]),
        (200, &json!(true))
    );
    assert_eq!(owner.get(&workflow).await.json["active"], true);
    assert_eq!(owner.get(&execution).await.status, 200);
    assert_eq!(ids(&owner, "").await.len(), 1);
}
