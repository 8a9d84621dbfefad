//! `GET /v1/openapi.json`: the webhooks of the caller's org and environment, described for those who send them.

use api::answer;
use api::resources::webhook_document;
use domain::limits::{MAX_DESCRIBED_TRIGGERS, MAX_WORKFLOWS};
use domain::{Trigger, Workflow};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::StoreError;

use crate::RequestContext;

/// Reads that run at once.
const CONCURRENT_READS: usize = 16;

/// The enabled triggers of active workflows, by the slugs of the workflows.
pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    webhook_document::query(context.inbound)?;
    let (tenant, aws) = (context.caller.tenant, context.aws);
    let workflows = aws.workflows.list(tenant, None, MAX_WORKFLOWS).await?;
    let active = workflows.into_iter().filter(|workflow| workflow.active);
    let read = stream::iter(active).map(|workflow| enabled_triggers(context, workflow));
    let found: Vec<Vec<_>> = read.buffered(CONCURRENT_READS).try_collect().await?;
    let mut hooks: Vec<_> = found.into_iter().flatten().collect();
    let is_complete = hooks.len() <= MAX_DESCRIBED_TRIGGERS;
    hooks.truncate(MAX_DESCRIBED_TRIGGERS);
    let document = webhook_document::document(&hooks, context.base_url(), is_complete);
    Ok(answer::ok(&document))
}

async fn enabled_triggers(
    context: &RequestContext<'_>,
    workflow: Workflow,
) -> Result<Vec<(Workflow, Trigger)>, StoreError> {
    let triggers = context.aws.triggers.list(workflow.id).await?;
    let enabled = triggers.into_iter().filter(|trigger| trigger.enabled);
    Ok(enabled.map(|trigger| (workflow.clone(), trigger)).collect())
}
