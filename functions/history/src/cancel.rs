//! `POST /v1/executions/{executionId}/cancel`.

use std::time::Duration;

use api::Problem;
use api::resources::execution;
use domain::{Execution, Status};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::{CancelOutcome, Message};

use crate::{RequestContext, executions};

/// The worker that runs the execution learns of it with its next checkpoint. Cancelling a cancelled execution answers
/// 200, too.
pub(crate) async fn cancel(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = executions::id(context)?;
    let found = context
        .aws
        .executions
        .find(context.caller.tenant, id, context.now);
    let running = found.await?.ok_or_else(Problem::not_found)?;
    let nonce = context.aws.random.nonce();
    match context
        .aws
        .executions
        .cancel(&running, context.now, &nonce)
        .await?
    {
        CancelOutcome::Cancelled | CancelOutcome::AlreadyEnded(Status::Cancelled) => {
            wake_parent(context, &running).await;
            executions::show(context).await
        }
        CancelOutcome::AlreadyEnded(status) => Err(execution::ended(status).into()),
        CancelOutcome::NotFound => Err(Problem::not_found().into()),
    }
}

/// An execution that runs the cancelled one as its child waits for its end. Where the message cannot be sent, the
/// parent finds the end when it next checks its children.
async fn wake_parent(context: &RequestContext<'_>, cancelled: &Execution) {
    let Some(parent) = cancelled.runner() else {
        return;
    };
    let message = Message::Wake {
        execution_id: parent,
    };
    let queue = &context.aws.execution_queue;
    queue
        .send_or_leave_to_sweep(message, cancelled.tenant.org, Duration::ZERO)
        .await;
}
