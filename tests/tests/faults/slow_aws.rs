//! AWS is slow at every call: each webhook is answered before its function is ended, and a queue gets a second attempt.
//! Time is Tokio's, which passes only where everything waits.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tests::events::webhook;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{Connections, World, echoes_the_event};
use tokio::time::Instant;

/// The function's time-out in the template.
const TIMEOUT: Duration = Duration::from_secs(10);

async fn deliver(app: &trigger::App, path: &str, id: &str) -> (u16, Value, Duration) {
    let began = Instant::now();
    let event = webhook(path, &[("webhook-id", id)], &json!({}));
    let response = trigger::handle(app, event).await;
    let body = serde_json::from_slice(response.body()).unwrap();
    (response.status().as_u16(), body, began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_webhook_is_answered_503_before_its_function_is_ended_and_its_repeat_runs_once() {
    let world = World::with(Connections::InProcess).await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let mut deployed = world.stack.template().functions.iter();
    let deployed = deployed.find(|function| function.package == "trigger");
    let timeout_seconds = deployed.unwrap().timeout_seconds;
    // The function may take longer, for senders that wait for their execution; what AWS may take stays as short.
    assert!(u64::from(timeout_seconds) >= TIMEOUT.as_secs());
    let slow = |_: usize, operation: &str| match operation {
        "PutItem" => Fault::Slow { millis: 5_000 },
        _ => Fault::Slow { millis: 1_900 },
    };
    let proxy = FaultProxy::new(&world, slow).await;
    let app = trigger::App::new(proxy.short_timeout_environment(&world, "trigger"));
    let (status, problem, took) = deliver(&app, &hook.path, "1").await;
    assert_eq!((status, &problem["code"]), (503, &json!("UNAVAILABLE")));
    assert!(took <= TIMEOUT - Duration::from_millis(1_900), "{took:?}");
    assert_eq!(proxy.calls()[..3], ["Query", "UpdateItem", "PutItem"]);

    // What was under way takes effect.
    tokio::time::sleep(Duration::from_secs(10)).await;
    let repeat = world.post(&hook, &[("webhook-id", "1")], &json!({})).await;
    repeat.expect(200);
    world.run().await;
    let listed = world.call("GET", "/v1/executions", None).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_silent_or_fails_once_gets_a_second_attempt_within_the_second() {
    let faults = [
        Fault::Slow { millis: 3_000 },
        Fault::Answer {
            status: 500,
            error: "InternalFailure",
        },
        Fault::LoseAnswer,
    ];
    for fault in faults {
        let world = World::with(Connections::InProcess).await;
        let hook = world.hook(echoes_the_event(), json!({})).await;
        let is_first = AtomicBool::new(true);
        let first = fault.clone();
        let plan = move |_: usize, operation: &str| {
            let strikes = operation == "SendMessage" && is_first.swap(false, Ordering::Relaxed);
            if strikes { first.clone() } else { Fault::Pass }
        };
        let proxy = FaultProxy::new(&world, plan).await;
        let app = trigger::App::new(proxy.short_timeout_environment(&world, "trigger"));
        let (status, body, took) = deliver(&app, &hook.path, "1").await;
        assert_eq!(status, 200, "{body}");
        assert!(took < Duration::from_secs(1), "{fault:?}: {took:?}");
        let sent = proxy.calls();
        let sent = sent.iter().filter(|call| *call == "SendMessage").count();
        assert_eq!(sent, 2, "{fault:?}");
        world.run().await;
        let id = body["executionId"].as_str().unwrap();
        assert_eq!(
            world.execution(id).await["status"],
            "succeeded",
            "{fault:?}"
        );
    }
}
