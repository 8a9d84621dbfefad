//! API keys (`sk_test_…`, `sk_live_…`), their scopes, and the caller that a key identifies.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::{ApiKeyId, Environment, Secret, SecretHash, Tenant, Timestamp};

/// What a key may do. `admin` may do everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Scope {
    /// Create, change and delete.
    Admin,
    /// Read workflows, triggers and history.
    Read,
    /// Publish events.
    Publish,
}

/// A key in the clear: 256 random bits, base64url, after its prefix.
#[derive(Clone, Debug)]
pub struct ApiKey {
    secret: Secret,
    environment: Environment,
}

/// The text does not have the form of an API key.
#[derive(Debug, thiserror::Error)]
#[error("expected a key of the form sk_test_… or sk_live_…")]
pub struct InvalidApiKey;

impl ApiKey {
    /// A new key.
    pub fn from_random(environment: Environment, bits: [u8; 32]) -> Self {
        let text = format!(
            "sk_{}_{}",
            environment.as_str(),
            URL_SAFE_NO_PAD.encode(bits)
        );
        Self {
            secret: Secret::from_caller(text),
            environment,
        }
    }

    /// Reads a key that a request presents.
    pub fn parse(text: &str) -> Result<Self, InvalidApiKey> {
        let (environment, bits) = match text.strip_prefix("sk_").and_then(|t| t.split_once('_')) {
            Some(("test", bits)) => (Environment::Test, bits),
            Some(("live", bits)) => (Environment::Live, bits),
            _ => return Err(InvalidApiKey),
        };
        let decoded = URL_SAFE_NO_PAD.decode(bits).map_err(|_| InvalidApiKey)?;
        if decoded.len() != 32 {
            return Err(InvalidApiKey);
        }
        Ok(Self {
            secret: Secret::from_caller(text),
            environment,
        })
    }

    /// The environment that the key belongs to.
    pub fn environment(&self) -> Environment {
        self.environment
    }

    /// The text of the key, for the one answer that shows it.
    pub fn reveal(&self) -> &str {
        self.secret.reveal()
    }

    /// The hash that is stored.
    pub fn hash(&self) -> SecretHash {
        self.secret.hash()
    }

    /// The last four characters, which let a person tell keys apart.
    pub fn last4(&self) -> String {
        let text = self.reveal();
        text[text.len() - 4..].to_owned()
    }
}

/// What is stored of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// Its id, by which it is revoked.
    pub id: ApiKeyId,
    /// The owner.
    pub tenant: Tenant,
    /// The name that a person gave it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The hash of its text.
    pub hash: SecretHash,
    /// The last four characters of its text.
    pub last4: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// To the minute, so that it is not written with every request.
    pub last_used_at: Option<Timestamp>,
    /// From then on it is refused; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// The hash of the key that this session was made with; `None` where it is no session. A session ends with that key.
    pub session_of: Option<SecretHash>,
}

impl ApiKeyRecord {
    /// Whether it is refused from now on.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Whether it was made with another key, to end soon.
    pub fn is_session(&self) -> bool {
        self.session_of.is_some()
    }
}

/// The caller of a request: the owner of the key that it presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The key.
    pub key: ApiKeyId,
    /// The owner of the key.
    pub tenant: Tenant,
    /// What the key may do.
    pub scopes: Vec<Scope>,
}

impl Caller {
    /// Whether the key has the scope, or `admin`.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&Scope::Admin) || self.scopes.contains(&scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_and_knows_its_environment() {
        let key = ApiKey::from_random(Environment::Live, [251; 32]);
        let parsed = ApiKey::parse(key.reveal()).unwrap();
        assert_eq!(parsed.environment(), Environment::Live);
        assert!(parsed.hash().matches(&key.hash()));
        assert_eq!(key.last4().len(), 4);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in [
            "",
            "sk_",
            "sk_test_",
            "sk_prod_AAAA",
            "sk_test_AAAA",
            "pk_test_x",
        ] {
            assert!(ApiKey::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn admin_may_do_what_the_other_scopes_may() {
        let tenant = Tenant {
            org: crate::OrgId::derived(&["o"]),
            environment: Environment::Test,
        };
        let caller = |scopes| Caller {
            key: ApiKeyId::derived(&["k"]),
            tenant,
            scopes,
        };
        assert!(caller(vec![Scope::Admin]).may(Scope::Read));
        assert!(!caller(vec![Scope::Read]).may(Scope::Admin));
    }
}
