//! Encrypted secrets and their owners. The owner is part of the encryption context, so that a ciphertext that is copied to
//! another owner cannot be decrypted. It does not know how secrets are encrypted, nor what they contain.

use std::fmt;

use crate::{SecretName, SubscriptionId, Tenant, Timestamp, TriggerId};

/// The ciphertext of a secret. Encrypting the same secret twice gives different bytes.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// A ciphertext that was stored, or that the key service made.
    pub fn from_stored(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The ciphertext.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// The owner of a secret, which is part of its encryption context.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SecretOwner {
    /// A secret that workflows of the tenant may declare.
    Workflows {
        /// The owner of the workflows.
        tenant: Tenant,
        /// The name under which they declare it.
        name: SecretName,
    },
    /// The key that verifies requests to a trigger.
    Trigger {
        /// The owner of the trigger.
        tenant: Tenant,
        /// The trigger.
        id: TriggerId,
    },
    /// The token in a trigger's URL, which an admin may read again.
    TriggerToken {
        /// The owner of the trigger.
        tenant: Tenant,
        /// The trigger.
        id: TriggerId,
    },
    /// The key that signs deliveries to a subscription.
    Subscription {
        /// The owner of the subscription.
        tenant: Tenant,
        /// The subscription.
        id: SubscriptionId,
    },
}

/// A secret, and the one before it while a rotation overlaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecrets {
    /// The newest secret.
    pub current: Sealed,
    /// The former secret, and the moment from which it is no longer valid.
    pub previous: Option<(Sealed, Timestamp)>,
}

impl SealedSecrets {
    /// A first secret.
    pub fn new(current: Sealed) -> Self {
        Self {
            current,
            previous: None,
        }
    }

    /// The secrets that are valid now, the current one first.
    pub fn live(&self, now: Timestamp) -> impl Iterator<Item = &Sealed> {
        let previous = self.previous.as_ref();
        let previous = previous.filter(move |(_, until)| now < *until);
        std::iter::once(&self.current).chain(previous.map(|(sealed, _)| sealed))
    }

    /// Makes the current secret the previous one, valid for `overlap_secs` more; with 0 it is invalid at once.
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
    fn both_secrets_are_valid_while_a_rotation_overlaps() {
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
