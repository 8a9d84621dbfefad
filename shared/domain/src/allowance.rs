//! What a webhook of a workflow is allowed: the workflow's own rate limit, and the limits of its org where it has any.

use crate::{CreditAccount, Month, OrgId, OrgLimits, RateLimit, Timestamp, WebhookProfile};

/// What the next webhook of a workflow has to pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allowance {
    /// The rate limit: the lower one of the workflow's and the plan's.
    pub rate_limit: RateLimit,
    /// Whether the plan makes the rate limit lower than the workflow's own is.
    pub is_rate_of_plan: bool,
    /// Executions in a day of UTC.
    pub per_day: Option<u32>,
    /// Whether the plan sets the limit a day.
    pub is_day_of_plan: bool,
    /// Where the credit of the execution comes from.
    pub credits: Option<CreditAccount>,
}

impl Allowance {
    /// Of a workflow whose org limits nothing.
    pub fn of_workflow(rate_limit: RateLimit) -> Self {
        Self {
            rate_limit,
            is_rate_of_plan: false,
            per_day: None,
            is_day_of_plan: false,
            credits: None,
        }
    }

    /// With the limit a day that the profile of the webhook has by default.
    pub fn of_profile(self, profile: WebhookProfile) -> Self {
        Self {
            per_day: self.per_day.or(profile.webhooks_per_day()),
            ..self
        }
    }
}

impl OrgLimits {
    /// What a webhook of a workflow with this rate limit is allowed; `None` where the plan has no webhook triggers.
    pub fn allowance(&self, org: OrgId, own: RateLimit, now: Timestamp) -> Option<Allowance> {
        let of_plan = self.webhooks_per_minute.map(RateLimit::per_minute);
        let rate_limit = of_plan.map_or(own, |of_plan| own.lower(of_plan));
        self.webhook_triggers.then_some(Allowance {
            rate_limit,
            is_rate_of_plan: rate_limit != own,
            per_day: self.webhooks_per_day,
            is_day_of_plan: self.webhooks_per_day.is_some(),
            credits: self.credit_account(org, now),
        })
    }

    /// Where the credit of an execution comes from; `None` where executions cost none.
    pub fn credit_account(&self, org: OrgId, now: Timestamp) -> Option<CreditAccount> {
        self.monthly_credits.map(|limit| CreditAccount {
            org,
            month: Month::of(now),
            limit,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Plan;

    fn allowance(limits: OrgLimits, own: RateLimit) -> Option<Allowance> {
        let now = Timestamp::from_millis(1_781_612_250_231);
        limits.allowance(OrgId::derived(&["one"]), own, now)
    }

    #[test]
    fn the_lower_rate_limit_counts() {
        let limits = OrgLimits {
            webhooks_per_minute: Some(60),
            ..Plan::Custom.limits()
        };
        let slower = RateLimit::new(10, 0.5).unwrap();
        let allowed = allowance(limits, slower).unwrap();
        assert_eq!(allowed, Allowance::of_workflow(slower));
        let faster = RateLimit::new(10, 5.0).unwrap();
        let allowed = allowance(limits, faster).unwrap();
        assert_eq!(allowed.rate_limit, RateLimit::new(10, 1.0).unwrap());
        assert!(allowed.is_rate_of_plan);
    }

    #[test]
    fn a_plan_without_webhook_triggers_allows_none() {
        let off = OrgLimits {
            webhook_triggers: false,
            ..Plan::Pro.limits()
        };
        assert_eq!(allowance(off, RateLimit::default()), None);
    }

    #[test]
    fn an_org_without_limits_allows_what_the_workflow_does() {
        let own = RateLimit::per_minute(7);
        let allowed = allowance(Plan::Pro.limits(), own);
        assert_eq!(allowed, Some(Allowance::of_workflow(own)));
    }

    #[test]
    fn a_profile_limits_the_day_where_the_plan_does_not() {
        let own = Allowance::of_workflow(RateLimit::default());
        assert_eq!(own.of_profile(WebhookProfile::Native), own);
        let of_profile = own.of_profile(WebhookProfile::Refly);
        assert_eq!(of_profile.per_day, Some(10_000));
        assert!(!of_profile.is_day_of_plan);
        let limits = OrgLimits {
            webhooks_per_day: Some(20_000),
            ..Plan::Custom.limits()
        };
        let of_plan = allowance(limits, RateLimit::default()).unwrap();
        let of_plan = of_plan.of_profile(WebhookProfile::Refly);
        assert_eq!(of_plan.per_day, Some(20_000));
        assert!(of_plan.is_day_of_plan);
    }

    #[test]
    fn credits_are_those_of_the_month() {
        let allowed = allowance(Plan::Free.limits(), RateLimit::default()).unwrap();
        let account = allowed.credits.unwrap();
        assert_eq!(account.month.to_string(), "2026-06");
        assert_eq!(Some(account.limit), Plan::Free.limits().monthly_credits);
    }
}
