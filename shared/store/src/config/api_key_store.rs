//! API keys: found by the hash of what is presented, listed by tenant.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::Client;
use domain::{ApiKey, ApiKeyId, ApiKeyRecord, Caller, Fingerprint, Scope, Tenant, Timestamp};

use crate::config::config_table::{Created, Transaction, query_all};
use crate::dynamodb::attributes::{Item, Row, VERSION, moment, number, text, texts};
use crate::dynamodb::keys::{API_KEY, Key, tenant_pk};
use crate::{StoreError, config_table};

/// How long a key that was found is trusted: revoking takes effect within this time.
const TRUSTED_MS: i64 = 5_000;
/// A key's last use is written at most this often.
const LAST_USE_MS: i64 = 60_000;
const CACHED_KEYS: usize = 1_000;

#[derive(Clone)]
pub struct ApiKeyStore {
    client: Client,
    table: String,
    found: Arc<Mutex<HashMap<String, (ApiKeyRecord, Timestamp)>>>,
}

impl ApiKeyStore {
    pub fn new(client: Client, table: String) -> Self {
        Self {
            client,
            table,
            found: Arc::default(),
        }
    }

    /// Who presents this key; `None` where it is unknown or revoked. An unknown key causes no write.
    pub async fn authenticate(
        &self,
        key: &ApiKey,
        now: Timestamp,
    ) -> Result<Option<Caller>, StoreError> {
        let hash = key.hash();
        let record = match self.remembered(&hash.to_string(), now) {
            Some(record) => Some(record),
            None => self.read(&Key::presented_key(&hash)).await?,
        };
        // The hash is also compared here, in constant time, and the environment with the prefix.
        let Some(record) = record.filter(|record| {
            record.hash.matches(&hash) && record.tenant.environment == key.environment()
        }) else {
            return Ok(None);
        };
        let record = self.note_use(record, now).await;
        let caller = Caller {
            key: record.id,
            tenant: record.tenant,
            scopes: record.scopes.clone(),
        };
        self.remember(record, now);
        Ok(Some(caller))
    }

    /// Timeline: the key's item and its place in the tenant's list come to be together, or not at
    /// all. Only a repeat of the same `Idempotency-Key` meets an existing list entry.
    pub async fn create(
        &self,
        record: &ApiKeyRecord,
        fingerprint: &Fingerprint,
    ) -> Result<Created<ApiKeyRecord>, StoreError> {
        let mut listed = Key::listed_key(record.tenant, record.id).item();
        listed.insert("v".into(), number(VERSION));
        listed.insert("hash".into(), text(record.hash));
        listed.insert("fingerprint".into(), text(fingerprint.as_str()));
        let outcome = config_table::transact(
            &self.client,
            "create an API key",
            vec![
                config_table::put_new(&self.table, listed),
                config_table::put_new(&self.table, to_item(record)),
            ],
        )
        .await?;
        match outcome {
            Transaction::Done => Ok(Created::New(record.clone())),
            Transaction::Refused { position: 0, old } => {
                let row = Row::checked(&old)?;
                if row.text("fingerprint")? != fingerprint.as_str() {
                    return Ok(Created::Reused);
                }
                self.find(record.tenant, record.id)
                    .await?
                    .map_or(Ok(Created::Reused), |record| Ok(Created::Repeat(record)))
            }
            Transaction::Refused { .. } => Ok(Created::Reused),
        }
    }

    /// In the order of their ids: of creation, but for keys made with an `Idempotency-Key`.
    pub async fn list(&self, tenant: Tenant) -> Result<Vec<ApiKeyRecord>, StoreError> {
        let entries = query_all(&self.client, &self.table, &tenant_pk(tenant), API_KEY).await?;
        let mut records = Vec::with_capacity(entries.len());
        for entry in &entries {
            records.extend(self.read(&presented(Row::checked(entry)?)?).await?);
        }
        Ok(records)
    }

    pub async fn find(
        &self,
        tenant: Tenant,
        id: ApiKeyId,
    ) -> Result<Option<ApiKeyRecord>, StoreError> {
        let listed = Key::listed_key(tenant, id);
        match config_table::read(&self.client, &self.table, &listed).await? {
            Some(entry) => self.read(&presented(Row::checked(&entry)?)?).await,
            None => Ok(None),
        }
    }

    /// `false` where there is no such key. It stops working within five seconds everywhere, here
    /// at once.
    pub async fn revoke(&self, tenant: Tenant, id: ApiKeyId) -> Result<bool, StoreError> {
        let Some(record) = self.find(tenant, id).await? else {
            return Ok(false);
        };
        let keys = [
            Key::listed_key(tenant, id),
            Key::presented_key(&record.hash),
        ];
        let deletes = keys
            .iter()
            .map(|key| config_table::remove(&self.table, key));
        config_table::transact(&self.client, "revoke an API key", deletes.collect()).await?;
        self.cache().remove(&record.hash.to_string());
        Ok(true)
    }

    async fn read(&self, key: &Key) -> Result<Option<ApiKeyRecord>, StoreError> {
        config_table::read(&self.client, &self.table, key)
            .await?
            .as_ref()
            .map(from_item)
            .transpose()
    }

    /// Only a key that exists is updated; a failure to note its use keeps nobody out.
    async fn note_use(&self, mut record: ApiKeyRecord, now: Timestamp) -> ApiKeyRecord {
        let noted = record.last_used_at;
        if noted.is_some_and(|at| now.millis_since(at) < LAST_USE_MS) {
            return record;
        }
        record.last_used_at = Some(now);
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::presented_key(&record.hash).item()))
            .update_expression("SET last_used_at = :now")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":now", moment(now));
        if let Err(error) = update.send().await {
            let error = StoreError::unavailable("note a key's use", error);
            tracing::warn!(key = %record.id, %error, "the last use of a key was not noted");
        }
        record
    }

    fn remembered(&self, hash: &str, now: Timestamp) -> Option<ApiKeyRecord> {
        let cache = self.cache();
        let (record, read_at) = cache.get(hash)?;
        (now.millis_since(*read_at) < TRUSTED_MS).then(|| record.clone())
    }

    fn remember(&self, record: ApiKeyRecord, now: Timestamp) {
        let mut cache = self.cache();
        if cache.len() >= CACHED_KEYS {
            cache.retain(|_, (_, read_at)| now.millis_since(*read_at) < TRUSTED_MS);
        }
        if cache.len() < CACHED_KEYS {
            let hash = record.hash.to_string();
            // The time of the read stays: a key in constant use is still read again.
            cache
                .entry(hash)
                .and_modify(|(known, read_at)| {
                    if now.millis_since(*read_at) >= TRUSTED_MS {
                        *read_at = now;
                    }
                    *known = record.clone();
                })
                .or_insert((record, now));
        }
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, HashMap<String, (ApiKeyRecord, Timestamp)>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
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
    item
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
        tenant: config_table::tenant(row)?,
        name: row.text("name")?.to_owned(),
        scopes,
        hash: domain::SecretHash::parse(row.text("hash")?)
            .ok_or_else(|| row.bad("hash", "is not a hash"))?,
        last4: row.text("last4")?.to_owned(),
        created_at: row.moment("created_at")?,
        last_used_at: row.optional_moment("last_used_at")?,
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
