//! `POST /v1/executions/{id}/replay`: the original event once more, as an execution of its own that
//! names its parent. It takes a token, and is refused, as a webhook would be.

use std::time::Duration;

use api::resources::execution::{self, Replay, Version};
use api::{Problem, answer, hops, idempotency};
use domain::{Execution, ExecutionId, Fingerprint, WebhookRequest, Workflow};
use lambda_http::{Body, Response};
use store::{AcceptOutcome, InitialStatus, Message, NewExecution, TokenOutcome, TokenReceipt};

use crate::Call;
use crate::failure::Failure;

pub(crate) async fn replay(call: &Call<'_>, id: ExecutionId) -> Result<Response<Body>, Failure> {
    let tenant = call.caller.tenant;
    let hops = hops::counted(call.inbound)?;
    let asked = execution::replay(call.inbound)?;
    let key = idempotency::key(call.inbound)?;
    let parent = call.aws.executions.find(tenant, id, call.now).await?;
    let parent = parent.ok_or_else(Problem::not_found)?;
    let request = call.aws.executions.request(tenant, id, call.now).await?;
    let request = request.ok_or_else(Problem::not_found)?.after_hops(hops);
    let workflow = call.aws.workflows.find(tenant, parent.workflow_id).await?;
    let workflow = workflow.ok_or_else(execution::workflow_gone)?;
    let receipt = token(call, &workflow).await?;
    if !workflow.active {
        return refuse(call, &parent, &workflow, &request).await;
    }
    let derived = key.map(|key| {
        let scope = key.scoped(tenant, &format!("executions/{id}/replay"));
        ExecutionId::derived(&[&scope])
    });
    let new = NewExecution {
        workflow_version: version(&asked, &parent, &workflow),
        fingerprint: Some(&Fingerprint::of(&asked.body)),
        ..child(call, derived, &parent, &request, InitialStatus::Queued)
    };
    record(call, &new, receipt).await
}

async fn token(call: &Call<'_>, workflow: &Workflow) -> Result<TokenReceipt, Failure> {
    let buckets = &call.aws.token_buckets;
    let taken = buckets.take(workflow.id, workflow.rate_limit, call.now);
    match taken.await? {
        TokenOutcome::Taken(receipt) => Ok(receipt),
        TokenOutcome::Empty { retry_after_ms } => Err(Problem::rate_limited(retry_after_ms).into()),
    }
}

/// A refusal is kept under an id of its own, so that the `Idempotency-Key` stays free and the same
/// replay runs once the workflow is active.
async fn refuse(
    call: &Call<'_>,
    parent: &Execution,
    workflow: &Workflow,
    request: &WebhookRequest,
) -> Result<Response<Body>, Failure> {
    let new = NewExecution {
        workflow_version: workflow.version,
        ..child(call, None, parent, request, InitialStatus::Rejected)
    };
    let nonce = call.aws.random.nonce();
    let recorded = call.aws.executions.accept(&new, call.now, &nonce).await?;
    let (AcceptOutcome::New(refusal) | AcceptOutcome::Duplicate { first: refusal, .. }) = recorded;
    Err(Problem::workflow_inactive(refusal.id).into())
}

async fn record(
    call: &Call<'_>,
    new: &NewExecution<'_>,
    receipt: TokenReceipt,
) -> Result<Response<Body>, Failure> {
    let nonce = call.aws.random.nonce();
    match call.aws.executions.accept(new, call.now, &nonce).await? {
        AcceptOutcome::New(made) => {
            enqueue(call, &made).await;
            let location = execution::location(made.id);
            Ok(answer::created(&location, &execution::listed(&made)))
        }
        AcceptOutcome::Duplicate { first, fingerprint } => {
            call.aws.token_buckets.give_back(receipt, call.now).await;
            if fingerprint.as_ref() != new.fingerprint {
                return Err(idempotency::reused().into());
            }
            let location = execution::location(first.id);
            Ok(answer::repeated(&location, &execution::listed(&first)))
        }
    }
}

fn child<'a>(
    call: &Call<'_>,
    id: Option<ExecutionId>,
    parent: &Execution,
    request: &'a WebhookRequest,
    start: InitialStatus,
) -> NewExecution<'a> {
    NewExecution {
        id: id.unwrap_or_else(|| ExecutionId::random(call.now, call.aws.random.u128())),
        tenant: parent.tenant,
        workflow_id: parent.workflow_id,
        workflow_version: parent.workflow_version,
        trigger_id: parent.trigger_id,
        delivery_id: None,
        parent_id: Some(parent.id),
        fingerprint: None,
        request,
        initial_status: start,
    }
}

fn version(asked: &Replay, parent: &Execution, workflow: &Workflow) -> u64 {
    match asked.version {
        Version::Current => workflow.version,
        Version::Original => parent.workflow_version,
    }
}

/// A message that is not sent is not lost: the record is due again soon, and found by that.
async fn enqueue(call: &Call<'_>, execution: &Execution) {
    let message = Message::Run {
        execution_id: execution.id,
    };
    let queue = &call.aws.execution_queue;
    queue
        .send_or_leave_to_sweep(message, execution.tenant.org, Duration::ZERO)
        .await;
}
