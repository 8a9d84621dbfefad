//! Secrets of workflows: records that hold what the vault sealed. It does not know what is in them,
//! nor how they are sealed.

use aws_sdk_dynamodb::types::ReturnValue;
use domain::{Sealed, SecretName, SecretRecord, Tenant, Timestamp};

use crate::StoreError;
use crate::config::config_table::{self, ConfigTable, query_all};
use crate::dynamodb::attributes::{Item, Row, VERSION, bytes, moment, number, text};
use crate::dynamodb::keys::{Key, SECRET, tenant_pk};

/// What became of storing a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredSecret {
    New(SecretRecord),
    /// There was one of that name, whose value is gone.
    Replaced(SecretRecord),
}

impl ConfigTable {
    /// Timeline: always writes; of two at once, the later one stays. The retry of a first write
    /// whose answer was lost meets its own ciphertext, which no other call has.
    pub async fn put_secret(
        &self,
        tenant: Tenant,
        name: &SecretName,
        sealed: &Sealed,
        now: Timestamp,
    ) -> Result<StoredSecret, StoreError> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::secret(tenant, name).item()))
            .update_expression(
                "SET v = :v, #name = :name, sealed = :sealed, \
                 created_at = if_not_exists(created_at, :now), updated_at = :now",
            )
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":v", number(VERSION))
            .expression_attribute_values(":name", text(name))
            .expression_attribute_values(":sealed", bytes(sealed.as_bytes()))
            .expression_attribute_values(":now", moment(now))
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
            return Ok(StoredSecret::New(stored(now)));
        };
        let row = Row::checked(&old)?;
        let created_at = row.moment("created_at")?;
        let is_ours = row.bytes("sealed") == Some(sealed.as_bytes());
        Ok(if is_ours && created_at == now {
            StoredSecret::New(stored(created_at))
        } else {
            StoredSecret::Replaced(stored(created_at))
        })
    }

    /// What is stored under a name; `None` where nothing is.
    pub async fn sealed_secret(
        &self,
        tenant: Tenant,
        name: &SecretName,
    ) -> Result<Option<Sealed>, StoreError> {
        let key = Key::secret(tenant, name);
        let Some(item) = config_table::read(&self.client, &self.table, &key).await? else {
            return Ok(None);
        };
        let row = Row::checked(&item)?;
        let sealed = row.bytes("sealed").map(<[u8]>::to_vec);
        let sealed = sealed.ok_or_else(|| row.bad("sealed", "is missing"))?;
        Ok(Some(Sealed::from_stored(sealed)))
    }

    pub async fn secrets(&self, tenant: Tenant) -> Result<Vec<SecretRecord>, StoreError> {
        let pk = tenant_pk(tenant);
        let items = query_all(&self.client, &self.table, &pk, SECRET).await?;
        items.iter().map(from_item).collect()
    }

    /// `false` where there is none of that name.
    pub async fn delete_secret(
        &self,
        tenant: Tenant,
        name: &SecretName,
    ) -> Result<bool, StoreError> {
        let answer = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(Key::secret(tenant, name).item()))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(|error| StoreError::unavailable("delete a secret", error))?;
        Ok(answer.attributes.is_some_and(|old| !old.is_empty()))
    }
}

fn from_item(item: &Item) -> Result<SecretRecord, StoreError> {
    let row = Row::checked(item)?;
    Ok(SecretRecord {
        name: SecretName::parse(row.text("name")?)
            .map_err(|error| row.bad("name", &error.to_string()))?,
        created_at: row.moment("created_at")?,
        updated_at: row.moment("updated_at")?,
    })
}
