//! `/v1/executions/{executionId}`: show an execution, its steps and its request; delete it.

use api::resources::step::StepList;
use api::resources::{execution, request, step};
use api::{Problem, answer};
use domain::ExecutionId;
use http_function::Failure;
use lambda_http::{Body, Response};
use store::DeleteOutcome;

use crate::{RequestContext, execution_deliveries, steps};

/// A request that has deleted for so long answers that there is more to delete, before API Gateway's time-out of 30 s.
const DELETE_BUDGET_MS: i64 = 15_000;

/// The id in the path.
pub(crate) fn id(context: &RequestContext<'_>) -> Result<ExecutionId, Problem> {
    context.path_id("executionId", ExecutionId::parse)
}

pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = id(context)?;
    let found = context
        .aws
        .executions
        .detail(context.caller.tenant, id, context.now);
    let wants_deliveries = execution::wants_deliveries(context.inbound)?;
    let mut detail = found.await?.ok_or_else(Problem::not_found)?;
    let deliveries = match wants_deliveries {
        true => execution_deliveries::execution_deliveries(context, &detail.execution).await?,
        false => Vec::new(),
    };
    let contents = execution::Contents {
        deliveries,
        // The body of an execution that was refused before its body was parsed may not parse.
        input: domain::event(&detail.request).ok(),
        output: detail.output,
        error: detail.error,
        cost: detail.cost,
    };
    let view = execution::view(&detail.execution, contents);
    let steps = steps::collect(&mut detail.steps, view.step_list()).await?;
    Ok(answer::ok(&view.with_steps(steps)))
}

/// The steps of an execution page by page.
pub(crate) async fn show_steps(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = id(context)?;
    let paging = step::paging(context.inbound)?;
    let from = paging.after.unwrap_or_default();
    let found = context
        .aws
        .executions
        .steps(context.caller.tenant, id, from, context.now);
    let mut reader = found.await?.ok_or_else(Problem::not_found)?;
    let page = steps::collect(&mut reader, StepList::of_paging(&paging)).await?;
    Ok(answer::list(page))
}

/// The request that the execution began with.
pub(crate) async fn show_request(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = id(context)?;
    let representation = request::representation(context.inbound)?;
    let found = context
        .aws
        .executions
        .request(context.caller.tenant, id, context.now);
    let original = found.await?.ok_or_else(Problem::not_found)?;
    Ok(request::respond(original, representation))
}

pub(crate) async fn delete(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = id(context)?;
    let is_time_up = || context.aws.now().millis_since(context.now) >= DELETE_BUDGET_MS;
    let deleted = context
        .aws
        .executions
        .delete(context.caller.tenant, id, context.now, is_time_up);
    match deleted.await? {
        DeleteOutcome::Deleted => Ok(answer::no_content()),
        DeleteOutcome::NotFound => Err(Problem::not_found().into()),
        DeleteOutcome::NotEnded => Err(execution::not_ended().into()),
        DeleteOutcome::EventsPending => Err(execution::events_pending().into()),
        DeleteOutcome::Unfinished => Err(execution::delete_unfinished().into()),
    }
}
