//! Limits how many deliveries of one org a batch attempts at the same time, so that the slow receivers of one org do not
//! occupy whole batches. It does not know what an attempt is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::OrgId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Attempts of one org that a batch makes at the same time, of the ten messages that a batch holds.
const MAX_PER_ORG: usize = 4;
/// How long a delivery waits for a slot. Receivers that answer in the usual time free it sooner.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// The slots of one batch.
#[derive(Default)]
pub(crate) struct OrgSlots {
    by_org: Mutex<HashMap<OrgId, Arc<Semaphore>>>,
}

impl OrgSlots {
    /// Waits for a slot of that org, which is free again once it is dropped. `None` where no slot becomes free in time.
    pub(crate) async fn acquire(&self, org: OrgId) -> Option<OwnedSemaphorePermit> {
        let slots = {
            let mut by_org = self.by_org.lock().unwrap_or_else(PoisonError::into_inner);
            let slots = by_org.entry(org);
            Arc::clone(slots.or_insert_with(|| Arc::new(Semaphore::new(MAX_PER_ORG))))
        };
        let acquired = tokio::time::timeout(MAX_WAIT, slots.acquire_owned()).await;
        acquired.ok()?.ok()
    }
}
