//! AWS calls that the SDK has given up and repeated, and whose first attempt takes effect later, after other writes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::atomic::{AtomicUsize, Ordering};

use domain::ExecutionId;
use serde_json::{Value, json};
use store::{AwsContext, CheckpointOutcome, Claim, NextState, OwnedExecution, Progress};
use tests::crash::recover;
use tests::events::webhook;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{Hook, World, echoes_the_event};

async fn accepted(world: &World, hook: &Hook) -> ExecutionId {
    let headers = [("webhook-id", "1")];
    let answer = world.post(hook, &headers, &json!({})).await.expect(200);
    ExecutionId::parse(answer["executionId"].as_str().unwrap()).unwrap()
}

async fn claim(world: &World, aws: &AwsContext, id: ExecutionId) -> OwnedExecution {
    let now = world.clock.now();
    let nonce = aws.random.nonce();
    let claimed = aws.leases.claim(id, now.plus_secs(60), now, &nonce).await;
    match claimed.unwrap() {
        Claim::Owned(owned) => *owned,
        other => panic!("it is free: {other:?}"),
    }
}

/// Text that hardly compresses.
fn padding(bytes: usize) -> String {
    let mixed = |place: usize| (place + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    (0..bytes)
        .map(|place| char::from(b'a' + (mixed(place) % 26) as u8))
        .collect()
}

/// A checkpoint of that size, identified by a number.
fn progress(number: usize, bytes: usize) -> Progress {
    Progress {
        engine: Some(json!({"number": number, "padding": padding(bytes)})),
        steps: Vec::new(),
        answer: None,
    }
}

async fn save(
    world: &World,
    aws: &AwsContext,
    owned: &mut OwnedExecution,
    progress: Progress,
) -> CheckpointOutcome {
    let (now, nonce) = (world.clock.now(), aws.random.nonce());
    let written = aws
        .leases
        .checkpoint(owned, progress, NextState::Running, now, &nonce);
    written.await.unwrap()
}

/// Writes that many checkpoints as one owner. Then the first attempt of the call with that number takes effect, and the
/// next owner still finds the last checkpoint.
async fn assert_last_checkpoint_survives(checkpoints: usize, bytes: usize, held: usize) {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let id = accepted(&world, &hook).await;
    let hold = move |number, _: &str| match number {
        _ if number == held => Fault::Hold,
        _ => Fault::Pass,
    };
    let proxy = FaultProxy::new(&world, hold).await;
    let aws = proxy.environment(&world, "worker");
    let mut owned = claim(&world, &aws, id).await;
    aws.leases.load_checkpoint(&mut owned, b"{}").await.unwrap();
    for number in 1..=checkpoints {
        let written = save(&world, &aws, &mut owned, progress(number, bytes)).await;
        assert_eq!(written, CheckpointOutcome::Written);
    }
    assert_eq!(proxy.release().await, 1);
    world.clock.advance(61_000);
    let mut owned = claim(&world, &aws, id).await;
    let body = aws.leases.request(&owned).await.unwrap().0.body;
    let checkpoint = aws.leases.load_checkpoint(&mut owned, &body).await.unwrap();
    let engine = checkpoint.engine.unwrap();
    assert_eq!(engine["number"], checkpoints, "{:?}", proxy.calls());
}

#[tokio::test]
async fn a_late_checkpoint_does_not_undo_the_next_one() {
    // The claim is the first call; the checkpoint is the second, and after it was held, the third.
    assert_last_checkpoint_survives(2, 0, 2).await;
}

#[tokio::test]
async fn a_late_child_item_does_not_overwrite_a_newer_one() {
    // The two slots are used in turn: the third checkpoint replaces the first one.
    assert_last_checkpoint_survives(3, 5_000, 2).await;
}

#[tokio::test]
async fn a_late_claim_takes_nothing_from_the_next_owner() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let id = accepted(&world, &hook).await;
    let aws = world.environment_at("worker", &world.clock);
    claim(&world, &aws, id).await;
    world.clock.advance(61_000);
    // The first call finds the expired lease, the second takes the execution over, the third repeats the second.
    let hold = |number, _: &str| match number {
        2 => Fault::Hold,
        _ => Fault::Pass,
    };
    let proxy = FaultProxy::new(&world, hold).await;
    claim(&world, &proxy.environment(&world, "worker"), id).await;
    world.clock.advance(61_000);
    let mut next = claim(&world, &aws, id).await;
    aws.leases.load_checkpoint(&mut next, b"{}").await.unwrap();
    assert_eq!(proxy.release().await, 1);
    let written = save(&world, &aws, &mut next, progress(1, 0)).await;
    assert_eq!(written, CheckpointOutcome::Written);
}

#[tokio::test]
async fn an_owner_without_a_lease_overwrites_no_child_item_of_the_next_owner() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let id = accepted(&world, &hook).await;
    let aws = world.environment_at("worker", &world.clock);
    let mut lost = claim(&world, &aws, id).await;
    aws.leases.load_checkpoint(&mut lost, b"{}").await.unwrap();
    world.clock.advance(61_000);
    let mut next = claim(&world, &aws, id).await;
    aws.leases.load_checkpoint(&mut next, b"{}").await.unwrap();
    // Both write their first checkpoint, which goes to the same slot.
    let written = save(&world, &aws, &mut next, progress(2, 5_000)).await;
    assert_eq!(written, CheckpointOutcome::Written);
    let written = save(&world, &aws, &mut lost, progress(1, 5_000)).await;
    assert_eq!(written, CheckpointOutcome::LeaseLost);
    world.clock.advance(61_000);
    let mut last = claim(&world, &aws, id).await;
    let checkpoint = aws.leases.load_checkpoint(&mut last, b"{}").await.unwrap();
    assert_eq!(checkpoint.engine.unwrap()["number"], 2);
}

#[tokio::test]
async fn an_execution_recorded_late_after_a_delete_has_its_request() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let id = accepted(&world, &hook).await;
    world.run().await;

    let puts = AtomicUsize::new(0);
    let hold = move |_, operation: &str| match operation {
        // The first write is the request, the second the state.
        "PutItem" if puts.fetch_add(1, Ordering::SeqCst) == 1 => Fault::Hold,
        _ => Fault::Pass,
    };
    let proxy = FaultProxy::new(&world, hold).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    let event = json!({"padding": padding(5_000)});
    let response = trigger::handle(&app, webhook(&hook.path, &[("webhook-id", "1")], &event)).await;
    let answer: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(answer["deduplicated"], true, "{answer}");

    let path = format!("/v1/executions/{id}");
    let deleted = world.call("DELETE", &path, None).await;
    assert_eq!(deleted.status, 204, "{:?}", deleted.json());
    assert_eq!(proxy.release().await, 1);
    recover(&world).await;
    let execution = world.execution(&id.to_string()).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert_eq!(execution["input"]["padding"], event["padding"]);
}
