//! An org as JSON: its plan, its limits, and what it uses. No request changes one: the operator does.

use domain::{Org, OrgId, OrgLimits};
use serde::Serialize;

use super::workflow::{RateLimitView, rate_limit};

/// What an org uses of what it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Its active workflows, over both environments.
    pub active_workflows: u64,
    /// The credits that it has used this month; `None` where executions cost none.
    pub credits: Option<u64>,
}

/// An org with its limits, where `null` is unlimited, and what it uses.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OrgView<'a> {
    /// Its id.
    id: OrgId,
    /// A name for people.
    name: &'a str,
    /// Its plan.
    #[cfg_attr(test, schemars(extend("enum" = ["free", "pro", "ultra", "custom"])))]
    plan: &'static str,
    /// What it may use.
    limits: Limits,
    /// What it uses.
    used: Used,
}

/// What an org may use; `null` is unlimited.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "OrgLimits"))]
struct Limits {
    /// Whether webhooks may trigger workflows.
    webhook_triggers: bool,
    /// Active workflows, over both environments.
    active_workflows: Option<u64>,
    /// The rate limit of a workflow that has none of its own.
    default_rate_limit: RateLimitView,
    /// Executions that the webhooks of one workflow may begin in a minute.
    webhooks_per_minute: Option<u32>,
    /// Executions that the webhooks of one workflow may begin in a day of UTC.
    webhooks_per_day: Option<u32>,
    /// Executions in a month of UTC, over both environments.
    monthly_credits: Option<u64>,
}

/// What an org uses of what it may.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "OrgUse"))]
struct Used {
    /// Its active workflows, over both environments.
    active_workflows: u64,
    /// The credits that it has used this month; `null` where executions cost none.
    credits: Option<u64>,
}

/// An org as answers show it.
pub fn view(org: &Org, used: Usage) -> OrgView<'_> {
    OrgView {
        id: org.id,
        name: &org.name,
        plan: org.plan.as_str(),
        limits: limits(&org.limits),
        used: Used {
            active_workflows: used.active_workflows,
            credits: used.credits,
        },
    }
}

fn limits(limits: &OrgLimits) -> Limits {
    Limits {
        webhook_triggers: limits.webhook_triggers,
        active_workflows: limits.active_workflows,
        default_rate_limit: rate_limit(limits.default_rate_limit),
        webhooks_per_minute: limits.webhooks_per_minute,
        webhooks_per_day: limits.webhooks_per_day,
        monthly_credits: limits.monthly_credits,
    }
}

#[cfg(test)]
mod tests {
    use domain::{OrgId, Plan};

    use super::*;

    #[test]
    fn an_org_has_its_public_form() {
        let org = Org {
            id: OrgId::derived(&["one"]),
            name: "One".into(),
            plan: Plan::Free,
            limits: Plan::Free.limits(),
            revision: 3,
        };
        let used = Usage {
            active_workflows: 2,
            credits: Some(17),
        };
        insta::assert_json_snapshot!(view(&org, used));
    }
}
