//! Secrets that a caller presents: stored only as SHA-256, compared in constant time. A secret has 256 random bits, so it
//! cannot be guessed from its hash, and needs no salt.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::Timestamp;

/// A secret in the clear, on its way in or out. It never prints itself.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// A secret that came in with a request.
    pub fn from_caller(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A new secret: 43 characters that are safe in a URL.
    pub fn from_random(bits: [u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bits))
    }

    /// A new hook id of the refly profile: `wh_` and 128 bits as 32 lower-case hexadecimal digits.
    pub fn refly_hook_id(bits: [u8; 32]) -> Self {
        let digits = bits.iter().take(16).map(|byte| format!("{byte:02x}"));
        Self(format!("wh_{}", digits.collect::<String>()))
    }

    /// The text of the secret, for an answer that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The hash that is stored.
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// SHA-256 of a secret; written as 43 characters of base64url.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Compares in constant time: how long it takes does not show where two hashes differ.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

impl Serialize for SecretHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SecretHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("expected a SHA-256 hash"))
    }
}

/// The token of a trigger, and the one before it while a rotation overlaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHashes {
    /// The newest token.
    pub current: SecretHash,
    /// The former token, and the moment from which it no longer works.
    pub previous: Option<(SecretHash, Timestamp)>,
}

impl TokenHashes {
    /// A first token.
    pub fn new(current: SecretHash) -> Self {
        Self {
            current,
            previous: None,
        }
    }

    /// Every token that is valid now or was until the overlap ended, the current one first.
    pub fn hashes(&self) -> impl Iterator<Item = SecretHash> {
        let previous = self.previous.as_ref().map(|(hash, _)| *hash);
        std::iter::once(self.current).chain(previous)
    }

    /// Whether the token is valid now.
    pub fn accept(&self, presented: &SecretHash, now: Timestamp) -> bool {
        let current = self.current.matches(presented);
        let previous = self
            .previous
            .as_ref()
            .is_some_and(|(hash, until)| hash.matches(presented) & (now < *until));
        current | previous
    }

    /// Makes the current token the previous one, valid for `overlap_secs` more; with 0 it is invalid at once.
    pub fn rotate(&self, fresh: SecretHash, overlap_secs: u32, now: Timestamp) -> Self {
        let until = now.plus_secs(i64::from(overlap_secs));
        Self {
            current: fresh,
            previous: (overlap_secs > 0).then_some((self.current, until)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotated_token_works_until_the_overlap_ends_and_not_after() {
        let (old, new) = (
            Secret::from_caller("old").hash(),
            Secret::from_caller("new").hash(),
        );
        let now = Timestamp::from_millis(1_000_000);
        let rotated = TokenHashes::new(old).rotate(new, 60, now);
        assert!(rotated.accept(&new, now));
        assert!(rotated.accept(&old, now.plus_millis(59_999)));
        assert!(!rotated.accept(&old, now.plus_secs(60)));
        assert!(!TokenHashes::new(old).rotate(new, 0, now).accept(&old, now));
    }

    #[test]
    fn a_secret_never_prints_itself() {
        assert_eq!(format!("{:?}", Secret::from_caller("canary")), "Secret(…)");
    }
}
