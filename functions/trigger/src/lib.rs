//! The `trigger` function: decodes a webhook, reads its workflow's configuration, authorizes the request, accepts it and
//! answers. How requests and answers look is the profile's (`api`); the conditions of the writes are the store's.

mod accept;
mod authorize;
mod configurations;
mod hook_ids;
mod signature_verifier;

use api::webhook::{self, HookAddress, Outcome, TriggerWorkflow};
use api::{Code, Inbound, Problem, answer};
use domain::{Decision, Timestamp, WebhookProfile};
use lambda_http::{Body, Request, Response};
use store::{AwsContext, Count, StoreError};
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span};

use accept::{accept, refuse_inactive};
use authorize::authorize;
use configurations::Configurations;
use hook_ids::HookIds;
use signature_verifier::SignatureVerifier;

/// The clients and caches of one container.
pub struct App {
    aws: AwsContext,
    configurations: Configurations,
    hook_ids: HookIds,
    signatures: SignatureVerifier,
}

impl App {
    /// An app with empty caches.
    pub fn new(aws: AwsContext) -> Self {
        Self {
            aws,
            configurations: Configurations::default(),
            hook_ids: HookIds::default(),
            signatures: SignatureVerifier::default(),
        }
    }
}

/// Answers one request to a webhook URL; a failure is answered as well.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let now = app.aws.now();
    let inbound = Inbound::read(request);
    let span = span(&inbound);
    let answered = async {
        let request_id = inbound.request_id.clone();
        let response = match webhook::profile_of_route(&inbound) {
            Some(profile) => {
                let outcome = trigger(app, profile, inbound, now).await;
                webhook::encode(profile, outcome, &request_id)
            }
            None => Problem::not_found().respond(&request_id),
        };
        app.report(&response, now);
        response
    };
    answered.instrument(span).await
}

async fn trigger(app: &App, profile: WebhookProfile, inbound: Inbound, now: Timestamp) -> Outcome {
    match webhook::decode(profile, inbound, now) {
        Ok(command) => {
            let received = receive(app, command, now).await;
            received.unwrap_or_else(unrecorded)
        }
        Err(refusal) => refusal,
    }
}

/// The ids that every log line of a request has. The sender's delivery id is not logged, because the sender chooses its
/// text; the id of the execution is derived from it.
fn span(inbound: &Inbound) -> Span {
    tracing::info_span!(
        "webhook",
        request_id = %inbound.request_id,
        trace_id = inbound.trace_id.map(display),
        workflow = Empty,
        trigger = Empty,
        execution = Empty,
    )
}

async fn receive(
    app: &App,
    command: TriggerWorkflow,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let workflow = match &command.address {
        HookAddress::Workflow(workflow) => *workflow,
        HookAddress::HookId(hook_id) => {
            let stored = &app.aws.hook_ids;
            match app.hook_ids.find(stored, hook_id, now).await? {
                Some(target) => target.workflow_id,
                None => return Ok(Outcome::WebhookNotFound),
            }
        }
    };
    let table = &app.aws.workflows;
    Span::current().record("workflow", display(workflow));
    let found = app.configurations.find(table, workflow, now).await?;
    let decision = authorize(app, &found.configuration, &command, now).await?;
    if found.is_fresh || matches!(decision, Decision::Allow(_)) {
        return carry_out(app, decision, command, now).await;
    }
    // A cached configuration is trusted to accept a request, never to refuse one.
    let confirmed = app.configurations.confirm(table, workflow, now).await?;
    let decision = authorize(app, &confirmed, &command, now).await?;
    carry_out(app, decision, command, now).await
}

async fn carry_out(
    app: &App,
    decision: Decision<'_>,
    command: TriggerWorkflow,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let request = command.request;
    match decision {
        Decision::Allow(matched) => accept(app, matched, request, now).await,
        Decision::Inactive(matched) => refuse_inactive(app, matched, request, now).await,
        Decision::NotFound => Ok(match command.address {
            HookAddress::Workflow(_) => Outcome::WebhookNotFound,
            // The look-up of a hook id outlives its workflow.
            HookAddress::HookId(_) => Outcome::WorkflowDeleted,
        }),
        Decision::InvalidToken => Ok(Outcome::InvalidToken),
        Decision::IpNotAllowed => Ok(Outcome::IpNotAllowed),
        Decision::InvalidSignature(refusal) => Ok(Outcome::InvalidSignature(refusal)),
        Decision::MethodNotAllowed(trigger) => Ok(Outcome::MethodNotAllowed {
            allow: trigger.methods.clone(),
        }),
        Decision::LoopDetected => Ok(Outcome::LoopDetected),
        Decision::Disabled => Ok(Outcome::Disabled),
    }
}

impl App {
    /// Writes one line to the log, and one with the metrics.
    fn report(&self, response: &Response<Body>, began_at: Timestamp) {
        let metrics = &self.aws.metrics;
        let refusal = answer::refusal(response);
        match refusal {
            None => {}
            Some(Code::RateLimited) => metrics.count(Count::Limited, 1),
            Some(code) => metrics.refuse(code.as_str()),
        }
        let now = self.aws.now();
        tracing::info!(
            status = response.status().as_u16(),
            code = refusal.map(Code::as_str),
            ms = now.millis_since(began_at),
            "webhook answered"
        );
        metrics.flush(now);
    }
}

fn unrecorded(error: StoreError) -> Outcome {
    tracing::error!(%error, "webhook could not be recorded");
    match error {
        StoreError::Unavailable { .. } => Outcome::Unavailable,
        StoreError::BadRecord { .. } | StoreError::TooLarge { .. } => Outcome::Internal,
    }
}
