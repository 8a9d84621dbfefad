//! Encrypting secrets with KMS. What was encrypted for one owner can be decrypted for no other: KMS authenticates the
//! owner as the encryption context. It does not know where the encrypted values are stored.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use aws_sdk_kms::Client;
use aws_sdk_kms::error::SdkError;
use aws_sdk_kms::operation::decrypt::DecryptError;
use aws_sdk_kms::primitives::Blob;
use domain::{Sealed, SecretOwner, Tenant, Timestamp};

use crate::StoreError;
use crate::cache::BoundedCache;

/// How long a decrypted secret is remembered. It bounds what KMS costs, and how long a secret can still be used after the
/// permission to decrypt it was removed.
const TRUSTED_MS: i64 = 300_000;
/// Decrypted secrets that a warm container remembers.
const REMEMBERED: usize = 500;

/// Encrypts and decrypts under the deployment's key for secrets.
#[derive(Clone)]
pub struct KmsCipher {
    client: Client,
    /// The key's ARN.
    key: String,
    plaintexts: Arc<BoundedCache<CacheKey, Arc<[u8]>>>,
}

/// Whose ciphertext it is, and the ciphertext.
type CacheKey = (SecretOwner, Sealed);

impl KmsCipher {
    pub(crate) fn new(client: Client, key: String) -> Self {
        Self {
            client,
            key,
            plaintexts: Arc::new(BoundedCache::with_time_to_live(REMEMBERED, TRUSTED_MS)),
        }
    }

    /// Encrypts at most `domain::MAX_SECRET_BYTES`.
    pub async fn encrypt(
        &self,
        owner: &SecretOwner,
        plaintext: &[u8],
    ) -> Result<Sealed, StoreError> {
        let answer = self
            .client
            .encrypt()
            .key_id(&self.key)
            .plaintext(Blob::new(plaintext))
            .set_encryption_context(Some(context(owner)))
            .send()
            .await
            .map_err(|error| unavailable("encrypt a secret", &error))?;
        let sealed = answer.ciphertext_blob.map(Blob::into_inner);
        sealed
            .map(Sealed::from_stored)
            .ok_or_else(|| StoreError::Unavailable {
                operation: "encrypt a secret",
                cause: "the answer has no ciphertext".to_owned(),
            })
    }

    /// Decrypts what was encrypted for this owner. `BadRecord` where it was not: another attempt does not help.
    pub async fn decrypt(
        &self,
        owner: &SecretOwner,
        sealed: &Sealed,
        now: Timestamp,
    ) -> Result<Arc<[u8]>, StoreError> {
        let cache_key = (owner.clone(), sealed.clone());
        if let Some(known) = self.plaintexts.get(&cache_key, now) {
            return Ok(known);
        }
        let answer = self
            .client
            .decrypt()
            .key_id(&self.key)
            .ciphertext_blob(Blob::new(sealed.as_bytes()))
            .set_encryption_context(Some(context(owner)))
            .send()
            .await
            .map_err(|error| decrypt_error(&error))?;
        let plaintext = answer.plaintext.map(Blob::into_inner);
        let plaintext: Arc<[u8]> = plaintext.unwrap_or_default().into();
        self.plaintexts
            .insert(cache_key, Arc::clone(&plaintext), now);
        Ok(plaintext)
    }
}

/// It holds plaintexts, so it shows nothing.
impl fmt::Debug for KmsCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KmsCipher(…)")
    }
}

fn context(owner: &SecretOwner) -> HashMap<String, String> {
    let of_tenant = |tenant: &Tenant, name: &str, value: String| {
        HashMap::from([
            ("org".to_owned(), tenant.org.to_string()),
            (
                "environment".to_owned(),
                tenant.environment.as_str().to_owned(),
            ),
            (name.to_owned(), value),
        ])
    };
    match owner {
        SecretOwner::Workflows { tenant, name } => of_tenant(tenant, "name", name.to_string()),
        SecretOwner::Trigger { tenant, id } => of_tenant(tenant, "id", id.to_string()),
        SecretOwner::TriggerToken { tenant, id } => of_tenant(tenant, "token", id.to_string()),
        SecretOwner::Subscription { tenant, id } => of_tenant(tenant, "id", id.to_string()),
    }
}

fn decrypt_error<R: fmt::Debug + 'static>(error: &SdkError<DecryptError, R>) -> StoreError {
    match error.as_service_error() {
        Some(DecryptError::InvalidCiphertextException(_)) => {
            StoreError::bad("a secret", "it was encrypted for another owner, or altered")
        }
        Some(DecryptError::IncorrectKeyException(_)) => {
            StoreError::bad("a secret", "it was encrypted with another key")
        }
        _ => unavailable("decrypt a secret", error),
    }
}

fn unavailable<E, R>(operation: &'static str, error: &SdkError<E, R>) -> StoreError
where
    E: Error + 'static,
    R: fmt::Debug + 'static,
{
    StoreError::Unavailable {
        operation,
        cause: cause(error),
    }
}

/// The sentences of an error and its sources. Its `Debug` form would hold the answer as it came,
/// which may be a plaintext.
fn cause(error: &dyn Error) -> String {
    let mut cause = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        cause = format!("{cause}: {inner}");
        source = inner.source();
    }
    cause
}
