//! Secrets of workflows: their names, and what is known of them besides their values. It does not know the values, nor how
//! they are stored.

use std::fmt;

use crate::Timestamp;

/// The largest value, in bytes as compact JSON: the most that one call of KMS encrypts.
pub const MAX_SECRET_BYTES: usize = 4_096;

/// The name of a secret, unique in an org and environment. A workflow reads the secret as `$secrets.name`, or as
/// `$secrets["a-name"]` where the name has a hyphen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName(String);

/// The text is no name of a secret.
#[derive(Debug, thiserror::Error)]
#[error(
    "a secret's name is 1 to 64 letters, digits, hyphens and underscores of ASCII, and starts with a letter or an underscore"
)]
pub struct InvalidSecretName;

/// A secret as the API lists it, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRecord {
    /// Its name.
    pub name: SecretName,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its value was last set.
    pub updated_at: Timestamp,
}

impl SecretName {
    const MAX_CHARS: usize = 64;

    /// Checks the name.
    pub fn parse(text: &str) -> Result<Self, InvalidSecretName> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        let valid = text.len() <= Self::MAX_CHARS
            && text.bytes().all(known)
            && text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        valid
            .then(|| Self(text.to_owned()))
            .ok_or(InvalidSecretName)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_stand_in_an_expression() {
        for name in ["a", "_", "githubToken", "api-key_2", &"x".repeat(64)] {
            assert_eq!(SecretName::parse(name).unwrap().as_str(), name);
        }
        for text in ["", "2a", "-a", "a b", "a.b", "é", "a#b", &"x".repeat(65)] {
            assert!(SecretName::parse(text).is_err(), "{text}");
        }
    }
}
