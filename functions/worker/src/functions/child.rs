//! `run: workflow`: runs another workflow of the same tenant, found by its document's namespace, name and version. The
//! child is recorded once as an execution of its own. Its end wakes the parent; in case that message is lost, the parent
//! also checks on it from time to time.

use std::time::Duration;

use domain::{
    CreditAccount, DocumentName, Ending, Execution, ExecutionId, MAX_HOPS, Phase, Timestamp,
    WebhookRequest,
};
use engine::{ChildRun, Fault, FaultKind};
use serde_json::Value;
use store::{
    AcceptOutcome, ExecutionResult, InitialStatus, Message, NamedVersion, NewExecution, StoreError,
    TokenOutcome,
};

use super::{Outcome, Reply, faults, next_check};
use crate::App;
use crate::http_call::{Caller, Origin};

const LATEST: &str = "latest";
const NOT_FOUND: u16 = 404;
const LOOP_DETECTED: u16 = 508;

/// Why the child could not be started or read.
enum ChildError {
    Fault(Fault),
    /// A table does not answer. The workflow's author cannot help that, so the action stays pending.
    Unavailable,
}

impl From<Fault> for ChildError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<StoreError> for ChildError {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "a child execution could not be started or read");
        match error {
            StoreError::Unavailable { .. } => Self::Unavailable,
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
    match check_or_start(app, origin, caller, run, now).await {
        Ok(reply) => Ok(reply),
        Err(ChildError::Fault(fault)) => Err(fault),
        Err(ChildError::Unavailable) => Ok(Reply::Pending {
            until: next_check(None, now),
        }),
    }
}

async fn check_or_start(
    app: &App,
    origin: &Origin,
    caller: &Caller,
    run: &ChildRun,
    now: Timestamp,
) -> Result<Reply, ChildError> {
    let id = ExecutionId::derived(&["run", caller.effect.as_str()]);
    let known = app.aws.executions.result(caller.tenant, id, now).await?;
    let Some(child) = known else {
        return start(app, origin, caller, run, (id, now)).await;
    };
    if !run.is_awaited {
        return Ok(Reply::Returned(Value::Null));
    }
    match child.execution.phase {
        Phase::Ended { ending, .. } => result(ending, child).map_err(ChildError::Fault),
        Phase::Queued | Phase::Running { .. } | Phase::Waiting { .. } => Ok(Reply::Pending {
            until: next_check(Some(child.execution.created_at), now),
        }),
    }
}

/// Starts the child as a webhook would: it takes a token of its workflow's rate limit, for which the parent waits, costs a
/// credit, and is one hop further from the first webhook.
async fn start(
    app: &App,
    origin: &Origin,
    caller: &Caller,
    run: &ChildRun,
    (id, now): (ExecutionId, Timestamp),
) -> Result<Reply, ChildError> {
    if origin.hops() > MAX_HOPS {
        let detail = format!("workflows ran one another {MAX_HOPS} times in a row; this is a loop");
        return Err(faults::fault(FaultKind::Runtime, LOOP_DETECTED, &detail).into());
    }
    let target = find(app, caller, run).await?;
    let credits = app.aws.orgs.credit_account(&target.workflow, now).await?;
    let limit = target.workflow.rate_limit;
    let receipt = match app
        .aws
        .token_buckets
        .take(target.workflow.id, limit, now)
        .await?
    {
        TokenOutcome::Taken(receipt) => receipt,
        TokenOutcome::Empty { retry_after_ms } | TokenOutcome::DaySpent { retry_after_ms } => {
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
        is_test: false,
        is_edited: false,
        fingerprint: None,
        request: &WebhookRequest::of_run(&run.input, origin.hops(), origin.traceparent(), now),
        initial_status: InitialStatus::Queued,
        credits,
    };
    let nonce = app.aws.random.nonce();
    let recorded = app.aws.executions.accept(&new, now, &nonce).await?;
    if !matches!(recorded, AcceptOutcome::New(_)) {
        app.aws.token_buckets.give_back(receipt, now).await;
    }
    match recorded {
        AcceptOutcome::New(child) => enqueue(app, &child).await,
        AcceptOutcome::Duplicate { .. } => {}
        AcceptOutcome::NoCredits => return Err(no_credits(app, credits, now).await),
        AcceptOutcome::Contended => return Err(ChildError::Unavailable),
    }
    Ok(match run.is_awaited {
        true => Reply::Pending {
            until: next_check(None, now),
        },
        false => Reply::Returned(Value::Null),
    })
}

/// The org has no credit for the child, so the task that runs it fails.
async fn no_credits(app: &App, credits: Option<CreditAccount>, now: Timestamp) -> ChildError {
    if let Some(account) = credits {
        app.aws.credit_notices.record(account, now).await;
    }
    faults::no_credits().into()
}

async fn find(app: &App, caller: &Caller, run: &ChildRun) -> Result<NamedVersion, ChildError> {
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

/// `latest` is the version that a webhook would run now. Any other version is the newest one whose document declares it.
/// Of several workflows of the same name, the one that was changed last.
fn choose(named: Vec<NamedVersion>, version: &str) -> Option<NamedVersion> {
    let matches = |one: &NamedVersion| match version {
        LATEST => one.number == one.workflow.version,
        version => one.version == version,
    };
    named
        .into_iter()
        .filter(|one| one.workflow.active && matches(one))
        .max_by_key(|one| (one.workflow.updated_at, one.workflow.id, one.number))
}

/// If the message is not sent, the sweep finds the recorded child, which is due soon.
async fn enqueue(app: &App, child: &Execution) {
    let message = Message::Run {
        execution_id: child.id,
    };
    let queue = &app.aws.execution_queue;
    queue
        .send_or_leave_to_sweep(message, child.tenant.org, Duration::ZERO)
        .await;
}

/// The child's output or error becomes that of the task that runs it, so a `catch` there can handle it.
fn result(ending: Ending, child: ExecutionResult) -> Outcome {
    match ending {
        Ending::Succeeded => Ok(Reply::Returned(child.output.unwrap_or_default())),
        Ending::Failed => {
            let fault = serde_json::from_value(child.error.unwrap_or_default());
            Err(fault.unwrap_or_else(|_| FaultKind::Runtime.raise("the workflow failed")))
        }
        Ending::Cancelled | Ending::Rejected => {
            let status = ending.status();
            let detail = format!("the workflow that was run is {status}");
            Err(FaultKind::Runtime.raise(detail))
        }
    }
}
