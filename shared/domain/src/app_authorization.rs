//! App authorization, as clients of HAP use it: a request presents an `AppKey` with a `Sign` that was made with the secret
//! key. It does not know where keys are stored, nor how they are encrypted.

mod claim;
mod credentials;
mod fields;

pub use claim::AppClaim;
pub use credentials::AppCredentials;
pub use fields::without_app_credentials;

use crate::{Sealed, SecretHash, Timestamp};

/// The keys of a trigger whose requests present an `AppKey` with a `Sign`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppAuthorization {
    /// The newest keys.
    pub current: StoredAppKeys,
    /// The former keys, and the moment from which they are no longer valid.
    pub previous: Option<(StoredAppKeys, Timestamp)>,
}

/// One `AppKey` with its secret key, as a trigger's record has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAppKeys {
    /// The hash of the `AppKey` with its fixed `Sign`: a request that presents both is verified without decrypting
    /// anything.
    pub fixed: SecretHash,
    /// The [`AppCredentials`], encrypted: a `Sign` with a timestamp is verified with the secret key.
    pub sealed: Sealed,
}

impl AppAuthorization {
    /// The first keys.
    pub fn new(current: StoredAppKeys) -> Self {
        Self {
            current,
            previous: None,
        }
    }

    /// The keys that are valid now, the current ones first.
    pub fn live(&self, now: Timestamp) -> impl Iterator<Item = &StoredAppKeys> {
        let previous = self.previous.as_ref();
        let previous = previous.filter(move |(_, until)| now < *until);
        std::iter::once(&self.current).chain(previous.map(|(keys, _)| keys))
    }

    /// Makes the current keys the previous ones, valid for `overlap_secs` more; with 0 they are invalid at once.
    #[must_use]
    pub fn rotate(&self, fresh: StoredAppKeys, overlap_secs: u32, now: Timestamp) -> Self {
        let until = now.plus_secs(i64::from(overlap_secs));
        Self {
            current: fresh,
            previous: (overlap_secs > 0).then(|| (self.current.clone(), until)),
        }
    }
}

#[cfg(test)]
mod tests;
