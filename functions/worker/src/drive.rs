//! One execution, from a claim to its end, a wait, or the hand-over to the next worker.

use std::sync::Arc;
use std::time::Duration;

use domain::{Execution, Timestamp, WebhookRequest};
use engine::{Definition, Effect, Event, Run, RunContext, Secrets, Stuck};
use store::{Checkpoint, Message, OwnedExecution, StoreError};

use crate::App;
use crate::call::Origin;
use crate::definitions::DefinitionLookup;
use crate::functions::next_look;
use crate::journey::{Journey, come_back, send};
use crate::news;
use crate::trail::{Onward, Trail};

/// After so many owners were lost without progress, the execution is what kills them.
const MAX_LOST_LEASES: u32 = 5;

pub(crate) async fn drive(
    app: &App,
    mut owned: OwnedExecution,
    deadline: Timestamp,
) -> Result<(), StoreError> {
    let now = app.aws.now();
    let execution = owned.execution.clone();
    let lost_leases = owned.lost_leases;
    tracing::info!(execution = %execution.id, lost_leases, "claimed");
    let (checkpoint, request) = {
        let request = app.aws.leases.request(&owned);
        let (request, watched) = futures::join!(request, news::watched(&app.aws, &execution));
        let request = request?;
        owned.interest = watched;
        if owned.has_unpublished_start() {
            news::announce(&app.aws, &execution).await;
        }
        if let Some(trace_id) = request.trace_id() {
            tracing::Span::current().record("trace_id", tracing::field::display(trace_id));
        }
        let checkpoint = app
            .aws
            .leases
            .load_checkpoint(&mut owned, &request.body)
            .await?;
        (checkpoint, request)
    };
    let prepared = prepare(app, &execution, lost_leases).await;
    let mut trail = Trail::new(&app.aws, owned);
    let prepared = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            if let StoreError::Unavailable { .. } = error {
                put_back(app, &execution, checkpoint, &mut trail).await?;
            }
            return Err(error);
        }
    };
    let journey = prepared.and_then(|(definition, secrets)| {
        let (run, event) = begin(&execution, &request, checkpoint)?;
        let origin = Origin::new(&execution, &request);
        let journey = Journey::new(app, execution, definition, origin, run, secrets, deadline);
        Ok((journey, event))
    });
    match journey {
        Ok((journey, event)) => travel(app, journey, event, &mut trail).await?,
        Err(reason) => trail.fail(&reason, now).await.map(drop)?,
    }
    if let Some(runner) = trail.ended().and_then(Execution::runner) {
        // Should this be lost, that one looks again by itself.
        let wake = Message::Wake {
            execution_id: runner,
        };
        send(app, wake, trail.execution(), Duration::ZERO).await;
    }
    Ok(())
}

/// What the execution is run by, or why it cannot be.
async fn prepare(
    app: &App,
    execution: &Execution,
    lost_leases: u32,
) -> Result<Result<(Arc<Definition>, Secrets), String>, StoreError> {
    let (aws, tenant) = (&app.aws, execution.tenant);
    let version = (execution.workflow_id, execution.workflow_version);
    let found = app.definitions.find(&aws.workflows, version, aws.now());
    let definition = match found.await? {
        DefinitionLookup::Found(_) if lost_leases >= MAX_LOST_LEASES => {
            return Ok(Err(format!(
                "{lost_leases} workers in a row were lost while they ran this execution"
            )));
        }
        DefinitionLookup::Found(definition) => definition,
        DefinitionLookup::Unusable(reason) => {
            return Ok(Err(format!("the definition cannot be used: {reason}")));
        }
    };
    let opening = app.safe.open(aws, tenant, definition.secrets(), aws.now());
    let secrets = opening.await?;
    Ok(Ok((definition, secrets)))
}

/// Nothing was done, because something that it needs does not answer. Keeping the lease to its end would count as a
/// lost worker, and several of those end an execution; so it waits, for as long again as it has run.
async fn put_back(
    app: &App,
    execution: &Execution,
    checkpoint: Checkpoint,
    trail: &mut Trail<'_>,
) -> Result<(), StoreError> {
    let now = app.aws.now();
    let since = execution.started_at.unwrap_or(execution.created_at);
    let resume_at = next_look(Some(since), now);
    let standing = trail.put_back(checkpoint.engine, resume_at, now);
    if standing.await? == Onward::Go {
        come_back(app, execution, resume_at, now).await;
    }
    Ok(())
}

/// The state to go on from, and what has happened to it.
fn begin(
    execution: &Execution,
    request: &WebhookRequest,
    checkpoint: Checkpoint,
) -> Result<(Run, Event), String> {
    if let Some(state) = checkpoint.engine {
        let run = serde_json::from_value(state)
            .map_err(|error| format!("the checkpoint cannot be read: {error}"))?;
        // Whatever is pending may be over by now; a wake before this claim left no other trace.
        return Ok((run, Event::Awoken));
    }
    let input = domain::event(request).map_err(|error| error.to_string())?;
    let started_at = execution.started_at.unwrap_or(execution.created_at);
    let context = RunContext {
        execution_id: execution.id.to_string(),
        workflow_id: execution.workflow_id.to_string(),
        workflow_version: execution.workflow_version,
        started_at_ms: started_at.as_millis(),
    };
    Ok((Run::start(context, input), Event::Start))
}

/// Every effect is followed by a checkpoint before the next one is begun; the last checkpoint is the
/// end itself. What lies between two checkpoints is repeated after a crash, with the same keys.
async fn travel(
    app: &App,
    mut journey: Journey<'_>,
    event: Event,
    trail: &mut Trail<'_>,
) -> Result<(), StoreError> {
    let mut events = vec![event];
    loop {
        let effect = match journey.advance(events, trail).await {
            Ok(effect) => effect,
            Err(stuck) => return abandon(app, stuck, trail).await,
        };
        let next = match effect {
            Effect::Done(output) => return trail.succeed(output, app.aws.now()).await.map(drop),
            Effect::Fault(fault) => {
                let error = serde_json::to_value(fault).unwrap_or_default();
                return trail.fault(error, app.aws.now()).await.map(drop);
            }
            Effect::Wait { until_ms } => journey.rest(until_ms, trail).await?,
            Effect::Continue => journey.go_on(trail).await?,
            Effect::Perform { actions, until_ms } => {
                journey.perform(actions, until_ms, trail).await?
            }
        };
        match next {
            Some(happened) => events = happened,
            None => return Ok(()),
        }
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
