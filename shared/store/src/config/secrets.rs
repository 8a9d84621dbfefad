//! Secrets of workflows: records that hold encrypted values. It does not know what is in them, nor how they are
//! encrypted.

use aws_sdk_dynamodb::types::ReturnValue;
use domain::{Sealed, SecretName, SecretRecord, Tenant, Timestamp};

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, VERSION, bytes, moment, number, text};
use crate::dynamodb::keys::{Key, SECRET, tenant_pk};
use crate::dynamodb::table::Table;
use crate::dynamodb::update_expression::UpdateExpression;

/// The secrets of all tenants.
#[derive(Clone)]
pub struct Secrets {
    table: Table,
}

/// What became of storing a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretOutcome {
    /// There was none of that name.
    New(SecretRecord),
    /// There was one of that name; its value is gone.
    Replaced(SecretRecord),
}

impl Secrets {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// Stores a secret. Always writes; of two racing writes the later one stays. The repetition of a write whose answer
    /// was lost finds its own ciphertext, which no other request has.
    pub async fn put(
        &self,
        tenant: Tenant,
        name: &SecretName,
        sealed: &Sealed,
        now: Timestamp,
    ) -> Result<SecretOutcome, StoreError> {
        let mut changes = UpdateExpression::default();
        changes.set("v", number(VERSION));
        changes.set("name", text(name));
        changes.set("sealed", bytes(sealed.as_bytes()));
        changes.set_if_absent("created_at", moment(now));
        changes.set("updated_at", moment(now));
        let answer = changes
            .apply(self.table.update(&Key::secret(tenant, name)))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(|error| StoreError::unavailable("store a secret", error))?;
        let stored = |created_at| SecretRecord {
            name: name.clone(),
            created_at,
            updated_at: now,
        };
        let Some(old) = answer.attributes.filter(|old| old.contains_key("sealed")) else {
            return Ok(SecretOutcome::New(stored(now)));
        };
        let row = Row::checked(&old)?;
        let created_at = row.moment("created_at")?;
        let is_own_write = row.bytes("sealed") == Some(sealed.as_bytes());
        Ok(if is_own_write && created_at == now {
            SecretOutcome::New(stored(created_at))
        } else {
            SecretOutcome::Replaced(stored(created_at))
        })
    }

    /// The encrypted value of a secret; `None` where there is none of that name.
    pub async fn find(
        &self,
        tenant: Tenant,
        name: &SecretName,
    ) -> Result<Option<Sealed>, StoreError> {
        let Some(item) = self.table.read(&Key::secret(tenant, name)).await? else {
            return Ok(None);
        };
        let row = Row::checked(&item)?;
        let sealed = row.bytes("sealed").map(<[u8]>::to_vec);
        let sealed = sealed.ok_or_else(|| row.bad("sealed", "is missing"))?;
        Ok(Some(Sealed::from_stored(sealed)))
    }

    /// All secrets of a tenant, without their values.
    pub async fn list(&self, tenant: Tenant) -> Result<Vec<SecretRecord>, StoreError> {
        let items = self.table.read_prefix(&tenant_pk(tenant), SECRET).await?;
        items.iter().map(read).collect()
    }

    /// `false` where there is none of that name.
    pub async fn delete(&self, tenant: Tenant, name: &SecretName) -> Result<bool, StoreError> {
        let answer = self
            .table
            .delete(&Key::secret(tenant, name))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(|error| StoreError::unavailable("delete a secret", error))?;
        Ok(answer.attributes.is_some_and(|old| !old.is_empty()))
    }
}

fn read(item: &Item) -> Result<SecretRecord, StoreError> {
    let row = Row::checked(item)?;
    Ok(SecretRecord {
        name: SecretName::parse(row.text("name")?)
            .map_err(|error| row.bad("name", &error.to_string()))?,
        created_at: row.moment("created_at")?,
        updated_at: row.moment("updated_at")?,
    })
}
