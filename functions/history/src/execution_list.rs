//! `GET /v1/executions`: by the index of each workflow, or, with a delivery id, by the derived ids of the executions.

use std::cmp::Reverse;

use api::page::{Page, SearchedPage};
use api::resources::execution::{self, Filter};
use api::{Problem, answer};
use domain::limits::IN_FLIGHT_HOURS;
use domain::{Cursor, Execution, ExecutionId, SenderDeliveryId, WorkflowId};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::{ExecutionPage, ExecutionQuery, StoreError};

use crate::RequestContext;

/// Reads that run at once.
const CONCURRENT_READS: usize = 16;

pub(crate) async fn list_executions(
    context: &RequestContext<'_>,
) -> Result<Response<Body>, Failure> {
    let mut filter = execution::filter(context.inbound)?;
    let workflows = workflows(context, filter.workflow).await?;
    let is_bounded = filter.is_in_flight() && filter.since.is_none() && filter.delivery.is_none();
    if is_bounded {
        filter.since = Some(context.now.plus_secs(-IN_FLIGHT_HOURS * 3_600));
    }
    let found = find_executions(context, &filter, &workflows).await?;
    let searched_to = found.next.map(|next| next.created_at).or(filter.since);
    let page = Page::of_items(&found.executions, found.next, cursor_of, execution::listed);
    Ok(answer::ok(&SearchedPage {
        page,
        searched_until: searched_to.filter(|_| is_bounded),
    }))
}

/// One page of the executions that match a filter, the newest first.
pub(crate) async fn find_executions(
    context: &RequestContext<'_>,
    filter: &Filter,
    workflows: &[WorkflowId],
) -> Result<ExecutionPage, StoreError> {
    match &filter.delivery {
        Some(delivery) => find_by_delivery_id(context, filter, workflows, delivery).await,
        None => find_by_index(context, filter, workflows).await,
    }
}

/// The workflow of the filter, or all of the tenant's: also deleted ones, whose executions are kept.
pub(crate) async fn workflows(
    context: &RequestContext<'_>,
    requested: Option<WorkflowId>,
) -> Result<Vec<WorkflowId>, Failure> {
    let tenant = context.caller.tenant;
    let Some(requested) = requested else {
        return Ok(context.aws.workflows.ids_with_deleted(tenant).await?);
    };
    let exists = context
        .aws
        .workflows
        .find(tenant, requested)
        .await?
        .is_some();
    if exists
        || context
            .aws
            .workflows
            .ids_with_deleted(tenant)
            .await?
            .contains(&requested)
    {
        Ok(vec![requested])
    } else {
        Err(Problem::not_found().into())
    }
}

async fn find_by_index(
    context: &RequestContext<'_>,
    filter: &Filter,
    workflows: &[WorkflowId],
) -> Result<ExecutionPage, StoreError> {
    let query = ExecutionQuery {
        tenant: context.caller.tenant,
        workflows: workflows.to_vec(),
        trigger: filter.trigger,
        parent: filter.parent,
        statuses: filter.statuses.clone(),
        since: filter.since,
        until: filter.until,
        before: filter.paging.after,
        limit: filter.paging.limit,
        now: context.now,
    };
    context.aws.execution_history.list(&query).await
}

/// The execution ids of a delivery id are derived, one for each trigger, so no index is read.
async fn find_by_delivery_id(
    context: &RequestContext<'_>,
    filter: &Filter,
    workflows: &[WorkflowId],
    delivery: &SenderDeliveryId,
) -> Result<ExecutionPage, StoreError> {
    let ids: Vec<Vec<ExecutionId>> = stream::iter(workflows.to_vec())
        .map(|workflow| ids_for_delivery(context, filter, workflow, delivery))
        .buffer_unordered(CONCURRENT_READS)
        .try_collect()
        .await?;
    let found: Vec<Option<Execution>> = stream::iter(ids.into_iter().flatten())
        .map(|id| {
            context
                .aws
                .executions
                .find(context.caller.tenant, id, context.now)
        })
        .buffer_unordered(CONCURRENT_READS)
        .try_collect()
        .await?;
    let mut executions: Vec<Execution> = found.into_iter().flatten().collect();
    let after = filter.paging.after;
    executions.retain(|execution| {
        filter.admits(execution) && after.is_none_or(|after| cursor_of(execution) < after)
    });
    executions.sort_unstable_by_key(|execution| Reverse((execution.created_at, execution.id)));
    let has_more = executions.len() > filter.paging.limit;
    executions.truncate(filter.paging.limit);
    let next = executions.last().filter(|_| has_more).map(cursor_of);
    Ok(ExecutionPage { executions, next })
}

/// The position of an execution in the list.
pub(crate) fn cursor_of(execution: &Execution) -> Cursor<ExecutionId> {
    Cursor {
        created_at: execution.created_at,
        id: execution.id,
    }
}

/// The ids of the executions that this delivery id has, or would have, for the triggers of one workflow.
async fn ids_for_delivery(
    context: &RequestContext<'_>,
    filter: &Filter,
    workflow: WorkflowId,
    delivery: &SenderDeliveryId,
) -> Result<Vec<ExecutionId>, StoreError> {
    let triggers = match filter.trigger {
        Some(trigger) => vec![trigger],
        None => {
            let triggers = context.aws.triggers.list(workflow).await?;
            triggers.iter().map(|trigger| trigger.id).collect()
        }
    };
    Ok(triggers
        .into_iter()
        .map(|trigger| Execution::id_for_delivery(workflow, trigger, delivery))
        .collect())
}
