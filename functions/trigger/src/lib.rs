//! The `trigger` function: decodes a webhook, reads its workflow's configuration, authorizes the request, accepts it and
//! answers. How requests and answers look is the profile's (`api`); the conditions of the writes are the store's.

mod accept;
mod authorize;
mod capture;
mod check;
mod configurations;
mod confirming_reads;
mod hook_ids;
mod org_limits;
mod report;
mod response;
mod signature_verifier;
mod unrouted;

use api::Inbound;
use api::webhook::{self, HookAddress, Inquiry, Outcome, TriggerWorkflow, inquiry};
use domain::{Decision, MatchedTrigger, Timestamp, Trigger, WebhookProfile};
use lambda_http::{Body, Request, Response};
use store::{AwsContext, StoreError};
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span};

use accept::{accept, refuse_inactive};
use authorize::{Authorized, authorize, without_proof};
use capture::FullWindows;
use configurations::{Configurations, Confirmation};
use hook_ids::HookIds;
use response::{Answering, Waiting, as_called, wait_for_answer};
use signature_verifier::SignatureVerifier;

/// The clients and caches of one container.
pub struct App {
    aws: AwsContext,
    configurations: Configurations,
    hook_ids: HookIds,
    signatures: SignatureVerifier,
    full_windows: FullWindows,
}

impl App {
    /// An app with empty caches.
    pub fn new(aws: AwsContext) -> Self {
        Self {
            aws,
            configurations: Configurations::default(),
            hook_ids: HookIds::default(),
            signatures: SignatureVerifier::default(),
            full_windows: FullWindows::default(),
        }
    }
}

/// Answers one request to a webhook URL, or one that no route takes; a failure is answered as well.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let now = app.aws.now();
    let inbound = Inbound::read(request);
    let span = span(&inbound);
    let answered = async {
        let response = match webhook::profile_of_route(&inbound) {
            Some(profile) => trigger(app, profile, inbound, now).await,
            None => unrouted::refuse(&inbound),
        };
        app.report(&response, now);
        response
    };
    answered.instrument(span).await
}

async fn trigger(
    app: &App,
    profile: WebhookProfile,
    inbound: Inbound,
    now: Timestamp,
) -> Response<Body> {
    let request_id = inbound.request_id.clone();
    let received = match webhook::decode(profile, inbound, now) {
        Ok(command) => receive(app, command, now).await,
        Err(refusal) => Received::refused(refusal),
    };
    let mut response = match received.reply {
        Reply::Outcome(outcome) => webhook::encode(profile, outcome, &request_id),
        Reply::Inquiry(inquiry) => inquiry::encode(&inquiry),
        // After the budget of the calls that accept: the webhook is recorded, and the sender waits by its own choice.
        Reply::Waiting(waiting) => {
            let outcome = wait_for_answer(app, *waiting, now).await;
            webhook::encode(profile, outcome, &request_id)
        }
    };
    if let Some(origin) = received.allowed_origin {
        inquiry::allow_origin(&mut response, &origin);
    }
    response
}

/// What a request is answered with, and whose pages may read it.
struct Received {
    reply: Reply,
    allowed_origin: Option<String>,
}

enum Reply {
    /// In the words of the request's profile.
    Outcome(Outcome),
    /// In those of HTTP.
    Inquiry(Inquiry),
    /// With what an execution gives.
    Waiting(Box<Waiting>),
}

impl Received {
    fn refused(outcome: Outcome) -> Self {
        Self {
            reply: Reply::Outcome(outcome),
            allowed_origin: None,
        }
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

async fn receive(app: &App, command: TriggerWorkflow, now: Timestamp) -> Received {
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
    let workflow = match &command.address {
        HookAddress::Workflow(workflow) => *workflow,
        HookAddress::HookId(hook_id) => {
            let stored = &app.aws.hook_ids;
            match app.hook_ids.find(stored, hook_id, now).await? {
                Some(target) => target.workflow_id,
                None => return Ok(Received::refused(Outcome::WebhookNotFound)),
            }
        }
    };
    let table = &app.aws.workflows;
    Span::current().record("workflow", display(workflow));
    let found = app.configurations.find(table, workflow, now).await?;
    let authorized = authorize(app, &found.configuration, &command, now).await?;
    if found.is_fresh || authorized.is_allowed() {
        return Ok(carry_out(app, authorized, command, now).await);
    }
    // A cached configuration is trusted to accept a request, never to refuse one.
    let confirmation = app
        .configurations
        .confirm(table, workflow, &command.token, now);
    let confirmed = match confirmation.await? {
        Confirmation::Decides(configuration) => configuration,
        Confirmation::Unknown { retry_after_ms } => {
            return Ok(Received::refused(Outcome::RateLimited { retry_after_ms }));
        }
    };
    let authorized = authorize(app, &confirmed, &command, now).await?;
    Ok(carry_out(app, authorized, command, now).await)
}

async fn carry_out(
    app: &App,
    authorized: Authorized<'_>,
    command: TriggerWorkflow,
    now: Timestamp,
) -> Received {
    let reply = reply(app, authorized.decision, command, now).await;
    Received {
        reply: reply.unwrap_or_else(|error| Reply::Outcome(unrecorded(error))),
        allowed_origin: authorized.allowed_origin.map(str::to_owned),
    }
}

async fn reply(
    app: &App,
    decision: Decision<'_>,
    command: TriggerWorkflow,
    now: Timestamp,
) -> Result<Reply, StoreError> {
    let (request, awaits_output) = (command.request, command.awaits_output);
    let methods = |trigger: &Trigger| trigger.methods.clone();
    let outcome = match decision {
        Decision::Allow(matched) => {
            let request = without_proof(matched.trigger, request);
            let trigger = &as_called(matched.trigger, awaits_output);
            let matched = MatchedTrigger { trigger, ..matched };
            return Ok(match accept(app, matched, request, now).await? {
                Answering::Known(outcome) => Reply::Outcome(outcome),
                Answering::Later(waiting) => Reply::Waiting(waiting),
            });
        }
        Decision::Inactive(matched) => {
            let request = without_proof(matched.trigger, request);
            refuse_inactive(app, matched, request, now).await?
        }
        Decision::Captured => Outcome::Captured,
        Decision::Preflight { trigger, .. } => {
            let methods = methods(trigger);
            return Ok(Reply::Inquiry(Inquiry::Preflight { methods }));
        }
        Decision::Head(trigger) => {
            let methods = methods(trigger);
            return Ok(Reply::Inquiry(Inquiry::Head { methods }));
        }
        Decision::NotFound => match command.address {
            HookAddress::Workflow(_) => Outcome::WebhookNotFound,
            // The look-up of a hook id outlives its workflow.
            HookAddress::HookId(_) => Outcome::WorkflowDeleted,
        },
        Decision::InvalidToken => Outcome::InvalidToken,
        Decision::IpNotAllowed => Outcome::IpNotAllowed,
        Decision::InvalidSignature(refusal) => Outcome::InvalidSignature(refusal),
        Decision::MethodNotAllowed(trigger) => Outcome::MethodNotAllowed {
            allow: methods(trigger),
        },
        Decision::LoopDetected => Outcome::LoopDetected,
        Decision::Disabled => Outcome::Disabled,
    };
    Ok(Reply::Outcome(outcome))
}

fn unrecorded(error: StoreError) -> Outcome {
    tracing::error!(%error, "webhook could not be recorded");
    match error {
        StoreError::Unavailable { .. } => Outcome::Unavailable,
        StoreError::BadRecord { .. } | StoreError::TooLarge { .. } => Outcome::Internal,
    }
}
