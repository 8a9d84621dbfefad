//! The `trigger` function: decodes a webhook, reads its workflow's configuration, authorizes the request, takes a token
//! of the rate limit, records an execution, enqueues it and answers. How requests and answers look is the profile's
//! (`api`); the conditions of the writes are the store's.

mod authorize;
mod configurations;
mod signature_verifier;

use std::time::Duration;

use api::webhook::{Outcome, TriggerWorkflow, WebhookProfile};
use api::{Code, Inbound, answer};
use domain::{
    Decision, Execution, ExecutionId, Fingerprint, MatchedTrigger, SenderDeliveryId, Timestamp,
    WebhookRequest,
};
use lambda_http::{Body, Request, Response};
use store::{
    AcceptOutcome, AwsContext, Count, InitialStatus, Message, NewExecution, StoreError,
    TokenOutcome,
};
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span};

use authorize::authorize;
use configurations::Configurations;
use signature_verifier::SignatureVerifier;

/// The clients and caches of one container.
pub struct App {
    aws: AwsContext,
    configurations: Configurations,
    signatures: SignatureVerifier,
}

impl App {
    /// An app with empty caches.
    pub fn new(aws: AwsContext) -> Self {
        Self {
            aws,
            configurations: Configurations::default(),
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
        let profile = WebhookProfile::of_route(&inbound);
        let outcome = match profile.decode(inbound, now) {
            Ok(command) => {
                let received = receive(app, command, now).await;
                received.unwrap_or_else(unrecorded)
            }
            Err(refusal) => refusal,
        };
        let response = profile.encode(outcome, &request_id);
        app.report(&response, now);
        response
    };
    answered.instrument(span).await
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
    let (table, workflow) = (&app.aws.workflows, command.workflow);
    Span::current().record("workflow", display(workflow));
    let found = app.configurations.find(table, workflow, now).await?;
    let decision = authorize(app, &found.configuration, &command, now).await?;
    if found.is_fresh || matches!(decision, Decision::Allow(_)) {
        return carry_out(app, decision, command.request, now).await;
    }
    // A cached configuration is trusted to accept a request, never to refuse one.
    let confirmed = app.configurations.confirm(table, workflow, now).await?;
    let decision = authorize(app, &confirmed, &command, now).await?;
    carry_out(app, decision, command.request, now).await
}

async fn carry_out(
    app: &App,
    decision: Decision<'_>,
    request: WebhookRequest,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    match decision {
        Decision::Allow(matched) => accept(app, matched, request, now).await,
        Decision::Inactive(matched) => refuse_inactive(app, matched, request, now).await,
        Decision::NotFound => Ok(Outcome::WebhookNotFound),
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

async fn accept(
    app: &App,
    matched: MatchedTrigger<'_>,
    request: WebhookRequest,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let MatchedTrigger { workflow, trigger } = matched;
    Span::current().record("trigger", display(trigger.id));
    let scheme = trigger.authentication.as_ref().map(|asked| &asked.scheme);
    let Ok(delivery_id) = request.delivery_id(scheme) else {
        return Ok(Outcome::InvalidDeliveryId);
    };
    // Checked only to refuse an unreadable body: the worker reads the event from the stored request.
    if let Err(unreadable) = domain::check_event(&request) {
        return Ok(Outcome::UnreadableBody(unreadable));
    }
    let taken = app
        .aws
        .token_buckets
        .take(workflow.id, workflow.rate_limit, now);
    let receipt = match taken.await? {
        TokenOutcome::Taken(receipt) => receipt,
        TokenOutcome::Empty { retry_after_ms } => {
            return Ok(Outcome::RateLimited { retry_after_ms });
        }
    };
    // Kept with the delivery id, so that a repeat with another body can be told so.
    let fingerprint = delivery_id
        .is_some()
        .then(|| Fingerprint::of_body(&request.body));
    let recorded = app.record(
        matched,
        request,
        delivery_id,
        fingerprint.as_ref(),
        InitialStatus::Queued,
        now,
    );
    match recorded.await? {
        AcceptOutcome::New(execution) => {
            app.aws.metrics.count(Count::Accepted, 1);
            Span::current().record("execution", display(execution.id));
            enqueue(app, &execution).await;
            Ok(Outcome::Accepted {
                execution: execution.id,
            })
        }
        AcceptOutcome::Duplicate {
            first,
            fingerprint: of_first,
        } => {
            let body_differs = of_first.is_some() && of_first != fingerprint;
            app.aws.metrics.count(Count::Duplicates, 1);
            if body_differs {
                app.aws.metrics.count(Count::ChangedDuplicates, 1);
            }
            Span::current().record("execution", display(first.id));
            app.aws.token_buckets.give_back(receipt, now).await;
            Ok(Outcome::Duplicate {
                execution: first.id,
                status: first.status(),
                body_differs,
            })
        }
    }
}

/// Records the refusal under an id that is not derived from the delivery id, so that the same delivery runs once the
/// workflow is active. It takes a token, so that a flood cannot fill the history.
async fn refuse_inactive(
    app: &App,
    matched: MatchedTrigger<'_>,
    request: WebhookRequest,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let workflow = matched.workflow;
    let taken = app
        .aws
        .token_buckets
        .take(workflow.id, workflow.rate_limit, now);
    if let TokenOutcome::Empty { retry_after_ms } = taken.await? {
        return Ok(Outcome::RateLimited { retry_after_ms });
    }
    let recorded = app.record(matched, request, None, None, InitialStatus::Rejected, now);
    let execution = match recorded.await? {
        AcceptOutcome::New(execution) => execution.id,
        AcceptOutcome::Duplicate { first, .. } => first.id,
    };
    Span::current().record("execution", display(execution));
    Ok(Outcome::Inactive { execution })
}

/// Where the message cannot be sent, the sweep finds the execution, which is due again soon, and sends it.
async fn enqueue(app: &App, execution: &Execution) {
    let message = Message::Run {
        execution_id: execution.id,
    };
    app.aws
        .execution_queue
        .send_or_leave_to_sweep(message, execution.tenant.org, Duration::ZERO)
        .await;
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

    /// Records an execution of the request. A request that is allowed by a trigger with authentication was verified, and
    /// is stored with the scheme that verified it.
    async fn record(
        &self,
        matched: MatchedTrigger<'_>,
        request: WebhookRequest,
        delivery_id: Option<SenderDeliveryId>,
        fingerprint: Option<&Fingerprint>,
        initial_status: InitialStatus,
        now: Timestamp,
    ) -> Result<AcceptOutcome, StoreError> {
        let MatchedTrigger { workflow, trigger } = matched;
        let asked = trigger.authentication.as_ref();
        let request = WebhookRequest {
            verified_by: asked.map(|asked| asked.scheme.kind()),
            ..request.without_credentials()
        };
        let id = match &delivery_id {
            Some(delivery) => Execution::id_for_delivery(workflow.id, trigger.id, delivery),
            None => ExecutionId::random(now, self.aws.random.u128()),
        };
        let new = NewExecution {
            id,
            tenant: workflow.tenant,
            workflow_id: workflow.id,
            workflow_version: workflow.version,
            trigger_id: trigger.id,
            delivery_id,
            parent_id: None,
            fingerprint,
            request: &request,
            initial_status,
        };
        let nonce = self.aws.random.nonce();
        self.aws.executions.accept(&new, now, &nonce).await
    }
}

fn unrecorded(error: StoreError) -> Outcome {
    tracing::error!(%error, "webhook could not be recorded");
    match error {
        StoreError::Unavailable { .. } => Outcome::Unavailable,
        StoreError::BadRecord { .. } | StoreError::TooLarge { .. } => Outcome::Internal,
    }
}
