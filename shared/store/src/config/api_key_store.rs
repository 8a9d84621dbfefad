//! API keys: found by the hash of what a request presents, listed by tenant.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    ApiKey, ApiKeyId, ApiKeyRecord, Caller, Fingerprint, Scope, SecretHash, Tenant, Timestamp,
};

use crate::cache::BoundedCache;
use crate::dynamodb::attributes::{Item, Row, VERSION, moment, number, text, texts};
use crate::dynamodb::keys::{API_KEY, Key, tenant_pk};
use crate::dynamodb::table::Table;
use crate::dynamodb::transaction::TransactionOutcome;
use crate::{InsertOutcome, StoreError};

/// How long a key that was read is trusted: revoking takes effect within this time.
const TRUSTED_MS: i64 = 5_000;
/// A key's last use is written at most this often.
const LAST_USE_MS: i64 = 60_000;
/// Keys that a warm container remembers.
const REMEMBERED: usize = 1_000;

/// The API keys of all tenants.
#[derive(Clone)]
pub struct ApiKeyStore {
    table: Table,
    cache: Arc<BoundedCache<String, ApiKeyRecord>>,
}

impl ApiKeyStore {
    /// The keys in the table `name`.
    pub fn new(client: Client, name: String) -> Self {
        Self::of_table(Table::new(client, name))
    }

    pub(crate) fn of_table(table: Table) -> Self {
        Self {
            table,
            cache: Arc::new(BoundedCache::with_time_to_live(REMEMBERED, TRUSTED_MS)),
        }
    }

    /// The caller that presents this key; `None` where the key is unknown or revoked. An unknown key causes no write.
    pub async fn authenticate(
        &self,
        key: &ApiKey,
        now: Timestamp,
    ) -> Result<Option<Caller>, StoreError> {
        let hash = key.hash();
        let record = self.known(&hash, now).await?;
        // The hash is also compared here, in constant time, and the environment with the prefix.
        let Some(record) = record.filter(|record| {
            record.hash.matches(&hash) && record.tenant.environment == key.environment()
        }) else {
            return Ok(None);
        };
        if let Some(parent) = &record.session_of
            && self.known(parent, now).await?.is_none()
        {
            return Ok(None);
        }
        let record = self.record_use(record, now).await;
        // A record that is cached keeps the time of its read, so that a key in constant use is read again.
        self.cache.upsert(hash.to_string(), now, |_| record.clone());
        Ok(Some(Caller {
            key: record.id,
            tenant: record.tenant,
            scopes: record.scopes,
        }))
    }

    /// The key with this hash, unless it has expired; as this container knows it, or else as it is stored.
    async fn known(
        &self,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<ApiKeyRecord>, StoreError> {
        let record = match self.cache.get(&hash.to_string(), now) {
            Some(record) => Some(record),
            None => {
                let read = self.read(&Key::presented_key(hash)).await?;
                if let Some(record) = &read {
                    self.cache.upsert(hash.to_string(), now, |_| record.clone());
                }
                read
            }
        };
        Ok(record.filter(|record| !record.has_expired(now)))
    }

    /// Creates a key: its item and its entry in the tenant's list in one transaction. May write where there is neither.
    /// Only a repetition with the same `Idempotency-Key` finds a list entry.
    pub async fn create(
        &self,
        record: &ApiKeyRecord,
        fingerprint: &Fingerprint,
    ) -> Result<InsertOutcome<ApiKeyRecord>, StoreError> {
        let mut listed = Key::listed_key(record.tenant, record.id).item();
        listed.insert("v".into(), number(VERSION));
        listed.insert("hash".into(), text(record.hash));
        listed.insert("fingerprint".into(), text(fingerprint.as_str()));
        listed.extend(time_to_live(record));
        let writes = vec![
            self.table.put_new(listed),
            self.table.put_new(to_item(record)),
        ];
        match self.table.transact("create an API key", writes).await? {
            TransactionOutcome::Committed => Ok(InsertOutcome::New(record.clone())),
            TransactionOutcome::ConditionFailed { position: 0, found } => {
                let row = Row::checked(&found)?;
                if row.text("fingerprint")? != fingerprint.as_str() {
                    return Ok(InsertOutcome::KeyReused);
                }
                let known = self.find(record.tenant, record.id).await?;
                Ok(known.map_or(InsertOutcome::KeyReused, InsertOutcome::Repeat))
            }
            TransactionOutcome::ConditionFailed { .. } => Ok(InsertOutcome::KeyReused),
        }
    }

    /// All keys and sessions of a tenant that have not expired, in the order of their ids: the order of creation, but for
    /// keys created with an `Idempotency-Key`.
    pub async fn list(
        &self,
        tenant: Tenant,
        now: Timestamp,
    ) -> Result<Vec<ApiKeyRecord>, StoreError> {
        let entries = self.table.read_prefix(&tenant_pk(tenant), API_KEY).await?;
        let mut records = Vec::with_capacity(entries.len());
        for entry in &entries {
            records.extend(self.read(&presented(Row::checked(entry)?)?).await?);
        }
        records.retain(|record| !record.has_expired(now));
        Ok(records)
    }

    /// `None` where the tenant has no such key.
    pub async fn find(
        &self,
        tenant: Tenant,
        id: ApiKeyId,
    ) -> Result<Option<ApiKeyRecord>, StoreError> {
        let listed = Key::listed_key(tenant, id);
        match self.table.read(&listed).await? {
            Some(entry) => self.read(&presented(Row::checked(&entry)?)?).await,
            None => Ok(None),
        }
    }

    /// Revokes a key; `false` where there is none with this id. It stops working in this container at once, and everywhere
    /// within five seconds.
    pub async fn revoke(&self, tenant: Tenant, id: ApiKeyId) -> Result<bool, StoreError> {
        let Some(record) = self.find(tenant, id).await? else {
            return Ok(false);
        };
        let keys = [
            Key::listed_key(tenant, id),
            Key::presented_key(&record.hash),
        ];
        let deletes = keys.iter().map(|key| self.table.delete_always(key));
        self.table
            .transact("revoke an API key", deletes.collect())
            .await?;
        self.cache.remove(&record.hash.to_string());
        Ok(true)
    }

    async fn read(&self, key: &Key) -> Result<Option<ApiKeyRecord>, StoreError> {
        self.table
            .read(key)
            .await?
            .as_ref()
            .map(from_item)
            .transpose()
    }

    /// May write while the key exists. A failure to record the last use refuses no caller.
    async fn record_use(&self, mut record: ApiKeyRecord, now: Timestamp) -> ApiKeyRecord {
        let recorded = record.last_used_at;
        if recorded.is_some_and(|at| now.millis_since(at) < LAST_USE_MS) {
            return record;
        }
        record.last_used_at = Some(now);
        let update = self
            .table
            .update(&Key::presented_key(&record.hash))
            .update_expression("SET last_used_at = :now")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":now", moment(now));
        if let Err(error) = update.send().await {
            let error = StoreError::unavailable("record the last use of an API key", error);
            tracing::warn!(key = %record.id, %error, "the last use of an API key could not be recorded");
        }
        record
    }
}

