//! The event that an org has used up the credits of a month.

use serde_json::json;

use crate::outbound::{Event, EventType, Subject};
use crate::{CreditAccount, EventId, Tenant, Timestamp};

/// The event of one environment of the org. Its id depends on the environment and the month only, so it is sent once a
/// month, whoever makes it and however often.
pub fn credits_exhausted(tenant: Tenant, account: CreditAccount, now: Timestamp) -> Event {
    let month = account.month.to_string();
    Event {
        id: EventId::derived(&["credits.exhausted", &tenant.to_string(), &month]),
        tenant,
        event_type: EventType::CreditsExhausted,
        at: now,
        subject: Subject::default(),
        hops: 0,
        data: json!({ "monthlyCredits": account.limit, "month": month }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Environment, Month, OrgId};

    #[test]
    fn an_environment_has_one_event_a_month() {
        let org = OrgId::derived(&["one"]);
        let event = |environment, at_ms, limit| {
            let now = Timestamp::from_millis(at_ms);
            let account = CreditAccount {
                org,
                month: Month::of(now),
                limit,
            };
            credits_exhausted(Tenant { org, environment }, account, now).id
        };
        const DAY_MS: i64 = 86_400_000;
        let first = event(Environment::Test, 0, 10);
        assert_eq!(event(Environment::Test, 30 * DAY_MS, 20), first);
        assert_ne!(event(Environment::Test, 31 * DAY_MS, 10), first);
        assert_ne!(event(Environment::Live, 0, 10), first);
    }
}
