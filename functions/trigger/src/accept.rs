//! Takes a token of the rate limit, records an execution and enqueues it, once a request is authorized.

use std::time::Duration;

use api::webhook::Outcome;
use domain::{
    Authentication, CreditAccount, Execution, ExecutionId, Fingerprint, MatchedTrigger,
    SenderDeliveryId, Timestamp, Trigger, WebhookRequest,
};
use store::{
    AcceptOutcome, AwaitedAnswer, Count, InitialStatus, Message, NewExecution, Nonce, StoreError,
    TokenOutcome,
};
use tracing::Span;
use tracing::field::display;

use crate::App;
use crate::check::{Checked, check};
use crate::configurations::LookUp;
use crate::org_limits::{self, Admission};
use crate::response::{Answering, Recorded, Wait, admit, answer};

/// How a request is recorded.
struct Recording {
    delivery_id: Option<SenderDeliveryId>,
    fingerprint: Option<Fingerprint>,
    initial_status: InitialStatus,
    credits: Option<CreditAccount>,
    nonce: Nonce,
}

/// What became of accepting a request.
pub(crate) enum Acceptance {
    /// It is recorded or refused.
    Answering(Answering),
    /// The configuration that allowed it lacks a change. Nothing is recorded.
    Outdated(WebhookRequest),
}

impl From<Outcome> for Acceptance {
    fn from(outcome: Outcome) -> Self {
        Self::Answering(outcome.into())
    }
}

/// Accepts a request that passed every check of authorization by the configuration that was found.
pub(crate) async fn accept(
    app: &App,
    found: &LookUp,
    matched: MatchedTrigger<'_>,
    request: WebhookRequest,
    now: Timestamp,
) -> Result<Acceptance, StoreError> {
    let MatchedTrigger { workflow, trigger } = matched;
    Span::current().record("trigger", display(trigger.id));
    let Some(allowance) = org_limits::allowance(app, workflow, now).await? else {
        let refused = Outcome::PlanLimit {
            retry_after_ms: None,
        };
        return Ok(refused.into());
    };
    let Checked {
        request,
        delivery_id,
    } = match check(app, trigger, request) {
        Ok(checked) => checked,
        Err(refused) => return Ok(refused.into()),
    };
    let receipt = match org_limits::take_token(app, workflow, &allowance, now).await? {
        Admission::Admitted(receipt) => receipt,
        Admission::Refused(refusal) => return Ok(refusal.into()),
    };
    if let Some(taken) = receipt
        && !app.configurations.is_current(found, &taken, now)
    {
        app.aws.token_buckets.give_back(taken, now).await;
        return Ok(Acceptance::Outdated(request));
    }
    // Kept with the delivery id, so that the answer to a repeat can say that its body differs.
    let fingerprint = delivery_id
        .is_some()
        .then(|| Fingerprint::of_body(&request.body));
    let wait = admit(app, &trigger.response, workflow.id, now).await;
    let recording = Recording {
        delivery_id,
        fingerprint,
        initial_status: match wait.is_admitted() {
            true => InitialStatus::QueuedWithAnswer,
            false => InitialStatus::Queued,
        },
        credits: allowance.credits,
        nonce: app.aws.random.nonce(),
    };
    let recorded = app.record(matched, request, &recording, now).await?;
    if let (false, Some(receipt)) = (matches!(recorded, AcceptOutcome::New(_)), receipt) {
        app.aws.token_buckets.give_back(receipt, now).await;
    }
    let answering = answered(app, trigger, recorded, recording, wait, now).await?;
    Ok(Acceptance::Answering(answering))
}

