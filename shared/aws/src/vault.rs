//! Sealing the values of secrets with KMS. What was sealed for one tenant and name opens for no
//! other: KMS authenticates them as its encryption context. It does not know where the sealed
//! values lie.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use aws_sdk_kms::Client;
use aws_sdk_kms::error::SdkError;
use aws_sdk_kms::primitives::Blob;
use domain::{SecretName, Tenant};
use serde_json::Value;

use crate::StoreError;

/// Encrypts and decrypts under the deployment's key for secrets.
#[derive(Clone, Debug)]
pub struct Vault {
    client: Client,
    /// The key's ARN.
    key: String,
}

/// A value that only KMS can read. Every sealing gives other bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

impl Vault {
    pub(crate) fn new(client: Client, key: String) -> Self {
        Self { client, key }
    }

    /// Seals a value of at most `domain::MAX_SECRET_BYTES` as compact JSON.
    pub async fn seal(
        &self,
        tenant: Tenant,
        name: &SecretName,
        value: &Value,
    ) -> Result<Sealed, StoreError> {
        let answer = self
            .client
            .encrypt()
            .key_id(&self.key)
            .plaintext(Blob::new(value.to_string()))
            .set_encryption_context(Some(context(tenant, name)))
            .send()
            .await
            .map_err(|error| unavailable("encrypt a secret", &error))?;
        let sealed = answer.ciphertext_blob.map(Blob::into_inner);
        sealed.map(Sealed).ok_or_else(|| StoreError::Unavailable {
            operation: "encrypt a secret",
            cause: "the answer has no ciphertext".to_owned(),
        })
    }
}

fn context(tenant: Tenant, name: &SecretName) -> HashMap<String, String> {
    HashMap::from([
        ("org".to_owned(), tenant.org.to_string()),
        (
            "environment".to_owned(),
            tenant.environment.as_str().to_owned(),
        ),
        ("name".to_owned(), name.to_string()),
    ])
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
