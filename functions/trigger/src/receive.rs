//! What becomes of a decoded webhook, within the time that its calls of AWS have: the configuration is looked up, the request
//! is authorized by it, and what was decided is carried out.

use api::webhook::{HookAddress, Inquiry, Outcome, TriggerWorkflow};
use domain::{Authentication, Decision, MatchedTrigger, Quota, Timestamp, Trigger, WorkflowId};
use store::StoreError;
use tracing::Span;
use tracing::field::display;

use crate::App;
use crate::accept::{Acceptance, accept};
use crate::authorize::{Authorized, authorize, without_proof};
use crate::configurations::{Confirmation, LookUp};
use crate::inactive::refuse_inactive;
use crate::refused::note;
use crate::response::{Answering, Waiting, as_called};
use crate::too_large::note_too_large;

/// What a request is answered with, and whose pages may read it.
pub(crate) struct Received {
    pub(crate) reply: Reply,
    pub(crate) allowed_origin: Option<String>,
    /// What is left of the limits, where the profile has one a day and this container has seen the bucket.
    pub(crate) quota: Option<Quota>,
}

pub(crate) enum Reply {
    /// In the words of the request's profile.
    Outcome(Outcome),
    /// In those of HTTP.
    Inquiry(Inquiry),
    /// With what an execution gives.
    Waiting(Box<Waiting>),
}

impl Received {
    pub(crate) fn refused(outcome: Outcome) -> Self {
        Self {
            reply: Reply::Outcome(outcome),
            allowed_origin: None,
            quota: None,
        }
    }
}

pub(crate) async fn receive(app: &App, command: TriggerWorkflow, now: Timestamp) -> Received {
    let budget = app.aws.connection.webhook_budget();
    match tokio::time::timeout(budget, look_up(app, command, now)).await {
        Ok(Ok(received)) => received,
        Ok(Err(error)) => Received::refused(unrecorded(error)),
        Err(_) => {
            tracing::error!("AWS took so long that the webhook is answered without it");
            Received::refused(Outcome::Unavailable)
        }
    }
}

async fn look_up(
    app: &App,
    command: TriggerWorkflow,
    now: Timestamp,
) -> Result<Received, StoreError> {
    if command.is_too_large {
        note_too_large(app, &command, now).await;
        return Ok(Received::refused(Outcome::BodyTooLarge));
    }
    let Some(workflow) = workflow_of(app, &command.address, now).await? else {
        return Ok(Received::refused(Outcome::WebhookNotFound));
    };
    Span::current().record("workflow", display(workflow));
    decide(app, workflow, command, now).await
}

/// The workflow that a URL names; `None` where its hook id is that of no trigger.
pub(crate) async fn workflow_of(
    app: &App,
    address: &HookAddress,
    now: Timestamp,
) -> Result<Option<WorkflowId>, StoreError> {
    match address {
        HookAddress::Workflow(workflow) => Ok(Some(*workflow)),
        HookAddress::HookId(hook_id) => {
            let found = app.hook_ids.find(&app.aws.hook_ids, hook_id, now).await?;
            Ok(found.map(|target| target.workflow_id))
        }
    }
}

/// Decides by the configuration that this container remembers, or by one that is read where that one refuses, and where a
/// change that it does not have is counted.
async fn decide(
    app: &App,
    workflow: WorkflowId,
    mut command: TriggerWorkflow,
    now: Timestamp,
) -> Result<Received, StoreError> {
    let (known, table) = (&app.configurations, &app.aws.workflows);
    let mut found = known.find(table, workflow, now).await?;
    let mut is_confirmed = false;
    loop {
        let authorized = authorize(app, &found.configuration, &command, now).await?;
        // A cached configuration is trusted to accept a request, never to refuse one.
        if !found.is_fresh && !is_confirmed && !authorized.is_allowed() {
            let confirmation = known.confirm(table, workflow, &command.token, now);
            found = match confirmation.await? {
                Confirmation::Decides(confirmed) => confirmed,
                Confirmation::Unknown { retry_after_ms } => {
                    return Ok(Received::refused(Outcome::RateLimited { retry_after_ms }));
                }
            };
            is_confirmed = true;
            continue;
        }
        let allowed_origin = authorized.allowed_origin.map(str::to_owned);
        let reply = match carry_out(app, &found, authorized, command, now).await {
            Ok(Decided::Reply(reply, quota)) => (reply, quota),
            Ok(Decided::Outdated(again)) => {
                command = *again;
                found = known.read(table, workflow, now).await?;
                continue;
            }
            Err(error) => (Reply::Outcome(unrecorded(error)), None),
        };
        let (reply, quota) = reply;
        return Ok(Received {
            reply,
            allowed_origin,
            quota,
        });
    }
}

