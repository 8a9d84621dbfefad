//! What the operator changes of an org, and which changes are refused. It does not know where orgs are stored.

use domain::{MAX_ORG_LIMIT, MAX_ORG_NAME_CHARS, Org, OrgLimits, Plan, RateLimit};

/// The changes that one command makes. `None` leaves a value as it is; a limit of `Some(None)` is unlimited.
#[derive(Clone, Debug, Default)]
pub struct OrgChange {
    /// The name for people.
    pub name: Option<String>,
    /// The plan, which sets every limit to its number; the limits named here replace those.
    pub plan: Option<Plan>,
    /// Whether webhooks may trigger workflows.
    pub webhook_triggers: Option<bool>,
    /// Active workflows.
    pub active_workflows: Option<Option<u64>>,
    /// Executions that webhooks of one workflow may begin in a minute.
    pub webhooks_per_minute: Option<Option<u64>>,
    /// The same in a day.
    pub webhooks_per_day: Option<Option<u64>>,
    /// Executions in a month.
    pub monthly_credits: Option<Option<u64>>,
    /// The rate limit of workflows that have none of their own.
    pub default_rate_limit: Option<RateLimit>,
}

/// A change is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrgChange {
    /// The name is too long.
    #[error("a name has at most {MAX_ORG_NAME_CHARS} characters")]
    NameTooLong,
    /// A number is out of range.
    #[error("{what} is from {least} to {most}, or none")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// The smallest that is allowed.
        least: u64,
        /// The largest that is allowed.
        most: u64,
    },
}

impl OrgChange {
    /// The org with the changes, as its next revision.
    pub(crate) fn apply(&self, old: &Org) -> Result<Org, InvalidOrgChange> {
        let name = self.name.as_ref().unwrap_or(&old.name);
        if name.chars().count() > MAX_ORG_NAME_CHARS {
            return Err(InvalidOrgChange::NameTooLong);
        }
        let limits = self.plan.map_or(old.limits, Plan::limits);
        Ok(Org {
            id: old.id,
            name: name.clone(),
            plan: self.plan.unwrap_or(old.plan),
            limits: self.limits(limits)?,
            revision: old.revision + 1,
        })
    }

    fn limits(&self, old: OrgLimits) -> Result<OrgLimits, InvalidOrgChange> {
        let active = ("the number of active workflows", 0, MAX_ORG_LIMIT);
        let credits = ("the number of credits", 0, MAX_ORG_LIMIT);
        Ok(OrgLimits {
            webhook_triggers: self.webhook_triggers.unwrap_or(old.webhook_triggers),
            active_workflows: number(self.active_workflows, old.active_workflows, active)?,
            default_rate_limit: self.default_rate_limit.unwrap_or(old.default_rate_limit),
            webhooks_per_minute: rate(
                self.webhooks_per_minute,
                old.webhooks_per_minute,
                ("the number of webhooks a minute", 1, 100_000),
            )?,
            webhooks_per_day: rate(
                self.webhooks_per_day,
                old.webhooks_per_day,
                ("the number of webhooks a day", 1, MAX_ORG_LIMIT),
            )?,
            monthly_credits: number(self.monthly_credits, old.monthly_credits, credits)?,
        })
    }
}

fn number(
    new: Option<Option<u64>>,
    old: Option<u64>,
    (what, least, most): (&'static str, u64, u64),
) -> Result<Option<u64>, InvalidOrgChange> {
    match new {
        Some(Some(number)) if !(least..=most).contains(&number) => {
            Err(InvalidOrgChange::OutOfRange { what, least, most })
        }
        Some(new) => Ok(new),
        None => Ok(old),
    }
}

fn rate(
    new: Option<Option<u64>>,
    old: Option<u32>,
    range: (&'static str, u64, u64),
) -> Result<Option<u32>, InvalidOrgChange> {
    let number = number(new, old.map(u64::from), range)?;
    Ok(number.map(|number| u32::try_from(number).unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use domain::OrgId;

    use super::*;

    fn org() -> Org {
        Org::unlimited(OrgId::derived(&["one"]))
    }

    fn refused(change: OrgChange) -> InvalidOrgChange {
        change.apply(&org()).unwrap_err()
    }

    #[test]
    fn a_plan_sets_every_limit_and_a_named_limit_replaces_its_number() {
        let change = OrgChange {
            plan: Some(Plan::Free),
            active_workflows: Some(Some(5)),
            monthly_credits: Some(None),
            ..OrgChange::default()
        };
        let org = change.apply(&org()).unwrap();
        assert_eq!((org.plan, org.revision), (Plan::Free, 1));
        let expected = OrgLimits {
            active_workflows: Some(5),
            monthly_credits: None,
            ..Plan::Free.limits()
        };
        assert_eq!(org.limits, expected);
    }

    #[test]
    fn what_is_not_named_stays_as_it_is() {
        let change = OrgChange {
            plan: Some(Plan::Free),
            name: Some("One".into()),
            ..OrgChange::default()
        };
        let first = change.apply(&org()).unwrap();
        let again = OrgChange::default().apply(&first).unwrap();
        let expected = Org {
            revision: 2,
            ..first
        };
        assert_eq!(again, expected);
    }

    #[test]
    fn a_name_has_at_most_200_characters() {
        let named = |chars| OrgChange {
            name: Some("é".repeat(chars)),
            ..OrgChange::default()
        };
        assert!(named(200).apply(&org()).is_ok());
        assert_eq!(refused(named(201)), InvalidOrgChange::NameTooLong);
    }

    #[test]
    fn every_number_has_a_range() {
        let credits = |number| OrgChange {
            monthly_credits: Some(Some(number)),
            ..OrgChange::default()
        };
        assert!(credits(MAX_ORG_LIMIT).apply(&org()).is_ok());
        refused(credits(MAX_ORG_LIMIT + 1));
        let a_minute = |number| OrgChange {
            webhooks_per_minute: Some(Some(number)),
            ..OrgChange::default()
        };
        assert!(a_minute(1).apply(&org()).is_ok());
        assert!(a_minute(100_000).apply(&org()).is_ok());
        refused(a_minute(0));
        refused(a_minute(100_001));
    }
}
