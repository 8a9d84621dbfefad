//! Runs one claimed execution: loads what it needs, lets [`ExecutionRun`] run it until this worker has nothing more to
//! do, and wakes the execution that waits for its result. It does not know what the workflow does.

use std::time::Duration;

use domain::{Execution, Timestamp, WebhookRequest};
use store::{Checkpoint, Message, OwnedExecution, StoreError};
use tracing::Span;
use tracing::field::display;

use crate::App;
use crate::execution_run::ExecutionRun;
use crate::functions::next_check;
use crate::http_call::Origin;
use crate::prepare::{PrepareError, begin, prepare};
use crate::progress_writer::{Ownership, ProgressWriter};
use crate::{lifecycle_events, messages};

/// After so many owners in a row were lost without progress, the execution itself is taken to be the cause, and fails.
const MAX_LOST_LEASES: u32 = 5;

/// The error of an execution whose request or checkpoint is damaged, or too large to be read.
const UNREADABLE: &str = "the stored state of this execution cannot be read, so it cannot go on";

/// Runs an execution that this worker has just claimed. After an error, its next owner runs it again.
pub(crate) async fn run_claimed(
    app: &App,
    owned: OwnedExecution,
    deadline: Timestamp,
) -> Result<(), StoreError> {
    let lost_leases = owned.lost_leases;
    tracing::info!(execution = %owned.execution.id, lost_leases, "execution claimed");
    let writer = ProgressWriter::new(app, owned);
    let writer = if lost_leases >= MAX_LOST_LEASES {
        // Before anything is loaded: loading it may be what ends the workers.
        let reason =
            format!("{lost_leases} workers in a row were lost while they ran this execution");
        fail(app, writer, &reason).await?
    } else {
        load_and_run(app, writer, deadline).await?
    };
    if let Some(parent_id) = writer.ended().and_then(Execution::runner) {
        // The parent checks on its child from time to time, so a lost message only delays it.
        let wake = Message::Wake {
            execution_id: parent_id,
        };
        messages::send(app, wake, writer.execution(), Duration::ZERO).await;
    }
    Ok(())
}

async fn load_and_run<'a>(
    app: &'a App,
    mut writer: ProgressWriter<'a>,
    deadline: Timestamp,
) -> Result<ProgressWriter<'a>, StoreError> {
    let (request, checkpoint) = match load(app, &mut writer).await {
        Ok(loaded) => loaded,
        Err(error @ StoreError::BadRecord { .. }) => {
            tracing::error!(%error, "the stored state cannot be read; the execution fails");
            return fail(app, writer, UNREADABLE).await;
        }
        Err(error) => return Err(release_after(app, writer, error).await),
    };
    let is_first_claim = checkpoint.engine.is_none();
    let prepared = prepare(app, writer.execution(), &request, is_first_claim).await;
    let begun = prepared.and_then(|prepared| {
        let begun = begin(writer.execution(), &request, checkpoint, &prepared.files)?;
        Ok((prepared, begun))
    });
    let (prepared, (run, event)) = match begun {
        Ok(begun) => begun,
        Err(PrepareError::Unusable(reason)) => return fail(app, writer, &reason).await,
        Err(PrepareError::Store(error)) => return Err(release_after(app, writer, error).await),
    };
    let origin = Origin::new(writer.execution(), &request);
    let execution = ExecutionRun::new(app, writer, prepared, origin, deadline);
    execution.run_loop(run, event).await
}

async fn fail<'a>(
    app: &App,
    mut writer: ProgressWriter<'a>,
    reason: &str,
) -> Result<ProgressWriter<'a>, StoreError> {
    writer.fail(reason, app.aws.now()).await?;
    Ok(writer)
}

/// The stored request and the last checkpoint. Also finds out which lifecycle events have subscribers.
async fn load(
    app: &App,
    writer: &mut ProgressWriter<'_>,
) -> Result<(WebhookRequest, Checkpoint), StoreError> {
    let owned = writer.owned_mut();
    let (request, watched) = futures::join!(
        app.aws.leases.request(owned),
        lifecycle_events::watched(&app.aws, &owned.execution)
    );
    let (request, item_bytes) = request?;
    owned.count_request(item_bytes);
    owned.interest = watched;
    if owned.has_unpublished_start() {
        lifecycle_events::announce(&app.aws, &owned.execution).await;
    }
    if let Some(trace_id) = request.trace_id() {
        Span::current().record("trace_id", display(trace_id));
    }
    let checkpoint = app.aws.leases.load_checkpoint(owned, &request.body).await?;
    Ok((request, checkpoint))
}

/// Releases the execution after an error that another attempt may not meet. Returns the error to answer.
async fn release_after(app: &App, mut writer: ProgressWriter<'_>, error: StoreError) -> StoreError {
    match error {
        StoreError::Unavailable { .. } => {
            let released = release(app, &mut writer, app.aws.now()).await;
            released.err().unwrap_or(error)
        }
        StoreError::BadRecord { .. } | StoreError::TooLarge { .. } => error,
    }
}

/// Gives the execution back unchanged: a table or KMS does not answer, a part of its record is of a newer version of this
/// program, or this machine has no CPU time for it.
/// Keeping the lease until it expires would count as a lost worker, and several of those fail an execution. It is retried
/// after as long again as it has existed.
pub(crate) async fn release(
    app: &App,
    writer: &mut ProgressWriter<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let execution = writer.execution().clone();
    let since = execution.started_at.unwrap_or(execution.created_at);
    let resume_at = next_check(Some(since), now);
    if writer.release(resume_at, now).await? == Ownership::Kept {
        messages::send_resume(app, &execution, resume_at, now).await;
    }
    Ok(())
}
