//! Records the refusal of a request to a workflow that is not active.

use api::webhook::Outcome;
use domain::{MatchedTrigger, Timestamp, WebhookRequest};
use store::{AcceptOutcome, InitialStatus, StoreError, TokenOutcome};
use tracing::Span;
use tracing::field::display;

use crate::App;
use crate::record::{Recording, storable};
use crate::refused::note;

/// Records the refusal under an id that is not derived from the delivery id, so that the same delivery runs once the
/// workflow is active. It takes a token, so that a flood cannot fill the history.
pub(crate) async fn refuse_inactive(
    app: &App,
    matched: MatchedTrigger<'_>,
    request: WebhookRequest,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let trigger = matched.trigger;
    // What a replay reads later; parameters that are missing refuse nothing here, because the workflow does not run.
    let parameters = domain::read_parameters(&request, &trigger.parameters).unwrap_or_default();
    let request = WebhookRequest {
        parameters,
        ..request
    };
    let request = storable(trigger, request);
    let outcome = record_refusal(app, matched, &request, now).await?;
    note(app, trigger.into(), &request, &outcome, now).await;
    Ok(outcome)
}

async fn record_refusal(
    app: &App,
    matched: MatchedTrigger<'_>,
    request: &WebhookRequest,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let workflow = matched.workflow;
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
