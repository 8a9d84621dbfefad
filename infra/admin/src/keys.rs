//! The first API key of an org. It creates every other key through the API.

use domain::{ApiKey, ApiKeyId, ApiKeyRecord, Fingerprint, Scope, Tenant, Timestamp};
use serde_json::json;
use store::{ApiKeyStore, Random, StoreError};

/// Creates a key with the scope `admin` for a tenant. Only the returned value contains the key itself; the table has
/// its hash.
pub async fn create_first_key(
    keys: &ApiKeyStore,
    tenant: Tenant,
    name: &str,
    now: Timestamp,
) -> Result<ApiKey, StoreError> {
    let key = ApiKey::from_random(tenant.environment, Random.bytes32());
    let record = ApiKeyRecord {
        id: ApiKeyId::random(now, Random.u128()),
        tenant,
        name: name.to_owned(),
        scopes: vec![Scope::Admin],
        hash: key.hash(),
        last4: key.last4(),
        created_at: now,
        last_used_at: None,
        expires_at: None,
        session_of: None,
    };
    let fingerprint = Fingerprint::of(&json!({ "name": name }));
    keys.create(&record, &fingerprint).await?;
    Ok(key)
}
