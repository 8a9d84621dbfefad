//! The notice that an org has used up the credits of a month: an event for each of its environments, once a month. The
//! event is due as soon as it is recorded, so that a sweep has it fanned out.

use std::sync::Arc;

use domain::outbound::credits_exhausted;
use domain::{CreditAccount, Environment, Fingerprint, Month, OrgId, Tenant, Timestamp};
use futures::future::try_join_all;

use crate::cache::BoundedCache;
use crate::{Events, StoreError};

/// Orgs whose notice a warm container remembers.
const REMEMBERED: usize = 2_000;

/// Records the notices.
#[derive(Clone)]
pub struct CreditNotices {
    events: Events,
    recorded: Arc<BoundedCache<(OrgId, Month), ()>>,
}

impl CreditNotices {
    pub(crate) fn new(events: Events) -> Self {
        Self {
            events,
            recorded: Arc::new(BoundedCache::new(REMEMBERED)),
        }
    }

    /// Records the events of an account that was found without credit; a container does so once a month, and all of them
    /// together record each event once. A failure is only logged: the next request without credit tries again.
    pub async fn record(&self, account: CreditAccount, now: Timestamp) {
        let key = (account.org, account.month);
        if self.recorded.get(&key, now).is_some() {
            return;
        }
        match self.record_events(account, now).await {
            Ok(()) => self.recorded.insert(key, (), now),
            Err(error) => {
                tracing::error!(org = %account.org, %error, "the event that credits are used up was not recorded");
            }
        }
    }

    async fn record_events(
        &self,
        account: CreditAccount,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let events = [Environment::Test, Environment::Live].map(async |environment| {
            let tenant = Tenant {
                org: account.org,
                environment,
            };
            let event = credits_exhausted(tenant, account, now);
            // The same for every month and limit: whoever records the event first, it is this one.
            let fingerprint = Fingerprint::of_body(b"credits.exhausted");
            self.events.publish(&event, &fingerprint, now).await
        });
        try_join_all(events).await.map(drop)
    }
}