fn presented(entry: Row<'_>) -> Result<Key, StoreError> {
    let hash = entry.text("hash")?;
    let hash = domain::SecretHash::parse(hash).ok_or_else(|| entry.bad("hash", "is not a hash"))?;
    Ok(Key::presented_key(&hash))
}

fn to_item(record: &ApiKeyRecord) -> Item {
    let scopes: Vec<&str> = record
        .scopes
        .iter()
        .map(|scope| scope_name(*scope))
        .collect();
    let mut item = Key::presented_key(&record.hash).item();
    item.extend([
        ("v".to_owned(), number(VERSION)),
        ("id".to_owned(), text(record.id)),
        ("tenant".to_owned(), text(record.tenant)),
        ("name".to_owned(), text(&record.name)),
        ("scopes".to_owned(), texts(&scopes)),
        ("hash".to_owned(), text(record.hash)),
        ("last4".to_owned(), text(&record.last4)),
        ("created_at".to_owned(), moment(record.created_at)),
    ]);
    if let Some(at) = record.expires_at {
        item.insert("ends_at".to_owned(), moment(at));
    }
    if let Some(parent) = &record.session_of {
        item.insert("session_of".to_owned(), text(parent));
    }
    item.extend(time_to_live(record));
    item
}

/// When DynamoDB may remove the items of a key.
fn time_to_live(record: &ApiKeyRecord) -> Option<(String, AttributeValue)> {
    let at = record.expires_at?;
    Some(("expires_at".to_owned(), number(at.as_secs_rounded_up())))
}

fn from_item(item: &Item) -> Result<ApiKeyRecord, StoreError> {
    let row = Row::checked(item)?;
    let scopes = row
        .texts("scopes")?
        .iter()
        .map(|name| scope_from(name).ok_or_else(|| row.bad("scopes", "names an unknown scope")))
        .collect::<Result<_, _>>()?;
    Ok(ApiKeyRecord {
        id: row.parsed("id")?,
        tenant: row.tenant()?,
        name: row.text("name")?.to_owned(),
        scopes,
        hash: domain::SecretHash::parse(row.text("hash")?)
            .ok_or_else(|| row.bad("hash", "is not a hash"))?,
        last4: row.text("last4")?.to_owned(),
        created_at: row.moment("created_at")?,
        last_used_at: row.optional_moment("last_used_at")?,
        expires_at: row.optional_moment("ends_at")?,
        session_of: row
            .optional_text("session_of")
            .map(|hash| {
                SecretHash::parse(hash).ok_or_else(|| row.bad("session_of", "is not a hash"))
            })
            .transpose()?,
    })
}

fn scope_name(scope: Scope) -> &'static str {
    match scope {
        Scope::Admin => "admin",
        Scope::Read => "read",
        Scope::Publish => "publish",
    }
}

fn scope_from(name: &str) -> Option<Scope> {
    [Scope::Admin, Scope::Read, Scope::Publish]
        .into_iter()
        .find(|scope| scope_name(*scope) == name)
}
