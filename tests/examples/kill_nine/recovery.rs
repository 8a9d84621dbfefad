//! Waits until every execution has ended, and reads the history.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Outcome;
use crate::api::Api;
use crate::workflows::Hook;

const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// The time that recovered executions need to run.
const WORK: Duration = Duration::from_secs(60);
const SWEEP: Duration = Duration::from_secs(60);

/// One entry of the history.
#[derive(Clone, Debug)]
pub(crate) struct Execution {
    pub(crate) id: String,
    pub(crate) workflow: String,
    pub(crate) delivery: Option<String>,
    pub(crate) status: String,
    pub(crate) lasted_ms: Option<i64>,
}

/// The longest that the recovery may take. An execution that the last kill interrupted is due 90 s after its last message at
/// the latest, as leases last 60 s. Each run that was long enough for a sweep may have doubled that. The sweep after that
/// sends its message; one more sweep may be under way.
pub(crate) fn bound(long_runs: u32) -> Duration {
    let due_ms = domain::redrive_backoff_ms(long_runs).unsigned_abs();
    Duration::from_millis(due_ms) + 2 * SWEEP + WORK
}

/// Waits until no execution is queued, running or waiting, for at most `bound`. Returns how long that took.
pub(crate) async fn wait(api: &Api, hooks: &[Hook], bound: Duration) -> Outcome<Duration> {
    let begun = Instant::now();
    let mut open = open(api, hooks).await?;
    println!("{} executions have not ended", open.len());
    while !open.is_empty() && begun.elapsed() < bound {
        tokio::time::sleep(LOOK_AGAIN).await;
        let mut still_open = Vec::new();
        for id in open {
            let found = api.get(&format!("/v1/executions/{id}")).await?;
            if !has_ended(found["status"].as_str().unwrap_or_default()) {
                still_open.push(id);
            }
        }
        open = still_open;
    }
    Ok(begun.elapsed())
}

async fn open(api: &Api, hooks: &[Hook]) -> Outcome<Vec<String>> {
    let all = history(api, hooks).await?;
    let open = all
        .into_iter()
        .filter(|execution| !has_ended(&execution.status));
    Ok(open.map(|execution| execution.id).collect())
}

pub(crate) async fn history(api: &Api, hooks: &[Hook]) -> Outcome<Vec<Execution>> {
    let mut all = Vec::new();
    for hook in hooks {
        let path = format!("/v1/executions?workflowId={}", hook.workflow);
        let listed = api.list(&path).await?;
        all.extend(listed.iter().map(execution));
    }
    Ok(all)
}

pub(crate) fn has_ended(status: &str) -> bool {
    !matches!(status, "queued" | "running" | "waiting")
}

fn execution(listed: &Value) -> Execution {
    let text = |name: &str| listed[name].as_str().map(str::to_owned);
    let moment = |name: &str| {
        let text = listed[name].as_str()?;
        domain::Timestamp::parse(text).ok()
    };
    let created_at = moment("createdAt");
    Execution {
        id: text("id").unwrap_or_default(),
        workflow: text("workflowId").unwrap_or_default(),
        delivery: text("deliveryId"),
        status: text("status").unwrap_or_default(),
        lasted_ms: moment("finishedAt")
            .zip(created_at)
            .map(|(finished, created)| finished.millis_since(created)),
    }
}
