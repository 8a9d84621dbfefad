//! Webhooks in: parse, look up, admit, take a token, record, enqueue, answer. Which conditions the
//! writes carry and which status an outcome has is decided elsewhere.

mod authorize;
mod configurations;
mod signature_verifier;

use std::time::Duration;

use api::native::{Hook, Outcome};
use api::{Code, Inbound, answer};
use domain::{
    Decision, Execution, ExecutionId, MatchedTrigger, SenderDeliveryId, Timestamp, WebhookRequest,
};
use lambda_http::{Body, Request, Response};
use store::{Accepted, AwsContext, Count, Message, NewExecution, Start, StoreError, Taken};
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span};

use authorize::authorize;
use configurations::Configurations;
use signature_verifier::SignatureVerifier;

/// Built once per container.
pub struct App {
    aws: AwsContext,
    configurations: Configurations,
    signatures: SignatureVerifier,
}

impl App {
    pub fn new(aws: AwsContext) -> Self {
        Self {
            aws,
            configurations: Configurations::default(),
            signatures: SignatureVerifier::default(),
        }
    }
}

/// Answers one request to a webhook URL; every failure is an answer, too.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let now = app.aws.now();
    let inbound = Inbound::read(request);
    let span = span(&inbound);
    let answered = async {
        let request_id = inbound.request_id.clone();
        let outcome = match Hook::parse(inbound, now) {
            Ok(hook) => {
                let received = receive(app, hook, now).await;
                received.unwrap_or_else(unrecorded)
            }
            Err(refusal) => refusal,
        };
        let response = outcome.respond(&request_id);
        app.report(&response, now);
        response
    };
    answered.instrument(span).await
}

/// What is logged for a request carries its ids. That of a delivery is the sender's to choose, and
/// not logged: the execution's is derived from it.
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

async fn receive(app: &App, hook: Hook, now: Timestamp) -> Result<Outcome, StoreError> {
    let (table, workflow) = (&app.aws.config, hook.workflow);
    Span::current().record("workflow", display(workflow));
    let found = app.configurations.find(table, workflow, now).await?;
    let admission = authorize(app, &found.configuration, &hook, now).await?;
    if found.is_fresh || matches!(admission, Decision::Allow(_)) {
        return answer(app, admission, hook.request, now).await;
    }
    // What is remembered is trusted to let somebody in, never to turn somebody away.
    let confirmed = app.configurations.confirm(table, workflow, now).await?;
    let admission = authorize(app, &confirmed, &hook, now).await?;
    answer(app, admission, hook.request, now).await
}

async fn answer(
    app: &App,
    admission: Decision<'_>,
    request: WebhookRequest,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    match admission {
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
        return Ok(Outcome::InvalidSenderDeliveryId);
    };
    // Checked only to refuse it in time: the worker reads the event from the stored request.
    if let Err(unreadable) = domain::check_event(&request) {
        return Ok(Outcome::UnreadableBody(unreadable));
    }
    let taken = app.aws.buckets.take(workflow.id, workflow.rate_limit, now);
    let receipt = match taken.await? {
        Taken::Token(receipt) => receipt,
        Taken::Empty { retry_after_ms } => return Ok(Outcome::RateLimited { retry_after_ms }),
    };
    let recorded = app.record(matched, request, delivery_id, Start::Queued, now);
    match recorded.await? {
        Accepted::New(execution) => {
            app.aws.metrics.count(Count::Accepted, 1);
            Span::current().record("execution", display(execution.id));
            enqueue(app, &execution).await;
            Ok(Outcome::Accepted {
                execution: execution.id,
            })
        }
        Accepted::Duplicate { first, .. } => {
            app.aws.metrics.count(Count::Duplicates, 1);
            Span::current().record("execution", display(first.id));
            app.aws.buckets.give_back(receipt, now).await;
            Ok(Outcome::Duplicate {
                execution: first.id,
            })
        }
    }
}

/// The refusal is kept under an id of its own, so that the delivery id stays free and the same
/// delivery runs once the workflow is active. It takes a token, so that a flood fills no history.
async fn refuse_inactive(
    app: &App,
    matched: MatchedTrigger<'_>,
    request: WebhookRequest,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let workflow = matched.workflow;
    let taken = app.aws.buckets.take(workflow.id, workflow.rate_limit, now);
    if let Taken::Empty { retry_after_ms } = taken.await? {
        return Ok(Outcome::RateLimited { retry_after_ms });
    }
    let recorded = app.record(matched, request, None, Start::Rejected, now);
    let execution = match recorded.await? {
        Accepted::New(execution) => execution.id,
        Accepted::Duplicate { first, .. } => first.id,
    };
    Span::current().record("execution", display(execution));
    Ok(Outcome::Inactive { execution })
}

/// A message that is not sent is not lost: the record is due again soon, and found by that.
async fn enqueue(app: &App, execution: &Execution) {
    let message = Message::Run {
        execution_id: execution.id,
    };
    let sent = app
        .aws
        .queue
        .send(message, execution.tenant.org, Duration::ZERO)
        .await;
    if let Err(error) = sent {
        tracing::warn!(%error, "accepted, but not enqueued");
    }
}

impl App {
    /// One line in the log, and one with the metrics.
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
            "answered"
        );
        metrics.flush(now);
    }

    /// Whoever is admitted to a trigger with authentication was verified: the request is kept with that verdict.
    async fn record(
        &self,
        matched: MatchedTrigger<'_>,
        request: WebhookRequest,
        delivery_id: Option<SenderDeliveryId>,
        start: Start,
        now: Timestamp,
    ) -> Result<Accepted, StoreError> {
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
            fingerprint: None,
            request: &request,
            start,
        };
        let nonce = self.aws.random.nonce();
        self.aws.runs.accept(&new, now, &nonce).await
    }
}

fn unrecorded(error: StoreError) -> Outcome {
    tracing::error!(%error, "the request could not be recorded");
    match error {
        StoreError::Unavailable { .. } => Outcome::Unavailable,
        StoreError::BadRecord { .. } | StoreError::TooLarge { .. } => Outcome::Internal,
    }
}
