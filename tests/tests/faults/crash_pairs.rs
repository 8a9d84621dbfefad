//! Two crashes in the run of one webhook, at every pair of its writes, in trigger, worker or sweep.

use serde_json::{Value, json};
use tests::crash_sequence::{CrashSequence, History};
use tests::{World, crash, echoes_the_event, invariants, waits};

/// Runs a webhook with that event from its delivery to its end, once for every pair of crashes. Whatever file it names is kept
/// as long as its execution.
async fn every_pair_of_crashes(definition: Value, event: impl AsyncFn(&World) -> Value) {
    let world = World::new().await;
    let hook = world.hook(definition, json!({})).await;
    let mut accepted = Vec::new();
    let sequence = CrashSequence::new(&world).await;
    let mut writes_with = async |deaths: &[usize]| {
        let delivery = accepted.len().to_string();
        let event = event(&world).await;
        let history = sequence.history(deaths, &hook, &delivery, &event);
        let History { shown, writes } = Box::pin(history).await;
        assert_eq!(
            shown["status"], "succeeded",
            "crashes at {deaths:?}: {shown}"
        );
        assert_eq!(shown["deliveryId"], delivery, "{shown}");
        if let Some(file) = event["variables"]["file"].as_str() {
            let tags = world.file_tags(file).await;
            assert_eq!(tags.as_deref(), Some("kept=64-days"), "{deaths:?}");
        }
        accepted.extend(shown["id"].as_str().map(str::to_owned));
        writes
    };
    for first in 1.. {
        if Box::pin(writes_with(&[first])).await < first {
            break;
        }
        for second in first + 1.. {
            if Box::pin(writes_with(&[first, second])).await < second {
                break;
            }
        }
    }
    assert!(accepted.len() > 30, "{} histories", accepted.len());
    crash::recover(&world).await;
    invariants::hold(&world, &accepted).await;
}

#[tokio::test]
async fn a_short_run_survives_every_pair_of_crashes() {
    every_pair_of_crashes(echoes_the_event(), number).await;
}

#[tokio::test]
async fn a_wait_survives_every_pair_of_crashes() {
    every_pair_of_crashes(waits(30), number).await;
}

#[tokio::test]
async fn a_long_wait_survives_every_pair_of_crashes() {
    every_pair_of_crashes(waits(1_000), number).await;
}

#[tokio::test]
async fn the_use_of_a_file_survives_every_pair_of_crashes() {
    let event = async |world: &World| {
        let file = world.file("a.txt", "text/plain", b"hello").await;
        json!({"variables": {"file": file}})
    };
    every_pair_of_crashes(echoes_the_event(), event).await;
}

async fn number(_: &World) -> Value {
    json!({"n": 1})
}
