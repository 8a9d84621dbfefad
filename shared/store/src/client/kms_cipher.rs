//! Sealing secrets with KMS. What was sealed for one owner opens for no other: KMS authenticates the owner as its
//! encryption context. It does not know where the sealed values lie.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_kms::Client;
use aws_sdk_kms::error::SdkError;
use aws_sdk_kms::operation::decrypt::DecryptError;
use aws_sdk_kms::primitives::Blob;
use domain::{Sealed, SecretOwner, Tenant, Timestamp};

use crate::StoreError;

/// How long an opened secret is remembered. It bounds what KMS costs, and how long a secret can still be used after the
/// right to open it was taken away.
const TRUSTED_MS: i64 = 300_000;
/// Opened secrets that a warm container remembers.
const REMEMBERED: usize = 500;

/// Encrypts and decrypts under the deployment's key for secrets.
#[derive(Clone)]
pub struct KmsCipher {
    client: Client,
    /// The key's ARN.
    key: String,
    opened: Arc<Mutex<HashMap<(SecretOwner, Sealed), Known>>>,
}

#[derive(Clone)]
struct Known {
    plaintext: Arc<[u8]>,
    opened_at: Timestamp,
}

impl KmsCipher {
    pub(crate) fn new(client: Client, key: String) -> Self {
        Self {
            client,
            key,
            opened: Arc::default(),
        }
    }

    /// Seals at most `domain::MAX_SECRET_BYTES`.
    pub async fn seal(&self, owner: &SecretOwner, plaintext: &[u8]) -> Result<Sealed, StoreError> {
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

    /// Opens what was sealed for this owner. `BadRecord` where it was not: asking again does not help.
    pub async fn open(
        &self,
        owner: &SecretOwner,
        sealed: &Sealed,
        now: Timestamp,
    ) -> Result<Arc<[u8]>, StoreError> {
        if let Some(known) = self.remembered(owner, sealed, now) {
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
            .map_err(|error| unopened(&error))?;
        let plaintext = answer.plaintext.map(Blob::into_inner);
        let plaintext: Arc<[u8]> = plaintext.unwrap_or_default().into();
        self.remember(owner, sealed, Arc::clone(&plaintext), now);
        Ok(plaintext)
    }

    fn remembered(
        &self,
        owner: &SecretOwner,
        sealed: &Sealed,
        now: Timestamp,
    ) -> Option<Arc<[u8]>> {
        let opened = self.opened();
        let known = opened.get(&(owner.clone(), sealed.clone()))?;
        let is_trusted = now.millis_since(known.opened_at) < TRUSTED_MS;
        is_trusted.then(|| Arc::clone(&known.plaintext))
    }

    fn remember(&self, owner: &SecretOwner, sealed: &Sealed, plaintext: Arc<[u8]>, now: Timestamp) {
        let mut opened = self.opened();
        if opened.len() >= REMEMBERED {
            opened.clear();
        }
        let known = Known {
            plaintext,
            opened_at: now,
        };
        opened.insert((owner.clone(), sealed.clone()), known);
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, HashMap<(SecretOwner, Sealed), Known>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// It holds what was opened, so it says nothing.
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
        SecretOwner::Subscription { tenant, id } => of_tenant(tenant, "id", id.to_string()),
    }
}

fn unopened<R: fmt::Debug + 'static>(error: &SdkError<DecryptError, R>) -> StoreError {
    match error.as_service_error() {
        Some(DecryptError::InvalidCiphertextException(_)) => {
            StoreError::bad("a secret", "it was sealed for another owner, or altered")
        }
        Some(DecryptError::IncorrectKeyException(_)) => {
            StoreError::bad("a secret", "it was sealed with another key")
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
