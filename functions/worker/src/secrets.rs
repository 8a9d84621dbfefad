//! The secrets that a definition declares, opened before its engine begins. What becomes of their
//! values, the engine knows; where they lie and how they are sealed, `aws` does.

use std::sync::OnceLock;

use domain::{SecretName, SecretOwner, Tenant, Timestamp};
use engine::Secrets;
use futures::future::try_join_all;
use serde_json::{Map, Value};
use store::{AwsContext, KmsCipher, StoreError};

/// Opens secrets. The client of KMS is made for the first one, so that workflows without any do not
/// wait for it.
#[derive(Default)]
pub(crate) struct Safe {
    vault: OnceLock<KmsCipher>,
}

impl Safe {
    /// The values of these secrets of that tenant, side by side. One that is not stored, or does not open, is left out:
    /// the engine says which one it misses. What is stored is read each time, so that a new value counts from the next
    /// claim on.
    pub(crate) async fn open(
        &self,
        aws: &AwsContext,
        tenant: Tenant,
        names: &[String],
        now: Timestamp,
    ) -> Result<Secrets, StoreError> {
        if names.is_empty() {
            return Ok(Secrets::default());
        }
        let vault = self.vault.get_or_init(|| aws.kms_cipher());
        let opening = names.iter().map(async |name| {
            let value = open(aws, vault, tenant, name, now).await?;
            Ok::<_, StoreError>(value.map(|value| (name.clone(), value)))
        });
        let opened: Map<String, Value> =
            try_join_all(opening).await?.into_iter().flatten().collect();
        Ok(Secrets::new(opened))
    }
}

async fn open(
    aws: &AwsContext,
    vault: &KmsCipher,
    tenant: Tenant,
    name: &str,
    now: Timestamp,
) -> Result<Option<Value>, StoreError> {
    let Ok(name) = SecretName::parse(name) else {
        return Ok(None);
    };
    match value(aws, vault, tenant, &name, now).await {
        Err(error @ (StoreError::BadRecord { .. } | StoreError::TooLarge { .. })) => {
            tracing::error!(%name, %error, "a secret cannot be opened");
            Ok(None)
        }
        other => other,
    }
}

async fn value(
    aws: &AwsContext,
    vault: &KmsCipher,
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
    let plaintext = vault.decrypt(&owner, &sealed, now).await?;
    // The parser's own words could quote the value.
    serde_json::from_slice(&plaintext)
        .map_err(|_| StoreError::BadRecord {
            key: name.to_string(),
            reason: "what was sealed is not JSON".to_owned(),
        })
        .map(Some)
}
