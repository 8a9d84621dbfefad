//! A crash at every AWS call of a trigger whose sender waits for an answer, and of the worker that makes it. Afterwards
//! there is one execution that has ended, and the sender that asks again gets its answer.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::at_every_crash_point;
use tests::events::webhook;
use tests::{Hook, World, echoes_the_event};

const DELIVERY: [(&str, &str); 1] = [("webhook-id", "1")];

async fn waiting_hook(world: &World) -> Hook {
    let response = json!({"mode": "whenDone", "status": 201, "body": "${ .event.n }"});
    let settings = json!({"response": response});
    world.hook(echoes_the_event(), settings).await
}

async fn executions(world: &World) -> Vec<Value> {
    let listed = world.call("GET", "/v1/executions", None).await.expect(200);
    listed["items"].as_array().unwrap().clone()
}

/// The sender, which received no answer, asks again.
async fn answered_once(world: &World, hook: &Hook) {
    let again = world.post_and_wait(hook, &DELIVERY, &json!({"n": 1})).await;
    assert_eq!((again.status, again.json()), (201, json!(1)));
    let all = executions(world).await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0]["status"], "succeeded", "{all:?}");
}

#[tokio::test]
async fn every_crash_of_a_trigger_that_waits_leaves_one_execution_with_its_answer() {
    at_every_crash_point!(
        world,
        proxy,
        waiting_hook(&world),
        async |hook: &Hook| {
            let app = trigger::App::new(proxy.environment(&world, "trigger"));
            let request = webhook(&hook.path, &DELIVERY, &json!({"n": 1}));
            tokio::select! {
                response = trigger::handle(&app, request) => response.status().as_u16(),
                () = world.run_then_tick() => unreachable!("time goes on for ever"),
            }
        },
        async |world: &World, hook: Hook, answered: Option<u16>| {
            assert!(answered.is_none_or(|status| status == 201), "{answered:?}");
            answered_once(world, &hook).await;
        }
    );
}

#[tokio::test]
async fn every_crash_of_a_worker_leaves_the_answer_to_the_sender_that_asks_again() {
    at_every_crash_point!(
        world,
        proxy,
        async {
            let hook = waiting_hook(&world).await;
            // The sender gives up before a worker comes.
            let event = json!({"n": 1});
            let answer = tokio::select! {
                answer = world.post(&hook, &DELIVERY, &event) => answer,
                () = world.tick() => unreachable!("time goes on for ever"),
            };
            assert_eq!(answer.status, 202, "{answer:?}");
            hook
        },
        async |_: &Hook| {
            let app = worker::App::new(proxy.environment(&world, "worker"));
            tests::crash::run_batch(&world, &app).await;
        },
        async |world: &World, hook: Hook, _: Option<()>| {
            answered_once(world, &hook).await;
        }
    );
}
