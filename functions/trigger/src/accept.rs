//! Takes a token of the rate limit, and records and enqueues an execution, once a request is authorized.

use api::webhook::Outcome;
use domain::{Allowance, Fingerprint, MatchedTrigger, Quota, Timestamp, Trigger, WebhookRequest};
use store::{AcceptOutcome, AwaitedAnswer, Count, InitialStatus, StoreError};
use tracing::Span;
use tracing::field::display;

use crate::App;
use crate::check::check;
use crate::configurations::LookUp;
use crate::org_limits::{self, Admission};
use crate::record::{Recording, enqueue, storable};
use crate::refused::note;
use crate::response::{Answering, Recorded, Wait, admit, answer};

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

/// Accepts a request that passed every check of authorization by the configuration that was found. The quota is what is left
/// of the limits, where they are known.
pub(crate) async fn accept(
    app: &App,
    found: &LookUp,
    matched: MatchedTrigger<'_>,
    request: WebhookRequest,
    now: Timestamp,
) -> Result<(Acceptance, Option<Quota>), StoreError> {
    let MatchedTrigger { workflow, trigger } = matched;
    Span::current().record("trigger", display(trigger.id));
    let allowed = org_limits::allowance(app, workflow, trigger.profile, now).await?;
    let Some(allowance) = allowed else {
        let retry_after_ms = None;
        let refused = Outcome::PlanLimit { retry_after_ms };
        note(app, trigger.into(), &request, &refused, now).await;
        return Ok((refused.into(), None));
    };
    let acceptance = accept_within(app, &allowance, found, matched, request, now).await?;
    let quota = org_limits::quota(app, workflow, &allowance, now);
    Ok((acceptance, quota))
}

async fn accept_within(
    app: &App,
    allowance: &Allowance,
    found: &LookUp,
    matched: MatchedTrigger<'_>,
    mut request: WebhookRequest,
    now: Timestamp,
) -> Result<Acceptance, StoreError> {
    let MatchedTrigger { workflow, trigger } = matched;
    let delivery_id = match check(app, trigger, &mut request) {
        Ok(delivery_id) => delivery_id,
        Err(refused) => {
            let earlier = org_limits::earlier_refusal(app, workflow, allowance, &refused, now);
            let refused = earlier.await.unwrap_or(refused);
            note(app, trigger.into(), &request, &refused, now).await;
            return Ok(refused.into());
        }
    };
    let receipt = match org_limits::take_token(app, workflow, allowance, now).await? {
        Admission::Admitted(receipt) => receipt,
        Admission::Refused(refused) => {
            note(app, trigger.into(), &request, &refused, now).await;
            return Ok(refused.into());
        }
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
    let request = storable(trigger, request);
    let recorded = app.record(matched, &request, &recording, now).await?;
    if let (false, Some(receipt)) = (matches!(recorded, AcceptOutcome::New(_)), receipt) {
        app.aws.token_buckets.give_back(receipt, now).await;
    }
    let answering = answered(app, trigger, recorded, recording, wait, now).await?;
    if let Answering::Known(outcome) = &answering {
        note(app, trigger.into(), &request, outcome, now).await;
    }
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
        AcceptOutcome::NoCredits => Ok(match recording.credits {
            Some(account) => org_limits::without_credit(app, account, now).await.into(),
            None => Outcome::NoCredits.into(),
        }),
        AcceptOutcome::Contended => Ok(Outcome::Unavailable.into()),
    }
}
