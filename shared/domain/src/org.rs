//! An org: its plan, and what the plan allows. The numbers of every plan are in one table. It does not know how much an
//! org has used.

use std::fmt;
use std::str::FromStr;

use crate::{OrgId, RateLimit};

/// The name of an org, in characters.
pub const MAX_ORG_NAME_CHARS: usize = 200;
/// The largest number that a limit of an org can be: one billion.
pub const MAX_ORG_LIMIT: u64 = 1_000_000_000;

/// What an org pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Three active workflows, and limits on what they run.
    Free,
    /// Any number of workflows.
    Pro,
    /// The same, with a higher rate limit.
    Ultra,
    /// Nothing is limited but what the operator limits. The plan of an org that the operator never gave one.
    Custom,
}

/// What an org may use. `None` is unlimited.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrgLimits {
    /// Whether webhooks may trigger workflows.
    pub webhook_triggers: bool,
    /// Active workflows, over both environments.
    pub active_workflows: Option<u64>,
    /// The rate limit of a workflow that has none of its own.
    pub default_rate_limit: RateLimit,
    /// Executions that the webhooks of one workflow may begin in a minute.
    pub webhooks_per_minute: Option<u32>,
    /// Executions that the webhooks of one workflow may begin in a day of UTC.
    pub webhooks_per_day: Option<u32>,
    /// Executions in a month of UTC, over both environments.
    pub monthly_credits: Option<u64>,
}

/// An org as its operator set it.
#[derive(Clone, Debug, PartialEq)]
pub struct Org {
    /// Its id.
    pub id: OrgId,
    /// A name for people.
    pub name: String,
    /// Its plan.
    pub plan: Plan,
    /// What it may use: the plan's numbers, or those that the operator chose instead.
    pub limits: OrgLimits,
    /// Increases with each change; 0 where the operator has set nothing.
    pub revision: u64,
}

/// The text names no plan.
#[derive(Debug, thiserror::Error)]
#[error("the plans are free, pro, ultra and custom")]
pub struct UnknownPlan;

impl Plan {
    /// Every plan.
    pub const ALL: [Self; 4] = [Self::Free, Self::Pro, Self::Ultra, Self::Custom];

    /// As JSON and records write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Pro => "pro",
            Self::Ultra => "ultra",
            Self::Custom => "custom",
        }
    }

    /// The table of plans: what an org may use when it gets the plan.
    pub fn limits(self) -> OrgLimits {
        match self {
            Self::Free => OrgLimits {
                active_workflows: Some(3),
                webhooks_per_minute: Some(100),
                webhooks_per_day: Some(10_000),
                monthly_credits: Some(10_000),
                ..OrgLimits::with_default_rate(100)
            },
            Self::Pro => OrgLimits::with_default_rate(600),
            Self::Ultra => OrgLimits::with_default_rate(6_000),
            Self::Custom => OrgLimits::with_default_rate(100),
        }
    }
}

impl FromStr for Plan {
    type Err = UnknownPlan;

    fn from_str(text: &str) -> Result<Self, UnknownPlan> {
        let known = Self::ALL.into_iter().find(|plan| plan.as_str() == text);
        known.ok_or(UnknownPlan)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl OrgLimits {
    /// Limits nothing but the rate of workflows that have no rate limit of their own.
    fn with_default_rate(per_minute: u32) -> Self {
        Self {
            webhook_triggers: true,
            active_workflows: None,
            default_rate_limit: RateLimit::per_minute(per_minute),
            webhooks_per_minute: None,
            webhooks_per_day: None,
            monthly_credits: None,
        }
    }

    /// Whether the beginning of an execution has to look at them at all.
    pub fn apply_to_executions(&self) -> bool {
        !self.webhook_triggers
            || self.webhooks_per_minute.is_some()
            || self.webhooks_per_day.is_some()
            || self.monthly_credits.is_some()
    }
}

impl Org {
    /// An org that its operator has set nothing of: only the custom plan's default rate limit applies.
    pub fn unlimited(id: OrgId) -> Self {
        Self {
            id,
            name: String::new(),
            plan: Plan::Custom,
            limits: Plan::Custom.limits(),
            revision: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_reads_back_from_its_name() {
        for plan in Plan::ALL {
            assert_eq!(plan.as_str().parse::<Plan>().unwrap(), plan);
        }
        assert!("Free".parse::<Plan>().is_err());
    }

    #[test]
    fn the_free_plan_has_three_active_workflows_and_the_paid_ones_any_number() {
        assert_eq!(Plan::Free.limits().active_workflows, Some(3));
        for plan in [Plan::Pro, Plan::Ultra, Plan::Custom] {
            assert_eq!(plan.limits().active_workflows, None, "{plan}");
        }
    }

    #[test]
    fn executions_look_at_an_org_only_where_it_limits_them() {
        let of = |plan: Plan| plan.limits().apply_to_executions();
        let applies = Plan::ALL.map(of);
        assert_eq!(applies, [true, false, false, false]);
        let off = OrgLimits {
            webhook_triggers: false,
            ..Plan::Pro.limits()
        };
        assert!(off.apply_to_executions());
        let few_workflows = OrgLimits {
            active_workflows: Some(1),
            ..Plan::Pro.limits()
        };
        assert!(!few_workflows.apply_to_executions());
    }

    #[test]
    fn the_default_rate_limit_of_no_plan_is_that_of_workflows() {
        let org = Org::unlimited(OrgId::derived(&["one"]));
        assert_eq!(org.limits.default_rate_limit, RateLimit::default());
    }
}
