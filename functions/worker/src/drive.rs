//! One execution, from a claim to its end, a wait, or the hand-over to the next worker.

use std::sync::Arc;
use std::time::Duration;

use aws::{Checkpoint, Message, Next, Owned, StoreError};
use domain::{Execution, Timestamp, WebhookRequest};
use engine::{Advanced, Definition, Effect, Event, Run, RunContext, Stuck};

use crate::App;
use crate::call::{CALL_MS, Origin};
use crate::trail::{Onward, Trail};

/// Kept free at the end of an invocation for the last write.
const RESERVE_MS: i64 = 5_000;
/// After so many owners were lost without progress, the execution is what kills them.
const MAX_LOST_LEASES: u32 = 5;
/// Waits up to this long are kept by the queue, longer ones by the due index alone.
const QUEUE_DELAY_MS: i64 = 900_000;

/// What there is to go on from.
struct Journey {
    execution: Execution,
    definition: Arc<Definition>,
    origin: Origin,
    run: Run,
    event: Event,
    deadline: Timestamp,
}

pub(crate) async fn drive(
    app: &App,
    mut owned: Owned,
    deadline: Timestamp,
) -> Result<(), StoreError> {
    let now = app.aws.now();
    let execution = owned.execution.clone();
    let lost_leases = owned.lost_leases;
    tracing::info!(execution = %execution.id, lost_leases, "claimed");
    let (checkpoint, request) = {
        let request = app.aws.runs.request_of(&owned).await?;
        (app.aws.runs.load(&mut owned).await?, request)
    };
    let version = (execution.workflow_id, execution.workflow_version);
    let definition = app.definitions.find(&app.aws.config, version).await?;
    let mut trail = Trail::new(&app.aws, owned);
    let journey = match definition {
        Ok(_) if lost_leases >= MAX_LOST_LEASES => Err(format!(
            "{lost_leases} workers in a row were lost while they ran this execution"
        )),
        Ok(definition) => begin(execution, definition, &request, checkpoint, deadline),
        Err(reason) => Err(format!("the definition cannot be used: {reason}")),
    };
    match journey {
        Ok(journey) => travel(app, journey, &mut trail).await,
        Err(reason) => trail.fail(&reason, now).await.map(drop),
    }
}

fn begin(
    execution: Execution,
    definition: Arc<Definition>,
    request: &WebhookRequest,
    checkpoint: Checkpoint,
    deadline: Timestamp,
) -> Result<Journey, String> {
    let (run, event) = match checkpoint.engine {
        Some(state) => {
            let run = serde_json::from_value(state)
                .map_err(|error| format!("the checkpoint cannot be read: {error}"))?;
            (run, Event::Continue)
        }
        None => {
            let input = domain::event(request).map_err(|error| error.to_string())?;
            let started_at = execution.started_at.unwrap_or(execution.created_at);
            let context = RunContext {
                execution_id: execution.id.to_string(),
                workflow_id: execution.workflow_id.to_string(),
                workflow_version: execution.workflow_version,
                started_at_ms: started_at.as_millis(),
            };
            (Run::start(context, input), Event::Start)
        }
    };
    Ok(Journey {
        origin: Origin::new(execution.id, request),
        execution,
        definition,
        run,
        event,
        deadline,
    })
}

/// Every effect is followed by a checkpoint before the next one is done; the last checkpoint is the
/// end itself. What lies between two effects is repeated after a crash, with the same keys.
async fn travel(app: &App, mut journey: Journey, trail: &mut Trail<'_>) -> Result<(), StoreError> {
    let mut has_progress = false;
    loop {
        let effect = match journey.advance(app).await {
            Ok(advanced) => {
                trail.note(&advanced.steps);
                advanced.effect
            }
            Err(stuck) => return abandon(app, stuck, trail).await,
        };
        let now = app.aws.now();
        match effect {
            Effect::Done(output) => return trail.succeed(output, now).await.map(drop),
            Effect::Fault(fault) => {
                let error = serde_json::to_value(fault).unwrap_or_default();
                return trail.fault(error, now).await.map(drop);
            }
            Effect::Wait { until_ms } => {
                let resume_at = Timestamp::from_millis(until_ms);
                if resume_at > now {
                    return rest(app, &journey, trail, resume_at, now).await;
                }
                journey.event = Event::Resumed;
            }
            Effect::Continue => {
                if pause(app, &journey, trail, now).await? == Onward::Stop {
                    return Ok(());
                }
                journey.event = Event::Continue;
                has_progress = true;
            }
            Effect::Call(call) => {
                if has_progress && pause(app, &journey, trail, now).await? == Onward::Stop {
                    return Ok(());
                }
                let available_ms = journey.deadline.millis_since(app.aws.now()) - RESERVE_MS;
                let result = journey
                    .origin
                    .perform(&app.egress, call, available_ms)
                    .await;
                journey.event = Event::Responded(result);
                has_progress = true;
            }
        }
    }
}

impl Journey {
    /// On a thread where blocking harms nobody: the sandbox waits for its own thread.
    async fn advance(&mut self, app: &App) -> Result<Advanced, Stuck> {
        let definition = Arc::clone(&self.definition);
        let sandbox = Arc::clone(&app.sandbox);
        let event = std::mem::replace(&mut self.event, Event::Continue);
        let now_ms = app.aws.now().as_millis();
        let mut run = self.run.clone();
        let advancing = tokio::task::spawn_blocking(move || {
            let advanced = engine::advance(&definition, &mut run, event, now_ms, &sandbox);
            (run, advanced)
        });
        match advancing.await {
            Ok((run, advanced)) => {
                self.run = run;
                advanced
            }
            Err(_panicked) => Err(Stuck {
                thread_is_lost: false,
            }),
        }
    }
}

/// A checkpoint; near the deadline, with the hand-over to the next worker.
async fn pause(
    app: &App,
    journey: &Journey,
    trail: &mut Trail<'_>,
    now: Timestamp,
) -> Result<Onward, StoreError> {
    if journey.deadline.millis_since(now) >= CALL_MS + RESERVE_MS {
        return trail.stand(&journey.run, Next::Running, now).await;
    }
    if trail.stand(&journey.run, Next::Queued, now).await? == Onward::Go {
        send(app, &journey.execution, Duration::ZERO).await;
    }
    Ok(Onward::Stop)
}

async fn rest(
    app: &App,
    journey: &Journey,
    trail: &mut Trail<'_>,
    resume_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let standing = trail.stand(&journey.run, Next::Waiting { resume_at }, now);
    let wait_ms = resume_at.millis_since(now);
    if standing.await? == Onward::Go && wait_ms <= QUEUE_DELAY_MS {
        let delay = Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0));
        send(app, &journey.execution, delay).await;
    }
    Ok(())
}

/// A message that is not sent is not lost: the execution is due, and found by that.
async fn send(app: &App, execution: &Execution, delay: Duration) {
    let message = Message::Run(execution.id);
    let sent = app
        .aws
        .queue
        .send(message, execution.tenant.org, delay)
        .await;
    if let Err(error) = sent {
        tracing::warn!(execution = %execution.id, %error, "not enqueued; it is due later");
    }
}

async fn abandon(app: &App, stuck: Stuck, trail: &mut Trail<'_>) -> Result<(), StoreError> {
    if stuck.thread_is_lost {
        tracing::error!("an expression did not end; this container exits after its batch");
        app.must_exit
            .store(true, std::sync::atomic::Ordering::Relaxed);
    }
    let reason = "an expression took longer than it may; make it do less";
    trail.fail(reason, app.aws.now()).await.map(drop)
}
