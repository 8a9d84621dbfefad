//! JSON on its way from a webhook to a call and to the history: its members keep their order, and its numbers every
//! digit.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::World;
use tests::receiver::Receiver;

/// Members in no order, and numbers that neither 64 bits nor a float can hold.
const EVENT: &str = concat!(
    r#"{"zulu":123456789012345678901234567890,"alfa":{"yankee":-98765432109876543210,"bravo":0.10000000000000000555},"#,
    r#""mike":[{"quebec":1,"charlie":2}],"source":"test","triggeredAt":"2026-06-16"}"#
);

fn document(tasks: Value) -> Value {
    json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "exact", "version": "1.0.0"},
        "do": tasks,
    })
}

async fn run(world: &World, tasks: Value) -> Value {
    let hook = world.hook(document(tasks), json!({})).await;
    let headers = [("content-type", "application/json")];
    let accepted = world.send("POST", &hook.path, &headers, EVENT).await;
    let accepted = accepted.expect(200);
    world.run().await;
    let id = accepted["executionId"].as_str().unwrap();
    world.execution(id).await
}

#[tokio::test]
async fn a_webhook_reaches_the_body_of_a_call_as_it_was_written() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let execution = run(
        &world,
        json!([{"send": {"call": "http", "with": {
            "method": "post", "endpoint": receiver.url, "body": "${ . }",
        }}}]),
    )
    .await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    let body = receiver.taken()[0].body.clone();
    assert_eq!(String::from_utf8(body).unwrap(), EVENT);
}

#[tokio::test]
async fn a_webhook_is_the_same_in_tojson_after_a_wait_and_in_the_history() {
    let world = World::new().await;
    let hook = world
        .hook(
            document(json!([
                {"keep": {"set": {"event": "${ . }", "text": "${ tojson }"}}},
                {"rest": {"wait": {"seconds": 5}}},
                {"rested": {"set": "${ . }"}},
            ])),
            json!({}),
        )
        .await;
    let headers = [("content-type", "application/json")];
    let accepted = world.send("POST", &hook.path, &headers, EVENT).await;
    let id = accepted.expect(200)["executionId"]
        .as_str()
        .unwrap()
        .to_owned();
    world.run().await;
    world.clock.advance(5_000);
    world.run().await;
    let execution = world.execution(&id).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert_eq!(execution["output"]["event"].to_string(), EVENT);
    assert_eq!(execution["output"]["text"], EVENT);
    assert_eq!(execution["steps"][0]["output"]["event"].to_string(), EVENT);
}

/// What arithmetic touches is a number of jq; what it does not touch stays as it was written.
#[tokio::test]
async fn arithmetic_changes_no_number_but_its_own() {
    let world = World::new().await;
    let execution = run(
        &world,
        json!([{"count": {"set": {
            "one": "${ .alfa | .delta = (.bravo * 2) }", "big": "${ .zulu }", "same": "${ .zulu == .zulu }",
        }}}]),
    )
    .await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert_eq!(
        execution["output"].to_string(),
        concat!(
            r#"{"one":{"yankee":-98765432109876543210,"bravo":0.10000000000000000555,"delta":0.2},"#,
            r#""big":123456789012345678901234567890,"same":true}"#
        )
    );
}
