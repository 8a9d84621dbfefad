//! What the org of a workflow allows its webhooks. A workflow whose record says that its org limits nothing costs nothing
//! here.

use api::webhook::Outcome;
use domain::{Allowance, Timestamp, Workflow};
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
    now: Timestamp,
) -> Result<Option<Allowance>, StoreError> {
    let limits = app.aws.orgs.limits_of(workflow, now).await?;
    Ok(match limits {
        None => Some(Allowance::of_workflow(workflow.rate_limit)),
        Some(limits) => limits.allowance(workflow.tenant.org, workflow.rate_limit, now),
    })
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
    Ok(match taken {
        TokenOutcome::Taken(receipt) => Admission::Admitted(Some(receipt)),
        TokenOutcome::Empty { retry_after_ms } => {
            Admission::Refused(rate_limited(allowance.is_rate_of_plan, retry_after_ms))
        }
        TokenOutcome::DaySpent { retry_after_ms } => {
            Admission::Refused(rate_limited(true, retry_after_ms))
        }
    })
}

fn rate_limited(is_of_plan: bool, retry_after_ms: i64) -> Outcome {
    match is_of_plan {
        true => Outcome::PlanLimit {
            retry_after_ms: Some(retry_after_ms),
        },
        false => Outcome::RateLimited { retry_after_ms },
    }
}
