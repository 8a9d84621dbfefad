//! The look-ups of hook ids that a warm container remembers. It does not know what a configuration decides.

use domain::{Secret, SecretHash, Timestamp};
use store::{BoundedCache, HookTarget, StoreError};

/// Hook ids that a warm container remembers.
const REMEMBERED: usize = 2_000;
/// Unknown hook ids that a warm container remembers.
const REMEMBERED_UNKNOWN: usize = 2_000;
/// An unknown hook id is looked up at most once in this time, so that guessing costs few reads.
const UNKNOWN_MS: i64 = 1_000;

/// The look-ups that one container remembers. A hook id never names another trigger, so what was found stays right; that
/// the hook id is reset or deleted is seen in the configuration of its workflow. One that was not found is read again.
pub(crate) struct HookIds {
    known: BoundedCache<SecretHash, HookTarget>,
    /// Apart from the known ones, so that guesses displace none of them.
    unknown: BoundedCache<SecretHash, ()>,
}

impl Default for HookIds {
    fn default() -> Self {
        Self {
            known: BoundedCache::new(REMEMBERED),
            unknown: BoundedCache::with_time_to_live(REMEMBERED_UNKNOWN, UNKNOWN_MS),
        }
    }
}

impl HookIds {
    /// The trigger that a hook id was made for: remembered, or else read.
    pub(crate) async fn find(
        &self,
        stored: &store::HookIds,
        hook_id: &Secret,
        now: Timestamp,
    ) -> Result<Option<HookTarget>, StoreError> {
        let hash = hook_id.hash();
        if let Some(known) = self.known.get(&hash, now) {
            return Ok(Some(known));
        }
        if self.unknown.get(&hash, now).is_some() {
            return Ok(None);
        }
        let found = stored.find(&hash).await?;
        match found {
            Some(target) => self.known.insert(hash, target, now),
            None => self.unknown.insert(hash, (), now),
        }
        Ok(found)
    }
}