/// What became of carrying a decision out.
enum Decided {
    Reply(Reply, Option<Quota>),
    /// It was decided by a configuration that lacks a change. Nothing is recorded of the request, which is to be decided
    /// again.
    Outdated(Box<TriggerWorkflow>),
}

impl Decided {
    fn inquiry(inquiry: Inquiry) -> Self {
        Self::Reply(Reply::Inquiry(inquiry), None)
    }
}

async fn carry_out(
    app: &App,
    found: &LookUp,
    authorized: Authorized<'_>,
    command: TriggerWorkflow,
    now: Timestamp,
) -> Result<Decided, StoreError> {
    let methods = |trigger: &Trigger| trigger.methods.clone();
    let outcome = match authorized.decision {
        Decision::Allow(matched) => return run(app, found, matched, command, now).await,
        Decision::Inactive(matched) => {
            let request = without_proof(matched.trigger, command.request);
            let outcome = refuse_inactive(app, matched, request, now).await?;
            return Ok(Decided::Reply(Reply::Outcome(outcome), None));
        }
        Decision::Captured => Outcome::Captured,
        Decision::Preflight { trigger, .. } => {
            let methods = methods(trigger);
            return Ok(Decided::inquiry(Inquiry::Preflight { methods }));
        }
        Decision::Head(trigger) => {
            let methods = methods(trigger);
            return Ok(Decided::inquiry(Inquiry::Head { methods }));
        }
        Decision::NotFound => match command.address {
            HookAddress::Workflow(_) => Outcome::WebhookNotFound,
            // The look-up of a hook id outlives its workflow.
            HookAddress::HookId(_) => Outcome::WorkflowDeleted,
        },
        Decision::InvalidToken => Outcome::InvalidToken,
        Decision::IpNotAllowed(_) => Outcome::IpNotAllowed,
        Decision::InvalidSignature(refusal) => Outcome::InvalidSignature(refusal),
        Decision::MethodNotAllowed(trigger) => Outcome::MethodNotAllowed {
            allow: methods(trigger),
        },
        Decision::LoopDetected => Outcome::LoopDetected,
        Decision::Disabled => Outcome::Disabled,
    };
    if let Some(trigger) = authorized.trigger {
        note(app, trigger.into(), &command.request, &outcome, now).await;
    }
    Ok(Decided::Reply(Reply::Outcome(outcome), None))
}

/// Accepts an allowed request.
async fn run(
    app: &App,
    found: &LookUp,
    matched: MatchedTrigger<'_>,
    command: TriggerWorkflow,
    now: Timestamp,
) -> Result<Decided, StoreError> {
    let request = command.request;
    // Deciding again needs the proof that is taken out; other requests come back as they are.
    let removes_proof = matches!(matched.trigger.authentication, Some(Authentication::App(_)));
    let with_proof = (removes_proof && !found.is_fresh).then(|| request.clone());
    let request = without_proof(matched.trigger, request);
    let trigger = &as_called(matched.trigger, command.awaits_output);
    let matched = MatchedTrigger { trigger, ..matched };
    let (acceptance, quota) = accept(app, found, matched, request, now).await?;
    Ok(match acceptance {
        Acceptance::Answering(Answering::Known(outcome)) => {
            Decided::Reply(Reply::Outcome(outcome), quota)
        }
        Acceptance::Answering(Answering::Later(waiting)) => {
            Decided::Reply(Reply::Waiting(waiting), quota)
        }
        Acceptance::Outdated(request) => {
            let request = with_proof.unwrap_or(request);
            Decided::Outdated(Box::new(TriggerWorkflow { request, ..command }))
        }
    })
}

fn unrecorded(error: StoreError) -> Outcome {
    tracing::error!(%error, "webhook could not be recorded");
    match error {
        StoreError::Unavailable { .. } => Outcome::Unavailable,
        StoreError::BadRecord { .. } | StoreError::TooLarge { .. } => Outcome::Internal,
    }
}
