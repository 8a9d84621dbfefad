//! Takes a token of the rate limit, records an execution and enqueues it, once a request is authorized.

use std::time::Duration;

use api::webhook::{self, Outcome};
use domain::{
    Authentication, Execution, ExecutionId, Fingerprint, MatchedTrigger, SenderDeliveryId,
    Timestamp, WebhookRequest,
};
use store::{AcceptOutcome, Count, InitialStatus, Message, NewExecution, StoreError, TokenOutcome};
use tracing::Span;
use tracing::field::display;

use crate::App;

/// Accepts a request that passed every check of authorization.
pub(crate) async fn accept(
    app: &App,
    matched: MatchedTrigger<'_>,
    request: WebhookRequest,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let MatchedTrigger { workflow, trigger } = matched;
    Span::current().record("trigger", display(trigger.id));
    let authentication = trigger.authentication.as_ref();
    let scheme = authentication.and_then(Authentication::scheme);
    let Ok(delivery_id) = request.delivery_id(scheme) else {
        return Ok(Outcome::InvalidDeliveryId);
    };
    // Checked only to refuse an unreadable body: the worker reads the event from the stored request.
    if let Err(unreadable) = webhook::check_body(trigger.profile, &request) {
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
    // Kept with the delivery id, so that the answer to a repeat can say that its body differs.
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
                trigger: trigger.id,
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
                trigger: trigger.id,
                status: first.status(),
                body_differs,
            })
        }
    }
}

/// Records the refusal under an id that is not derived from the delivery id, so that the same delivery runs once the
/// workflow is active. It takes a token, so that a flood cannot fill the history.
pub(crate) async fn refuse_inactive(
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
            verified_by: asked.map(Authentication::kind),
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
