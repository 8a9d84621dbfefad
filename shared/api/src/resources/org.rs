//! An org as JSON: its plan, its limits, and what it uses. No request changes one: the operator does.

use domain::{Org, OrgLimits};
use serde_json::{Value, json};

use super::workflow::rate_limit;

/// What an org uses of what it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Its active workflows, over both environments.
    pub active_workflows: u64,
    /// The credits that it has used this month; `None` where executions cost none.
    pub credits: Option<u64>,
}

/// An org with its limits, where `null` is unlimited, and what it uses.
pub fn view(org: &Org, used: Usage) -> Value {
    json!({
        "id": org.id,
        "name": org.name,
        "plan": org.plan.as_str(),
        "limits": limits(&org.limits),
        "used": {
            "activeWorkflows": used.active_workflows,
            "credits": used.credits,
        },
    })
}

fn limits(limits: &OrgLimits) -> Value {
    json!({
        "webhookTriggers": limits.webhook_triggers,
        "activeWorkflows": limits.active_workflows,
        "defaultRateLimit": rate_limit(limits.default_rate_limit),
        "webhooksPerMinute": limits.webhooks_per_minute,
        "webhooksPerDay": limits.webhooks_per_day,
        "monthlyCredits": limits.monthly_credits,
    })
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
