//! `POST /v1/executions/{executionId}/replay`: runs the original event again, as a new execution that names its parent.
//! Rate limit, activation and credits apply as for a webhook.

use std::time::Duration;

use api::resources::execution::{self, Version};
use api::{Problem, answer, hops, idempotency};
use domain::{Execution, ExecutionId, Fingerprint, WebhookRequest, Workflow};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::{
    AcceptOutcome, InitialStatus, Message, NewExecution, StoreError, TokenOutcome, TokenReceipt,
};

use crate::RequestContext;

pub(crate) async fn replay(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = context.path_id("executionId", ExecutionId::parse)?;
    let tenant = context.caller.tenant;
    let hops = hops::checked_hops(context.inbound)?;
    let replay = execution::replay(context.inbound)?;
    let key = idempotency::key(context.inbound)?;
    let parent = context.aws.executions.find(tenant, id, context.now).await?;
    let parent = parent.ok_or_else(Problem::not_found)?;
    let request = context
        .aws
        .executions
        .request(tenant, id, context.now)
        .await?;
    let request = request.ok_or_else(Problem::not_found)?.after_hops(hops);
    let request = match &replay.request_body {
        Some(body) => execution::edited(request, body)?,
        None => request,
    };
    let workflow = context
        .aws
        .workflows
        .find(tenant, parent.workflow_id)
        .await?;
    let workflow = workflow.ok_or_else(execution::workflow_gone)?;
    let receipt = match take_token(context, &workflow).await? {
        TokenOutcome::Taken(receipt) => receipt,
        TokenOutcome::Empty { retry_after_ms } | TokenOutcome::DaySpent { retry_after_ms } => {
            return Err(Problem::rate_limited(retry_after_ms).into());
        }
    };
    let is_edited = parent.is_edited || replay.request_body.is_some();
    let parent = Execution {
        is_edited,
        ..parent
    };
    if !workflow.active {
        return reject_inactive(context, &parent, &workflow, &request).await;
    }
    let derived = key.map(|key| {
        let scope = key.scoped(tenant, &format!("executions/{id}/replay"));
        ExecutionId::derived(&[&scope])
    });
    let new = NewExecution {
        workflow_version: version(replay.version, &parent, &workflow),
        credits: context
            .aws
            .orgs
            .credit_account(&workflow, context.now)
            .await?,
        fingerprint: Some(&Fingerprint::of(&replay.body)),
        ..child(context, derived, &parent, &request, InitialStatus::Queued)
    };
    let recorded = record(context, &new, receipt).await?;
    answered(&new, &recorded)
}

/// The new execution, or the one that a request with the same `Idempotency-Key` began.
pub(crate) fn answered(
    new: &NewExecution<'_>,
    recorded: &AcceptOutcome,
) -> Result<Response<Body>, Failure> {
    match recorded {
        AcceptOutcome::New(created) => {
            let location = execution::location(created.id);
            Ok(answer::created(&location, &execution::listed(created)))
        }
        AcceptOutcome::Duplicate {
            first, fingerprint, ..
        } => {
            if fingerprint.as_ref() != new.fingerprint {
                return Err(idempotency::reused().into());
            }
            let location = execution::location(first.id);
            Ok(answer::repeated(&location, &execution::listed(first)))
        }
        AcceptOutcome::NoCredits => Err(Problem::no_credits().into()),
        AcceptOutcome::Contended => Err(Problem::unavailable().into()),
    }
}

/// Takes the token that a replay or a test costs, as a webhook does.
pub(crate) async fn take_token(
    context: &RequestContext<'_>,
    workflow: &Workflow,
) -> Result<TokenOutcome, StoreError> {
    let buckets = &context.aws.token_buckets;
    buckets
        .take(workflow.id, workflow.rate_limit, context.now)
        .await
}

/// Records a rejected execution under a random id: the `Idempotency-Key` stays unused, and a repeat runs once the
/// workflow is active.
async fn reject_inactive(
    context: &RequestContext<'_>,
    parent: &Execution,
    workflow: &Workflow,
    request: &WebhookRequest,
) -> Result<Response<Body>, Failure> {
    let new = NewExecution {
        workflow_version: workflow.version,
        ..child(context, None, parent, request, InitialStatus::Rejected)
    };
    let nonce = context.aws.random.nonce();
    let recorded = context
        .aws
        .executions
        .accept(&new, context.now, &nonce)
        .await?;
    let refusal = match recorded {
        AcceptOutcome::New(rejected)
        | AcceptOutcome::Duplicate {
            first: rejected, ..
        } => Problem::workflow_inactive(rejected.id),
        AcceptOutcome::NoCredits | AcceptOutcome::Contended => Problem::unavailable(),
    };
    Err(refusal.into())
}

/// Records a replay or a test and sends it to the queue. One that records nothing gives its token back.
pub(crate) async fn record(
    context: &RequestContext<'_>,
    new: &NewExecution<'_>,
    receipt: TokenReceipt,
) -> Result<AcceptOutcome, StoreError> {
    let nonce = context.aws.random.nonce();
    let executions = &context.aws.executions;
    let recorded = executions.accept(new, context.now, &nonce).await?;
    if !matches!(recorded, AcceptOutcome::New(_)) {
        let buckets = &context.aws.token_buckets;
        buckets.give_back(receipt, context.now).await;
    }
    match (&recorded, new.credits) {
        (AcceptOutcome::New(created), _) => enqueue(context, created).await,
        (AcceptOutcome::NoCredits, Some(account)) => {
            let notices = &context.aws.credit_notices;
            notices.record(account, context.now).await;
        }
        (
            AcceptOutcome::Duplicate { .. } | AcceptOutcome::NoCredits | AcceptOutcome::Contended,
            _,
        ) => {}
    }
    Ok(recorded)
}

/// A new execution that replays its parent's request.
pub(crate) fn child<'a>(
    context: &RequestContext<'_>,
    id: Option<ExecutionId>,
    parent: &Execution,
    request: &'a WebhookRequest,
    start: InitialStatus,
) -> NewExecution<'a> {
    NewExecution {
        id: id.unwrap_or_else(|| ExecutionId::random(context.now, context.aws.random.u128())),
        tenant: parent.tenant,
        workflow_id: parent.workflow_id,
        workflow_version: parent.workflow_version,
        trigger_id: parent.trigger_id,
        delivery_id: None,
        parent_id: Some(parent.id),
        is_test: parent.is_test,
        is_edited: parent.is_edited,
        fingerprint: None,
        request,
        initial_status: start,
        credits: None,
    }
}

/// The version of the definition that a replay runs.
pub(crate) fn version(version: Version, parent: &Execution, workflow: &Workflow) -> u64 {
    match version {
        Version::Current => workflow.version,
        Version::Original => parent.workflow_version,
    }
}

/// Sends the execution to the queue. If that fails, the execution is still due, and a sweep sends it.
async fn enqueue(context: &RequestContext<'_>, execution: &Execution) {
    let message = Message::Run {
        execution_id: execution.id,
    };
    let queue = &context.aws.execution_queue;
    queue
        .send_or_leave_to_sweep(message, execution.tenant.org, Duration::ZERO)
        .await;
}