/// What became of the request, once it is recorded or refused; a new execution is enqueued.
async fn answered(
    app: &App,
    trigger: &Trigger,
    recorded: AcceptOutcome,
    recording: Recording,
    wait: Wait,
    now: Timestamp,
) -> Result<Answering, StoreError> {
    match recorded {
        AcceptOutcome::New(execution) => {
            app.aws.metrics.count(Count::Accepted, 1);
            Span::current().record("execution", display(execution.id));
            enqueue(app, &execution).await;
            let id = execution.id;
            let awaited = wait
                .is_admitted()
                .then(|| AwaitedAnswer::new(id, recording.nonce));
            let recorded = Recorded {
                execution: id,
                awaited,
                has_ended: false,
            };
            let own = answer(app, trigger, recorded, wait, now).await;
            Ok(own.unwrap_or_else(|| {
                let trigger = trigger.id;
                let execution = id;
                Outcome::Accepted { execution, trigger }.into()
            }))
        }
        AcceptOutcome::Duplicate {
            first,
            fingerprint: of_first,
            awaited,
        } => {
            let body_differs = of_first.is_some() && of_first != recording.fingerprint;
            app.aws.metrics.count(Count::Duplicates, 1);
            if body_differs {
                app.aws.metrics.count(Count::ChangedDuplicates, 1);
            }
            Span::current().record("execution", display(first.id));
            let recorded = Recorded {
                execution: first.id,
                awaited,
                has_ended: first.finished_at().is_some(),
            };
            let own = answer(app, trigger, recorded, wait, now).await;
            let duplicate = Outcome::Duplicate {
                execution: first.id,
                trigger: trigger.id,
                status: first.status(),
                body_differs,
            };
            Ok(own.unwrap_or(duplicate.into()))
        }
        AcceptOutcome::NoCredits => {
            if let Some(account) = recording.credits {
                app.aws.credit_notices.record(account, now).await;
            }
            Ok(Outcome::NoCredits.into())
        }
        AcceptOutcome::Contended => Ok(Outcome::Unavailable.into()),
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
    let MatchedTrigger { workflow, trigger } = matched;
    // What a replay reads later; parameters that are missing refuse nothing here, because the workflow does not run.
    let parameters = domain::read_parameters(&request, &trigger.parameters).unwrap_or_default();
    let request = WebhookRequest {
        parameters,
        ..request
    };
    let taken = app
        .aws
        .token_buckets
        .take(workflow.id, workflow.rate_limit, now);
    match taken.await? {
        TokenOutcome::Taken(_) => {}
        TokenOutcome::Empty { retry_after_ms } | TokenOutcome::DaySpent { retry_after_ms } => {
            return Ok(Outcome::RateLimited { retry_after_ms });
        }
    }
    // A refusal costs no credit.
    let recording = Recording {
        delivery_id: None,
        fingerprint: None,
        initial_status: InitialStatus::Rejected,
        credits: None,
        nonce: app.aws.random.nonce(),
    };
    let execution = match app.record(matched, request, &recording, now).await? {
        AcceptOutcome::New(execution) => execution.id,
        AcceptOutcome::Duplicate { first, .. } => first.id,
        AcceptOutcome::NoCredits | AcceptOutcome::Contended => return Ok(Outcome::Unavailable),
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

/// The request as it may be stored: without credentials. A request that is allowed by a trigger with authentication was
/// verified, and is stored with the scheme that verified it.
pub(crate) fn storable(trigger: &Trigger, request: WebhookRequest) -> WebhookRequest {
    let asked = trigger.authentication.as_ref();
    WebhookRequest {
        verified_by: asked.map(Authentication::kind),
        ..request.without_credentials()
    }
}

impl App {
    /// Records an execution of the request.
    async fn record(
        &self,
        matched: MatchedTrigger<'_>,
        request: WebhookRequest,
        recording: &Recording,
        now: Timestamp,
    ) -> Result<AcceptOutcome, StoreError> {
        let MatchedTrigger { workflow, trigger } = matched;
        let request = storable(trigger, request);
        let id = match &recording.delivery_id {
            Some(delivery) => Execution::id_for_delivery(workflow.id, trigger.id, delivery),
            None => ExecutionId::random(now, self.aws.random.u128()),
        };
        let new = NewExecution {
            id,
            tenant: workflow.tenant,
            workflow_id: workflow.id,
            workflow_version: workflow.version,
            trigger_id: trigger.id,
            delivery_id: recording.delivery_id.clone(),
            parent_id: None,
            is_test: false,
            fingerprint: recording.fingerprint.as_ref(),
            request: &request,
            initial_status: recording.initial_status,
            credits: recording.credits,
        };
        let executions = &self.aws.executions;
        executions.accept(&new, now, &recording.nonce).await
    }
}
