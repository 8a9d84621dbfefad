//! `/v1/webhook/…`: the refly profile's management of webhooks. A canvas is a workflow, and has one webhook: its first trigger of
//! the refly profile.

use api::profiles::refly;
use api::resources::{trigger, workflow};
use domain::limits::MAX_TRIGGERS;
use domain::{
    Fingerprint, ReflyTimeout, Secret, TokenHashes, Trigger, TriggerId, WebhookProfile, WorkflowId,
};
use http_function::Failure;
use lambda_http::{Body, Response};
use serde_json::json;
use store::{HookOwner, InsertOutcome};

use crate::RequestContext;
use crate::tokens::{NewToken, reveal};
use crate::trigger_changes::{Change, change_trigger};

/// Gives a canvas a webhook, or switches the one that it has on, which keeps its id.
pub(crate) async fn enable(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let asked = refly::enable(context.inbound)?;
    let triggers = triggers_of(context, asked.canvas).await?;
    let webhook = match triggers.iter().find(|trigger| is_webhook(trigger)) {
        Some(known) => {
            let change = Change::Refly {
                enabled: Some(true),
                timeout: asked.timeout,
            };
            change_trigger(context, known.clone(), &change)
                .await?
                .trigger
        }
        None => create(context, asked.canvas, asked.timeout, &triggers).await?,
    };
    let hook_id = reveal(context, &webhook).await?;
    Ok(refly::webhook(&webhook, &hook_id, context.base_url()))
}

/// The triggers of a canvas.
async fn triggers_of(
    context: &RequestContext<'_>,
    canvas: WorkflowId,
) -> Result<Vec<Trigger>, Failure> {
    let tenant = context.caller.tenant;
    let found = context.aws.workflows.find(tenant, canvas).await?;
    found.ok_or_else(refly::canvas_not_found)?;
    Ok(context.aws.triggers.list(canvas).await?)
}

fn is_webhook(trigger: &Trigger) -> bool {
    trigger.profile == WebhookProfile::Refly
}

/// The id is derived from the canvas, so that of two requests at once one creates the webhook and the other finds it.
async fn create(
    context: &RequestContext<'_>,
    canvas: WorkflowId,
    timeout: Option<ReflyTimeout>,
    known: &[Trigger],
) -> Result<Trigger, Failure> {
    if known.len() >= MAX_TRIGGERS {
        return Err(trigger::too_many().into());
    }
    let derived = TriggerId::derived(&["refly", &canvas.to_string()]);
    // A trigger that had the refly profile once has another one now.
    let is_taken = known.iter().any(|trigger| trigger.id == derived);
    let id = match is_taken {
        false => derived,
        true => TriggerId::random(context.now, context.aws.random.u128()),
    };
    let NewToken { token, sealed } = NewToken::make(context, id, WebhookProfile::Refly).await?;
    let (tenant, hashes) = (context.caller.tenant, TokenHashes::new(token.hash()));
    let webhook = Trigger {
        profile: WebhookProfile::Refly,
        sealed_token: Some(sealed),
        refly_timeout: timeout.unwrap_or_default(),
        ..Trigger::new(id, canvas, tenant, hashes, context.now)
    };
    let fingerprint = Fingerprint::of(&json!({"profile": webhook.profile.as_str()}));
    match context.aws.triggers.create(&webhook, &fingerprint).await? {
        InsertOutcome::New(made) => Ok(made),
        InsertOutcome::Repeat(known) if is_webhook(&known) => Ok(known),
        InsertOutcome::Repeat(_) | InsertOutcome::KeyReused => Err(workflow::conflict().into()),
    }
}

/// The webhook with this id, if it belongs to the caller's tenant.
async fn find(context: &RequestContext<'_>, hook_id: &Secret) -> Result<Trigger, Failure> {
    let (hook_ids, tenant) = (&context.aws.hook_ids, context.caller.tenant);
    let owner = hook_ids.owner(tenant, &hook_id.hash(), context.now).await?;
    match owner {
        HookOwner::Trigger(trigger) if is_webhook(&trigger) => Ok(*trigger),
        HookOwner::Trigger(_) | HookOwner::Unknown => Err(refly::webhook_not_found().into()),
        HookOwner::DeletedWorkflow => Err(refly::canvas_not_found().into()),
    }
}

pub(crate) async fn disable(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let webhook = find(context, &refly::webhook_id(context.inbound)?).await?;
    change_trigger(context, webhook, &Change::SetEnabled(false)).await?;
    Ok(refly::done())
}

pub(crate) async fn reset(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let webhook = find(context, &refly::webhook_id(context.inbound)?).await?;
    let change = Change::RotateToken { overlap_secs: 0 };
    let changed = change_trigger(context, webhook, &change).await?.trigger;
    let hook_id = reveal(context, &changed).await?;
    Ok(refly::webhook(&changed, &hook_id, context.base_url()))
}

pub(crate) async fn update(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let asked = refly::update(context.inbound)?;
    let webhook = find(context, &asked.webhook_id).await?;
    let change = Change::Refly {
        enabled: asked.enabled,
        timeout: asked.timeout,
    };
    change_trigger(context, webhook, &change).await?;
    Ok(refly::done())
}

pub(crate) async fn config(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let canvas = refly::config_query(context.inbound)?;
    let triggers = triggers_of(context, canvas).await?;
    let Some(webhook) = triggers.iter().find(|trigger| is_webhook(trigger)) else {
        return Ok(refly::config(None));
    };
    let hook_id = reveal(context, webhook).await?;
    Ok(refly::config(Some((webhook, &hook_id))))
}
