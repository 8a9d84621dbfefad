//! `GET /v1/webhook/history`: the executions of a webhook of the refly profile, page by page.

use api::profiles::refly::{self, HistoryQuery};
use domain::limits::COUNTED_REFLY_RECORDS;
use domain::{Cursor, ExecutionId, Trigger, WebhookProfile};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::{ExecutionQuery, HookOwner};

use crate::RequestContext;

/// How many entries of the index one round reads.
const ROUND: usize = 1_000;

/// The total counts every record up to [`COUNTED_REFLY_RECORDS`], and further ones as far as the page reaches.
pub(crate) async fn history(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let asked = refly::history_query(context.inbound)?;
    let webhook = find(context, &asked).await?;
    let before = (asked.page - 1) * asked.page_size;
    let wanted = COUNTED_REFLY_RECORDS.max(before + asked.page_size);
    let entries = entries(context, &webhook, wanted).await?;
    let shown: Vec<_> = entries.iter().skip(before).take(asked.page_size).collect();
    let read = context.aws.execution_history.at(
        context.caller.tenant,
        shown.into_iter().copied(),
        context.now,
    );
    let executions = read.await?;
    Ok(refly::history(&executions, entries.len(), &asked))
}

async fn find(context: &RequestContext<'_>, asked: &HistoryQuery) -> Result<Trigger, Failure> {
    let hash = asked.webhook_id.hash();
    let owner = context
        .aws
        .hook_ids
        .owner(context.caller.tenant, &hash, context.now);
    match owner.await? {
        HookOwner::Trigger(trigger) if trigger.profile == WebhookProfile::Refly => Ok(*trigger),
        HookOwner::Trigger(_) | HookOwner::Unknown => Err(refly::webhook_not_found().into()),
        HookOwner::DeletedWorkflow => Err(refly::canvas_not_found().into()),
    }
}

/// The newest entries of the history, at most `wanted`.
async fn entries(
    context: &RequestContext<'_>,
    webhook: &Trigger,
    wanted: usize,
) -> Result<Vec<Cursor<ExecutionId>>, Failure> {
    let mut query = ExecutionQuery {
        tenant: context.caller.tenant,
        workflows: vec![webhook.workflow_id],
        trigger: Some(webhook.id),
        parent: None,
        statuses: Vec::new(),
        since: None,
        until: None,
        before: None,
        limit: ROUND,
        now: context.now,
    };
    let mut entries = Vec::new();
    loop {
        let (found, next) = context.aws.execution_history.entries(&query).await?;
        entries.extend(found);
        query.before = next;
        if next.is_none() || entries.len() >= wanted {
            entries.truncate(wanted);
            return Ok(entries);
        }
    }
}
