//! A crash at every AWS call, before and after it takes effect. After the recovery each accepted webhook has exactly one
//! execution, which has ended, and no delivery id has two.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::at_every_crash_point;
use tests::crash::recover;
use tests::events::webhook;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{Hook, World, echoes_the_event, waits};

async fn deliver(app: &trigger::App, hook: &Hook) -> Value {
    let request = webhook(&hook.path, &[("webhook-id", "1")], &json!({"n": 1}));
    let response = trigger::handle(app, request).await;
    serde_json::from_slice(response.body()).unwrap()
}

async fn executions(world: &World) -> Vec<Value> {
    let list = world
        .call("GET", "/v1/executions?limit=100", None)
        .await
        .expect(200);
    list["items"].as_array().unwrap().clone()
}

/// Delivers the webhook again, as a sender does that received no answer, and checks that there is one execution.
async fn delivered_once(world: &World, hook: &Hook) {
    let headers = [("webhook-id", "1")];
    let again = world
        .post(hook, &headers, &json!({"n": 1}))
        .await
        .expect(200);
    recover(world).await;
    let all = executions(world).await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0]["id"], again["executionId"]);
    assert_eq!(all[0]["status"], "succeeded", "{all:?}");
}

#[tokio::test]
async fn every_crash_of_a_trigger_leaves_one_execution_that_ends() {
    at_every_crash_point!(
        world,
        proxy,
        world.hook(echoes_the_event(), json!({})),
        async |hook: &Hook| {
            let app = trigger::App::new(proxy.environment(&world, "trigger"));
            deliver(&app, hook).await
        },
        async |world: &World, hook: Hook, answered: Option<Value>| {
            if let Some(answered) = answered {
                assert_eq!(answered["success"], true);
            }
            delivered_once(world, &hook).await;
        }
    );
}

#[tokio::test]
async fn every_crash_of_a_worker_leaves_an_execution_that_ends_once() {
    for definition in [echoes_the_event(), waits(30)] {
        at_every_crash_point!(
            world,
            proxy,
            async {
                let hook = world.hook(definition.clone(), json!({})).await;
                world
                    .post(&hook, &[("webhook-id", "1")], &json!({}))
                    .await
                    .expect(200);
                hook
            },
            async |_: &Hook| {
                let app = worker::App::new(proxy.environment(&world, "worker"));
                tests::crash::run_batch(&world, &app).await;
                world.clock.advance(31_000);
                tests::crash::run_batch(&world, &app).await;
            },
            async |world: &World, hook: Hook, _: Option<()>| {
                delivered_once(world, &hook).await;
            }
        );
    }
}

#[tokio::test]
async fn every_crash_of_a_sweep_leaves_an_execution_that_ends() {
    at_every_crash_point!(
        world,
        proxy,
        async {
            // The execution is recorded, but its message is lost.
            let hook = world.hook(echoes_the_event(), json!({})).await;
            let deaf = FaultProxy::new(&world, |_, operation| match operation {
                "SendMessage" => Fault::Answer {
                    status: 500,
                    error: "InternalFailure",
                },
                _ => Fault::Pass,
            })
            .await;
            let app = trigger::App::new(deaf.environment(&world, "trigger"));
            assert_eq!(deliver(&app, &hook).await["success"], true);
            world.clock.advance(91_000);
            hook
        },
        async |_: &Hook| {
            let app = sweep::App::new(proxy.environment(&world, "sweep"));
            let deadline = world.clock.now().plus_secs(60);
            sweep::handle(&app, deadline).await.map(drop).ok();
        },
        async |world: &World, hook: Hook, _: Option<()>| {
            delivered_once(world, &hook).await;
        }
    );
}

/// Five messages stay in the queue for long, and no sweep sends them again.
async fn assert_five_in_backlog(world: &World) {
    world.clock.advance(600_000);
    let swept = world.stack.invoke("sweep", json!({})).await.unwrap();
    assert_eq!(
        (&swept["sent"], &swept["inBacklog"]),
        (&json!(0), &json!(5)),
        "{swept}"
    );
}

#[tokio::test]
async fn messages_in_a_backlog_are_not_sent_again() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    for _ in 0..5 {
        world.post(&hook, &[], &json!({})).await.expect(200);
    }
    assert_five_in_backlog(&world).await;
}

#[tokio::test]
async fn announcements_in_a_backlog_are_not_sent_again() {
    let world = World::new().await;
    let body = json!({"url": "https://example.com/hook", "events": ["workflow.completed"]});
    world.subscribe(body).await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    for _ in 0..5 {
        world.post(&hook, &[], &json!({})).await.expect(200);
    }
    world.stack.run_queue("worker").await.unwrap();
    assert_five_in_backlog(&world).await;
}

#[tokio::test]
async fn a_cancel_and_the_end_of_an_execution_exclude_each_other() {
    let world = World::new().await;
    let hook = world.hook(waits(60), json!({})).await;
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    let path = format!(
        "/v1/executions/{}",
        accepted["executionId"].as_str().unwrap()
    );
    world.run().await;
    let cancel = format!("{path}/cancel");
    let cancelled = world.call("POST", &cancel, None).await.expect(200);
    assert_eq!(cancelled["status"], "cancelled");
    world.clock.advance(60_000);
    world.run().await;
    assert_eq!(
        world.call("GET", &path, None).await.expect(200)["status"],
        "cancelled"
    );
    let ended = world.hook(echoes_the_event(), json!({})).await;
    let accepted = world.post(&ended, &[], &json!({})).await.expect(200);
    world.run().await;
    let cancel = format!(
        "/v1/executions/{}/cancel",
        accepted["executionId"].as_str().unwrap()
    );
    world
        .call("POST", &cancel, None)
        .await
        .expect_problem(409, "CONFLICT");
}
