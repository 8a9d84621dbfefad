//! `run: workflow`: another workflow of the same tenant, found by what its document calls itself, recorded once as an
//! execution of its own, and looked at until it has ended. Its end wakes the execution that runs it; should that
//! message be lost, this one looks again by itself.

use std::time::Duration;

use domain::{
    DocumentName, Ending, Execution, ExecutionId, MAX_HOPS, Phase, Timestamp, WebhookRequest,
};
use engine::{ChildRun, Fault, FaultKind};
use serde_json::Value;
use store::{
    AcceptOutcome, ExecutionResult, InitialStatus, Message, NamedVersion, NewExecution, StoreError,
    TokenOutcome,
};

use super::{Outcome, Reply, faults, next_look};
use crate::App;
use crate::call::{Caller, Origin};

const LATEST: &str = "latest";
const NOT_FOUND: u16 = 404;
const LOOP_DETECTED: u16 = 508;

/// Why it has come to nothing yet.
enum Trouble {
    Fault(Fault),
    /// A table does not answer, which is nothing for the workflow's author: look again.
    Later,
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "a child execution could not be begun or looked at");
        match error {
            StoreError::Unavailable { .. } => Self::Later,
            StoreError::BadRecord { .. } => {
                let detail = "the execution of the workflow cannot be read";
                Self::Fault(FaultKind::Runtime.raise(detail))
            }
            StoreError::TooLarge { .. } => {
                let detail = "the input of the workflow is larger than an execution may have";
                Self::Fault(faults::fault(
                    FaultKind::Validation,
                    faults::TOO_LARGE,
                    detail,
                ))
            }
        }
    }
}

pub(super) async fn perform(
    app: &App,
    origin: &Origin,
    caller: &Caller,
    run: &ChildRun,
) -> Outcome {
    let now = app.aws.now();
    match look_or_begin(app, origin, caller, run, now).await {
        Ok(reply) => Ok(reply),
        Err(Trouble::Fault(fault)) => Err(fault),
        Err(Trouble::Later) => Ok(Reply::Pending {
            until: next_look(None, now),
        }),
    }
}

async fn look_or_begin(
    app: &App,
    origin: &Origin,
    caller: &Caller,
    run: &ChildRun,
    now: Timestamp,
) -> Result<Reply, Trouble> {
    let id = ExecutionId::derived(&["run", caller.effect.as_str()]);
    let begun = app.aws.executions.result(caller.tenant, id, now).await?;
    let Some(standing) = begun else {
        return begin(app, origin, caller, run, (id, now)).await;
    };
    if !run.is_awaited {
        return Ok(Reply::Returned(Value::Null));
    }
    match standing.execution.phase {
        Phase::Ended { ending, .. } => ended(ending, standing).map_err(Trouble::Fault),
        Phase::Queued | Phase::Running { .. } | Phase::Waiting { .. } => Ok(Reply::Pending {
            until: next_look(Some(standing.execution.created_at), now),
        }),
    }
}

/// It starts as a webhook does: with a token of its workflow's rate limit, which is waited for, and one hop further.
async fn begin(
    app: &App,
    origin: &Origin,
    caller: &Caller,
    run: &ChildRun,
    (id, now): (ExecutionId, Timestamp),
) -> Result<Reply, Trouble> {
    if origin.hops() > MAX_HOPS {
        let detail = format!("workflows ran one another {MAX_HOPS} times in a row; this is a loop");
        return Err(faults::fault(FaultKind::Runtime, LOOP_DETECTED, &detail).into());
    }
    let target = find(app, caller, run).await?;
    let limit = target.workflow.rate_limit;
    let receipt = match app
        .aws
        .token_buckets
        .take(target.workflow.id, limit, now)
        .await?
    {
        TokenOutcome::Taken(receipt) => receipt,
        TokenOutcome::Empty { retry_after_ms } => {
            return Ok(Reply::Pending {
                until: now.plus_millis(retry_after_ms.max(1)),
            });
        }
    };
    let new = NewExecution {
        id,
        tenant: caller.tenant,
        workflow_id: target.workflow.id,
        workflow_version: target.number,
        trigger_id: Execution::trigger_of_runs(target.workflow.id),
        delivery_id: None,
        parent_id: Some(caller.effect.execution()),
        fingerprint: None,
        request: &WebhookRequest::of_run(&run.input, origin.hops(), origin.traceparent(), now),
        initial_status: InitialStatus::Queued,
    };
    let nonce = app.aws.random.nonce();
    match app.aws.executions.accept(&new, now, &nonce).await? {
        AcceptOutcome::New(child) => enqueue(app, &child).await,
        AcceptOutcome::Duplicate { .. } => app.aws.token_buckets.give_back(receipt, now).await,
    }
    Ok(match run.is_awaited {
        true => Reply::Pending {
            until: next_look(None, now),
        },
        false => Reply::Returned(Value::Null),
    })
}

async fn find(app: &App, caller: &Caller, run: &ChildRun) -> Result<NamedVersion, Trouble> {
    let named = match DocumentName::new(&run.namespace, &run.name) {
        Some(name) => app.aws.workflow_names.find(caller.tenant, &name).await?,
        None => Vec::new(),
    };
    choose(named, &run.version).ok_or_else(|| {
        let (namespace, name, version) = (&run.namespace, &run.name, &run.version);
        let detail = format!("there is no active workflow {namespace}/{name} of version {version}");
        faults::fault(FaultKind::Configuration, NOT_FOUND, &detail).into()
    })
}

/// `latest` is what a webhook would run now; another version, the last one whose document says so. Of several workflows
/// by the same name, the one that was changed last.
fn choose(named: Vec<NamedVersion>, version: &str) -> Option<NamedVersion> {
    let is_wanted = |one: &NamedVersion| match version {
        LATEST => one.number == one.workflow.version,
        version => one.version == version,
    };
    named
        .into_iter()
        .filter(|one| one.workflow.active && is_wanted(one))
        .max_by_key(|one| (one.workflow.updated_at, one.workflow.id, one.number))
}

/// A message that is not sent is not lost: the record is due again soon, and found by that.
async fn enqueue(app: &App, child: &Execution) {
    let message = Message::Run {
        execution_id: child.id,
    };
    let queue = &app.aws.execution_queue;
    queue
        .send_or_leave_to_sweep(message, child.tenant.org, Duration::ZERO)
        .await;
}

/// An error of the child is one of the task that runs it, so that a `catch` knows it.
fn ended(ending: Ending, standing: ExecutionResult) -> Outcome {
    match ending {
        Ending::Succeeded => Ok(Reply::Returned(standing.output.unwrap_or_default())),
        Ending::Failed => {
            let fault = serde_json::from_value(standing.error.unwrap_or_default());
            Err(fault.unwrap_or_else(|_| FaultKind::Runtime.raise("the workflow failed")))
        }
        Ending::Cancelled | Ending::Rejected => {
            let status = ending.status();
            let detail = format!("the workflow that was run is {status}");
            Err(FaultKind::Runtime.raise(detail))
        }
    }
}
