//! Secrets as they are kept: ciphertext that only the vault opens, and whose it is. What opens for one owner opens for
//! no other. It does not know how they are sealed, nor what is in them.

use std::fmt;

use crate::{SecretName, SubscriptionId, Tenant, Timestamp, TriggerId};

/// A value that only the key service can read. Every sealing gives other bytes.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    pub fn from_stored(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// Whose secret it is: part of what it is sealed with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SecretOwner {
    /// A secret that workflows of the tenant may declare.
    Workflows { tenant: Tenant, name: SecretName },
    /// What requests to a trigger are verified with.
    Trigger { tenant: Tenant, id: TriggerId },
    /// What deliveries to a subscription are signed with.
    Subscription { tenant: Tenant, id: SubscriptionId },
}

/// A secret, and the one before it while a rotation overlaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecrets {
    pub current: Sealed,
    /// The former one, and the moment from which it no longer counts.
    pub previous: Option<(Sealed, Timestamp)>,
}

impl SealedSecrets {
    pub fn new(current: Sealed) -> Self {
        Self {
            current,
            previous: None,
        }
    }

    /// Those that count now, the current one first.
    pub fn live(&self, now: Timestamp) -> impl Iterator<Item = &Sealed> {
        let previous = self.previous.as_ref();
        let previous = previous.filter(move |(_, until)| now < *until);
        std::iter::once(&self.current).chain(previous.map(|(sealed, _)| sealed))
    }

    /// The current one becomes the previous one for `overlap_secs`; with none it ends at once.
    #[must_use]
    pub fn rotate(&self, fresh: Sealed, overlap_secs: u32, now: Timestamp) -> Self {
        let until = now.plus_secs(i64::from(overlap_secs));
        Self {
            current: fresh,
            previous: (overlap_secs > 0).then(|| (self.current.clone(), until)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(text: &str) -> Sealed {
        Sealed::from_stored(text.as_bytes().to_vec())
    }

    #[test]
    fn both_secrets_count_while_a_rotation_overlaps() {
        let now = Timestamp::from_millis(1_000_000);
        let rotated = SealedSecrets::new(sealed("old")).rotate(sealed("new"), 60, now);
        let live = |at: Timestamp| rotated.live(at).cloned().collect::<Vec<_>>();
        assert_eq!(
            live(now.plus_millis(59_999)),
            [sealed("new"), sealed("old")]
        );
        assert_eq!(live(now.plus_secs(60)), [sealed("new")]);
        let at_once = SealedSecrets::new(sealed("old")).rotate(sealed("new"), 0, now);
        assert_eq!(at_once.previous, None);
    }
}
