//! Decrypts the secrets that a definition declares, before the engine runs. It does not know how their values are used.

use std::sync::OnceLock;

use domain::{SecretName, SecretOwner, Tenant, Timestamp};
use engine::Secrets;
use futures::future::try_join_all;
use serde_json::{Map, Value};
use store::{AwsContext, KmsCipher, StoreError};

/// Reads and decrypts secrets. The KMS client is made for the first secret, so workflows without any do not wait for it.
#[derive(Default)]
pub(crate) struct SecretResolver {
    cipher: OnceLock<KmsCipher>,
}

impl SecretResolver {
    /// The values of these secrets of that tenant, decrypted concurrently. A secret that is not stored or cannot be
    /// decrypted is left out, and the engine reports it as missing. Stored secrets are read each time, so a new value
    /// counts from the next claim on.
    pub(crate) async fn resolve(
        &self,
        aws: &AwsContext,
        tenant: Tenant,
        names: &[String],
        now: Timestamp,
    ) -> Result<Secrets, StoreError> {
        if names.is_empty() {
            return Ok(Secrets::default());
        }
        let cipher = self.cipher.get_or_init(|| aws.kms_cipher());
        let resolving = names.iter().map(async |name| {
            let value = resolve_one(aws, cipher, tenant, name, now).await?;
            Ok::<_, StoreError>(value.map(|value| (name.clone(), value)))
        });
        let resolved: Map<String, Value> = try_join_all(resolving)
            .await?
            .into_iter()
            .flatten()
            .collect();
        Ok(Secrets::new(resolved))
    }
}

async fn resolve_one(
    aws: &AwsContext,
    cipher: &KmsCipher,
    tenant: Tenant,
    name: &str,
    now: Timestamp,
) -> Result<Option<Value>, StoreError> {
    let Ok(name) = SecretName::parse(name) else {
        return Ok(None);
    };
    match read(aws, cipher, tenant, &name, now).await {
        Err(error @ (StoreError::BadRecord { .. } | StoreError::TooLarge { .. })) => {
            tracing::error!(%name, %error, "a secret cannot be decrypted; the workflow runs without it");
            Ok(None)
        }
        other => other,
    }
}

async fn read(
    aws: &AwsContext,
    cipher: &KmsCipher,
    tenant: Tenant,
    name: &SecretName,
    now: Timestamp,
) -> Result<Option<Value>, StoreError> {
    let Some(sealed) = aws.secrets.find(tenant, name).await? else {
        return Ok(None);
    };
    let owner = SecretOwner::Workflows {
        tenant,
        name: name.clone(),
    };
    let plaintext = cipher.decrypt(&owner, &sealed, now).await?;
    // Without the parser's own message, which could quote the secret.
    serde_json::from_slice(&plaintext)
        .map_err(|_| StoreError::BadRecord {
            key: name.to_string(),
            reason: "the decrypted secret is not JSON".to_owned(),
        })
        .map(Some)
}
