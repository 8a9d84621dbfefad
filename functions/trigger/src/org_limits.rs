//! What the org of a workflow allows its webhooks. A workflow whose record says that its org limits nothing costs nothing
//! here.

use api::webhook::Outcome;
use domain::{Allowance, CreditAccount, Quota, Timestamp, WebhookProfile, Workflow};
use store::{StoreError, TokenOutcome, TokenReceipt};

use crate::App;

/// Whether a request may be recorded.
pub(crate) enum Admission {
    /// It may. The token that it took; none where the org was just seen without credit, because only a duplicate is not
    /// refused then.
    Admitted(Option<TokenReceipt>),
    /// It may not.
    Refused(Outcome),
}

/// What a webhook of the workflow is allowed; `None` where the plan of its org has no webhook triggers.
pub(crate) async fn allowance(
    app: &App,
    workflow: &Workflow,
    profile: WebhookProfile,
    now: Timestamp,
) -> Result<Option<Allowance>, StoreError> {
    let limits = app.aws.orgs.limits_of(workflow, now).await?;
    let allowance = match limits {
        None => Some(Allowance::of_workflow(workflow.rate_limit)),
        Some(limits) => limits.allowance(workflow.tenant.org, workflow.rate_limit, now),
    };
    Ok(allowance.map(|allowance| allowance.of_profile(profile)))
}

/// What is left of an allowance, where it has a limit a day and this container has seen the bucket.
pub(crate) fn quota(
    app: &App,
    workflow: &Workflow,
    allowance: &Allowance,
    now: Timestamp,
) -> Option<Quota> {
    let (buckets, limit) = (&app.aws.token_buckets, allowance.rate_limit);
    buckets.quota(workflow.id, limit, allowance.per_day?, now)
}

/// Takes a token, so that a flood without credit takes none.
pub(crate) async fn take_token(
    app: &App,
    workflow: &Workflow,
    allowance: &Allowance,
    now: Timestamp,
) -> Result<Admission, StoreError> {
    let credits = &app.aws.credits;
    if allowance
        .credits
        .is_some_and(|account| credits.are_known_exhausted(account, now))
    {
        return Ok(Admission::Admitted(None));
    }
    let (buckets, limit) = (&app.aws.token_buckets, allowance.rate_limit);
    let taken = match allowance.per_day {
        None => buckets.take(workflow.id, limit, now).await?,
        Some(per_day) => {
            buckets
                .take_within_day(workflow.id, limit, per_day, now)
                .await?
        }
    };
    Ok(admission(allowance, taken))
}

fn admission(allowance: &Allowance, outcome: TokenOutcome) -> Admission {
    match outcome {
        TokenOutcome::Taken(receipt) => Admission::Admitted(Some(receipt)),
        TokenOutcome::Empty { retry_after_ms } => {
            Admission::Refused(rate_limited(allowance.is_rate_of_plan, retry_after_ms))
        }
        TokenOutcome::DaySpent { retry_after_ms } => {
            Admission::Refused(rate_limited(allowance.is_day_of_plan, retry_after_ms))
        }
    }
}

/// The refusal that comes before that of a request which cannot be read: of the plan's limits, as the bucket was last seen
/// here, and of the org's credits. Only a request that is refused anyway costs the read of them.
pub(crate) async fn earlier_refusal(
    app: &App,
    workflow: &Workflow,
    allowance: &Allowance,
    refused: &Outcome,
    now: Timestamp,
) -> Option<Outcome> {
    if matches!(refused, Outcome::Ignored) {
        return None;
    }
    let (buckets, limit) = (&app.aws.token_buckets, allowance.rate_limit);
    let known = buckets.known_refusal(workflow.id, limit, allowance.per_day, now);
    let known = known.map(|known| admission(allowance, known));
    if let Some(Admission::Refused(of_plan @ Outcome::PlanLimit { .. })) = known {
        return Some(of_plan);
    }
    let account = allowance.credits?;
    match app.aws.credits.are_exhausted(account, now).await {
        Ok(true) => Some(without_credit(app, account, now).await),
        Ok(false) => None,
        Err(error) => {
            tracing::warn!(%error, "the credits cannot be read; the request is refused for itself");
            None
        }
    }
}

/// The refusal of a request whose org has no credit. The first one of a month is announced.
pub(crate) async fn without_credit(app: &App, account: CreditAccount, now: Timestamp) -> Outcome {
    app.aws.credit_notices.record(account, now).await;
    Outcome::NoCredits
}

fn rate_limited(is_of_plan: bool, retry_after_ms: i64) -> Outcome {
    match is_of_plan {
        true => Outcome::PlanLimit {
            retry_after_ms: Some(retry_after_ms),
        },
        false => Outcome::RateLimited { retry_after_ms },
    }
}
