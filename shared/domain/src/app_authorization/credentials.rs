//! An `AppKey` with its secret key, in the clear, and the two forms of `Sign` that they make.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::signature::hex;
use crate::{Secret, SecretHash};

/// Bytes of the random text of which an `AppKey` is made: it names the keys, and is no proof of anything.
const APP_KEY_BYTES: usize = 16;

/// An `AppKey` and its secret key. It never prints itself.
#[derive(Clone)]
pub struct AppCredentials {
    app_key: String,
    secret_key: Secret,
}

impl AppCredentials {
    /// New keys: `name` becomes the `AppKey`, and `secret` the secret key.
    pub fn from_random(name: u128, secret: [u8; 32]) -> Self {
        let name: [u8; APP_KEY_BYTES] = name.to_be_bytes();
        Self {
            app_key: hex(&name),
            secret_key: Secret::from_random(secret),
        }
    }

    /// Reads what [`Self::plaintext`] writes.
    pub fn parse(plaintext: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(plaintext).ok()?;
        let (app_key, secret_key) = text.split_once(':')?;
        Some(Self {
            app_key: app_key.to_owned(),
            secret_key: Secret::from_caller(secret_key),
        })
    }

    /// What is encrypted: both keys.
    pub fn plaintext(&self) -> Secret {
        Secret::from_caller(format!("{}:{}", self.app_key, self.secret_key.reveal()))
    }

    /// The name of the keys.
    pub fn app_key(&self) -> &str {
        &self.app_key
    }

    /// Signs requests with a timestamp. It is never sent.
    pub fn secret_key(&self) -> &Secret {
        &self.secret_key
    }

    /// The `Sign` that is the same in every request: 88 characters.
    pub fn fixed_sign(&self) -> Secret {
        self.sign("")
    }

    /// The `Sign` of a request with this timestamp, in milliseconds since 1970 as the request writes them.
    pub fn timestamped_sign(&self, timestamp: &str) -> Secret {
        self.sign(&format!("&Timestamp={timestamp}"))
    }

    /// The hash that the record keeps.
    pub fn fixed_hash(&self) -> SecretHash {
        presented(&self.app_key, self.fixed_sign().reveal())
    }

    /// Base64 of the SHA-256 in hexadecimal, as HAP's API of organisations documents it.
    fn sign(&self, rest: &str) -> Secret {
        let secret_key = self.secret_key.reveal();
        let signed = format!("AppKey={}&SecretKey={secret_key}{rest}", self.app_key);
        let digest = hex(&Sha256::digest(signed.as_bytes()));
        Secret::from_caller(STANDARD.encode(digest))
    }
}

impl fmt::Debug for AppCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppCredentials(…)")
    }
}

/// The hash of an `AppKey` with a `Sign`, so that both are compared at once and in constant time.
pub(super) fn presented(app_key: &str, sign: &str) -> SecretHash {
    Secret::from_caller(format!("{}:{app_key}{sign}", app_key.len())).hash()
}
