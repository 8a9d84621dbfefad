//! Advances time: containers handle the visible messages, then the clock moves to the next due time, and a sweep runs. It
//! does not know what is due.

use domain::{Shard, Timestamp};
use serde_json::{Value, json};
use tests::World;
use tests::fault_proxy::ask;

use crate::Outcome;
use crate::containers::Containers;
use crate::publisher::Publisher;

/// The sweep's schedule in the template.
const SWEEP_MS: i64 = 60_000;
/// Each step is at least this part of the time that has passed, so that days take hundreds of steps, not thousands. Attempts
/// are late by that much, which is less than the retry schedule's own jitter.
const STRIDE: i64 = 32;
/// By then the last attempt of every delivery was made: the schedule takes three days, four with all its jitter.
const LIMIT_MS: i64 = 10 * 86_400_000;

/// Publishes every event and advances the clock until nothing is due any more, for at most ten days. Returns how long that
/// took on the clock.
pub(crate) async fn run(
    world: &World,
    publisher: &mut Publisher,
    containers: &Containers<'_>,
) -> Outcome<i64> {
    let began_at = world.clock.now();
    loop {
        if !publisher.is_done() {
            publisher.next_share().await?;
        }
        containers.work().await?;
        let now = world.clock.now();
        let passed_ms = now.millis_since(began_at);
        let next = next_due(world, now).await;
        let next = match next {
            Some(next) if passed_ms < LIMIT_MS => next,
            Some(_) => return Ok(passed_ms),
            None if publisher.is_done() => return Ok(passed_ms),
            None => now,
        };
        let step_ms = SWEEP_MS.max(passed_ms / STRIDE);
        let wait_ms = if publisher.is_done() {
            next.millis_since(now)
        } else {
            0
        };
        world.clock.advance(step_ms.max(wait_ms));
        world
            .stack
            .invoke("sweep", json!({}))
            .await
            .map_err(|failure| format!("the sweep failed: {failure:?}"))?;
    }
}

/// The next due time in the index. The message of a record arrives before the record is due.
async fn next_due(world: &World, now: Timestamp) -> Option<Timestamp> {
    let variables = world.stack.variables("sweep");
    let mut next = None;
    for shard in Shard::all() {
        let query = json!({
            "TableName": variables["RUNS_TABLE"],
            "IndexName": "due",
            "KeyConditionExpression": "due_shard = :shard",
            "ExpressionAttributeValues": {":shard": {"S": shard.to_string()}},
            "Limit": 1,
        });
        let found = ask(world, "DynamoDB_20120810.Query", query.to_string()).await;
        let entry = &found["Items"][0];
        let of_shard = moment(&entry["sent_at"])
            .filter(|arrives_at| *arrives_at > now)
            .or_else(|| moment(&entry["due_at"]));
        next = next.into_iter().chain(of_shard).min();
    }
    next
}

fn moment(value: &Value) -> Option<Timestamp> {
    let millis = value["N"].as_str()?.parse().ok()?;
    Some(Timestamp::from_millis(millis))
}
