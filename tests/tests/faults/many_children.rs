//! An execution with 100,000 steps has hundreds of large children: deleting them and extending their time to live reads
//! keys only, and what a first request began, the next one finishes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use futures::future::join_all;
use serde_json::{Value, json};
use tests::crash::run_batch;
use tests::events::management;
use tests::fault_proxy::{Fault, FaultProxy, ask};
use tests::{World, echoes_the_event};

/// Pages of 250 steps.
const PAGES: usize = 400;
/// A query answers with 25 of them.
const PAGE_BYTES: usize = 41_000;

/// The children of an execution, without their data.
async fn children(world: &World, id: &str) -> Vec<Value> {
    let variables = world.stack.variables("history");
    let table = &variables["RUNS_TABLE"];
    let mut children = Vec::new();
    let mut query = json!({
        "TableName": table,
        "KeyConditionExpression": "pk = :pk",
        "ProjectionExpression": "pk, sk, expires_at",
        "ExpressionAttributeValues": {":pk": {"S": format!("EXE#{id}")}},
    });
    loop {
        let page = ask(world, "DynamoDB_20120810.Query", query.to_string()).await;
        let items = page["Items"].as_array().unwrap().iter().cloned();
        children.extend(items.filter(|item| item["sk"]["S"] != "S"));
        match page.get("LastEvaluatedKey") {
            Some(key) => query["ExclusiveStartKey"] = key.clone(),
            None => return children,
        }
    }
}

/// Adds the pages of 100,000 steps to an execution.
async fn add_pages(world: &World, id: &str, expires_at: i64) {
    let variables = world.stack.variables("history");
    let table = &variables["RUNS_TABLE"];
    let key = json!({"pk": {"S": format!("EXE#{id}")}, "sk": {"S": "S"}});
    let get = json!({"TableName": table, "Key": key}).to_string();
    let state = ask(world, "DynamoDB_20120810.GetItem", get).await;
    let generation = state["Item"]["generation"]["S"]
        .as_str()
        .unwrap()
        .to_owned();
    let puts = (0..PAGES).map(|page| {
        let item = json!({
            "pk": {"S": format!("EXE#{id}")},
            "sk": {"S": format!("{generation}#P{page:08}")},
            "v": {"N": "1"},
            "epoch": {"N": "1"},
            "sequence": {"N": "1"},
            "expires_at": {"N": expires_at.to_string()},
            "padding": {"S": "x".repeat(PAGE_BYTES)},
        });
        let put = json!({"TableName": table, "Item": item}).to_string();
        ask(world, "DynamoDB_20120810.PutItem", put)
    });
    join_all(puts).await;
}

/// Has the execution say that it has these pages.
async fn count_pages(world: &World, id: &str) {
    let update = json!({
        "TableName": &world.stack.variables("history")["RUNS_TABLE"],
        "Key": {"pk": {"S": format!("EXE#{id}")}, "sk": {"S": "S"}},
        "UpdateExpression": "SET pages = :pages",
        "ExpressionAttributeValues": {":pages": {"N": PAGES.to_string()}},
    });
    ask(world, "DynamoDB_20120810.UpdateItem", update.to_string()).await;
}

async fn delete(world: &World, app: &history::App, id: &str) -> (u16, Value) {
    let request = management("DELETE", &format!("/v1/executions/{id}"), &world.key);
    let response = tests::contract::history(app, request).await;
    let status = response.status().as_u16();
    (
        status,
        serde_json::from_slice(response.body()).unwrap_or_default(),
    )
}

#[tokio::test]
async fn a_delete_that_takes_too_long_is_finished_by_the_next_request_and_seen_by_nobody() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    let id = accepted["executionId"].as_str().unwrap();
    world.run().await;
    add_pages(&world, id, 2_000_000_000).await;
    count_pages(&world, id).await;

    // Each batch takes three seconds.
    let clock = world.clock.clone();
    let plan = move |_: usize, operation: &str| {
        if operation == "BatchWriteItem" {
            clock.advance(3_000);
        }
        Fault::Pass
    };
    let proxy = FaultProxy::new(&world, plan).await;
    let app = history::App::new(proxy.environment(&world, "history"));
    let (status, problem) = delete(&world, &app, id).await;
    assert_eq!((status, &problem["code"]), (503, &json!("UNAVAILABLE")));
    let left = children(&world, id).await.len();
    assert!((100..PAGES).contains(&left), "{left}");
    let path = format!("/v1/executions/{id}");
    let hidden = world.call("GET", &path, None).await;
    hidden.expect_problem(404, "NOT_FOUND");
    let listed = world.call("GET", "/v1/executions", None).await.expect(200);
    assert_eq!(listed["items"], json!([]));

    let mut requests = 1;
    while delete(&world, &app, id).await.0 != 204 {
        requests += 1;
    }
    let calls = proxy.calls();
    let count = |operation: &str| calls.iter().filter(|call| *call == operation).count();
    assert!(
        count("BatchWriteItem") <= 2 * PAGES / 25,
        "nothing is done twice"
    );
    assert!(requests <= 10, "{requests}");
    assert_eq!(children(&world, id).await, [] as [Value; 0]);
    assert_eq!(delete(&world, &app, id).await.0, 404);
}

#[tokio::test]
async fn an_extension_that_broke_off_is_finished_by_the_next_owner() {
    let world = World::new().await;
    let definition = json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "test", "version": "1.0.0"},
        "do": [
            {"first": {"wait": {"seconds": 30}}},
            {"long": {"wait": {"days": 60}}},
        ],
    });
    let hook = world.hook(definition, json!({})).await;
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    let id = accepted["executionId"].as_str().unwrap();
    world.run().await;
    let soon = world.clock.now().plus_days(31).as_millis() / 1_000;
    add_pages(&world, id, soon).await;
    let long_enough = world.clock.now().plus_days(90).as_millis() / 1_000;
    let extended = async || {
        let children = children(&world, id).await;
        let expiries = children
            .iter()
            .map(|child| child["expires_at"]["N"].as_str());
        let expiries = expiries.map(|secs| secs.unwrap().parse::<i64>().unwrap());
        expiries.filter(|secs| *secs >= long_enough).count()
    };

    world.clock.advance(30_000);
    let dies = |number, _: &str| match number {
        200 => Fault::CrashBefore,
        _ => Fault::Pass,
    };
    let proxy = FaultProxy::new(&world, dies).await;
    let app = worker::App::new(proxy.environment(&world, "worker"));
    assert!(proxy.until_death(run_batch(&world, &app)).await.is_none());
    let before = extended().await;
    assert!((100..300).contains(&before), "{before}");

    world.clock.advance(400_000);
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = worker::App::new(proxy.environment(&world, "worker"));
    run_batch(&world, &app).await;
    assert!(extended().await >= PAGES);
    let updates = proxy.calls();
    let updates = updates.iter().filter(|call| *call == "UpdateItem").count();
    assert!(updates < PAGES - before + 10, "{updates} after {before}");
    assert_eq!(world.execution(id).await["status"], "waiting");
}
