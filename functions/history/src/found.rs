//! `GET /v1/executions`: which workflows are asked for, and where a delivery id leads.

use api::resources::execution::{self, Filter, Place};
use api::{Problem, answer, page};
use domain::{Cursor, Execution, ExecutionId, SenderDeliveryId, WorkflowId};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use lambda_http::{Body, Response};
use store::ExecutionQuery;

use crate::Call;
use crate::failure::Failure;

/// Reads under way at once.
const CONCURRENT_READS: usize = 16;

pub(crate) async fn list(call: &Call<'_>) -> Result<Response<Body>, Failure> {
    let filter = execution::filter(call.inbound)?;
    let workflows = workflows(call, filter.workflow).await?;
    match &filter.delivery {
        Some(delivery) => delivered(call, &filter, workflows, delivery).await,
        None => newest(call, &filter, workflows).await,
    }
}

/// The workflow that is asked for, or all of the caller's; deleted ones have a history, too.
async fn workflows(call: &Call<'_>, asked: Option<WorkflowId>) -> Result<Vec<WorkflowId>, Failure> {
    let tenant = call.caller.tenant;
    let Some(asked) = asked else {
        return Ok(call.aws.workflows.ids_with_deleted(tenant).await?);
    };
    let is_there = call.aws.workflows.find(tenant, asked).await?.is_some();
    if is_there
        || call
            .aws
            .workflows
            .ids_with_deleted(tenant)
            .await?
            .contains(&asked)
    {
        Ok(vec![asked])
    } else {
        Err(Problem::not_found().into())
    }
}

async fn newest(
    call: &Call<'_>,
    filter: &Filter,
    workflows: Vec<WorkflowId>,
) -> Result<Response<Body>, Failure> {
    let query = ExecutionQuery {
        tenant: call.caller.tenant,
        workflows,
        trigger: filter.trigger,
        status: filter.status,
        since: filter.since,
        until: filter.until,
        before: filter.paging.after.map(|place| Cursor {
            created_at: place.created_at,
            id: place.id,
        }),
        limit: filter.paging.limit,
        now: call.now,
    };
    let found = call.aws.execution_history.list(&query).await?;
    let next = found.next.map(|position| {
        page::cursor(&Place {
            created_at: position.created_at,
            id: position.id,
        })
    });
    let items = found.executions.iter().map(execution::listed).collect();
    Ok(answer::list(items, next))
}

/// A delivery id stands for one execution of each trigger: no index is asked.
async fn delivered(
    call: &Call<'_>,
    filter: &Filter,
    workflows: Vec<WorkflowId>,
    delivery: &SenderDeliveryId,
) -> Result<Response<Body>, Failure> {
    let ids: Vec<Vec<ExecutionId>> = stream::iter(workflows)
        .map(|workflow| delivered_to(call, filter, workflow, delivery))
        .buffer_unordered(CONCURRENT_READS)
        .try_collect()
        .await?;
    let found: Vec<Option<Execution>> = stream::iter(ids.into_iter().flatten())
        .map(|id| call.aws.executions.find(call.caller.tenant, id, call.now))
        .buffer_unordered(CONCURRENT_READS)
        .try_collect()
        .await?;
    let mut found: Vec<Execution> = found.into_iter().flatten().collect();
    found.retain(|execution| filter.admits(execution));
    found.sort_unstable_by_key(|execution| std::cmp::Reverse((execution.created_at, execution.id)));
    let (found, next) = page::cut(found, &filter.paging, Place::of);
    let items = found.iter().map(execution::listed).collect();
    Ok(answer::list(items, next))
}

/// The ids that this delivery has, or would have, for the triggers of one workflow.
async fn delivered_to(
    call: &Call<'_>,
    filter: &Filter,
    workflow: WorkflowId,
    delivery: &SenderDeliveryId,
) -> Result<Vec<ExecutionId>, store::StoreError> {
    let triggers = match filter.trigger {
        Some(trigger) => vec![trigger],
        None => {
            let triggers = call.aws.triggers.list(workflow).await?;
            triggers.iter().map(|trigger| trigger.id).collect()
        }
    };
    Ok(triggers
        .into_iter()
        .map(|trigger| Execution::id_for_delivery(workflow, trigger, delivery))
        .collect())
}
