//! Workflows and their versions: records and conditional writes.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::{Fingerprint, RateLimit, Slug, Tenant, Trigger, Workflow, WorkflowId};
use serde_json::Value;

use crate::config::config_table::{
    self, Changed, ConfigTable, Created, Transaction, put_new, query_all, remove, transact,
};
use crate::config::workflow_names::put_entry;
use crate::dynamodb::attributes::{Item, Row, VERSION, bytes, flag, moment, number, text};
use crate::dynamodb::keys::{AFTER_TRIGGERS, GONE, Key, META, SLUG, tenant_pk, workflow_pk};
use crate::executions::compression::{Basis, compress, decompress};
use crate::{StoreError, triggers};

impl ConfigTable {
    /// Timeline: the workflow, its first version, its slug and the count of active ones are
    /// written together. A repeat of the same `Idempotency-Key` meets its own record and reads the
    /// first answer from it; another workflow with the slug wins the slug.
    pub async fn create_workflow(
        &self,
        workflow: &Workflow,
        definition: &Value,
        fingerprint: &Fingerprint,
    ) -> Result<Created<Workflow>, StoreError> {
        let mut item = to_item(workflow);
        item.insert("fingerprint".into(), text(fingerprint.as_str()));
        let mut writes = vec![
            put_new(&self.table, item),
            put_new(&self.table, slug_item(workflow)),
            self.put_version(workflow, definition)?,
        ];
        writes.extend(self.count(workflow.tenant, i64::from(workflow.active)));
        writes.extend(put_entry(&self.table, workflow, definition));
        match transact(&self.client, "create a workflow", writes).await? {
            Transaction::Done => Ok(Created::New(workflow.clone())),
            Transaction::Refused { position: 0, old } => {
                let row = Row::checked(&old)?;
                let known = from_item(row)?;
                let same = row.text("fingerprint")? == fingerprint.as_str();
                Ok(if same && !known.deleted {
                    Created::Repeat(known)
                } else {
                    Created::Reused
                })
            }
            Transaction::Refused { .. } => Ok(Created::SlugTaken),
        }
    }

    /// `None` for a workflow of another tenant, too.
    pub async fn workflow(
        &self,
        tenant: Tenant,
        id: WorkflowId,
    ) -> Result<Option<Workflow>, StoreError> {
        let workflow = self.workflow_ever(tenant, id).await?;
        Ok(workflow.filter(|workflow| !workflow.deleted))
    }

    /// The same for what still runs of it, or is told of it, when it is deleted.
    pub async fn workflow_ever(
        &self,
        tenant: Tenant,
        id: WorkflowId,
    ) -> Result<Option<Workflow>, StoreError> {
        let item = config_table::read(&self.client, &self.table, &Key::workflow(id)).await?;
        let workflow = item
            .as_ref()
            .map(|item| from_item(Row::checked(item)?))
            .transpose()?;
        Ok(workflow.filter(|workflow| workflow.tenant == tenant))
    }

    /// A workflow and its triggers, in one consistent read.
    pub async fn configured(
        &self,
        id: WorkflowId,
    ) -> Result<Option<(Workflow, Vec<Trigger>)>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :meta AND :end")
            .expression_attribute_values(":pk", text(workflow_pk(id)))
            .expression_attribute_values(":meta", text(META))
            .expression_attribute_values(":end", text(AFTER_TRIGGERS))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::unavailable("read a workflow's configuration", error))?;
        let items = answer.items.unwrap_or_default();
        let Some((meta, rest)) = items.split_first() else {
            return Ok(None);
        };
        let triggers = rest
            .iter()
            .map(triggers::from_item)
            .collect::<Result<_, _>>()?;
        // A trigger that outlived its workflow's record stands alone and opens nothing.
        let row = Row::checked(meta)?;
        if row.text("sk")? != META {
            return Ok(None);
        }
        Ok(Some((from_item(row)?, triggers)))
    }

    /// A version never changes once it is written.
    pub async fn definition(
        &self,
        id: WorkflowId,
        version: u64,
    ) -> Result<Option<Value>, StoreError> {
        let key = Key::version(id, version);
        let Some(item) = config_table::read(&self.client, &self.table, &key).await? else {
            return Ok(None);
        };
        let row = Row::checked(&item)?;
        let packed = row
            .bytes("definition")
            .ok_or_else(|| row.bad("definition", "is missing"))?;
        let unreadable = |reason: String| row.bad("definition", &reason);
        let json =
            decompress(packed, Basis::Nothing).map_err(|error| unreadable(error.to_string()))?;
        serde_json::from_slice(&json)
            .map(Some)
            .map_err(|error| unreadable(error.to_string()))
    }

    /// By slug, from the one after `after` on.
    pub async fn list_workflows(
        &self,
        tenant: Tenant,
        after: Option<&Slug>,
        limit: usize,
    ) -> Result<Vec<Workflow>, StoreError> {
        let from = after.map(|slug| Key::slug(tenant, slug).item());
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .expression_attribute_values(":pk", text(tenant_pk(tenant)))
            .expression_attribute_values(":sk", text(SLUG))
            .consistent_read(true)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(from)
            .send()
            .await
            .map_err(|error| StoreError::unavailable("list workflows", error))?;
        let ids: Vec<WorkflowId> = page
            .items()
            .iter()
            .map(|item| Row::checked(item)?.parsed("workflow_id"))
            .collect::<Result<_, _>>()?;
        let reads = ids.into_iter().map(|id| self.workflow(tenant, id));
        let found = futures::future::try_join_all(reads).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Every workflow whose executions may still be there, deleted ones too.
    pub async fn all_workflow_ids(&self, tenant: Tenant) -> Result<Vec<WorkflowId>, StoreError> {
        let pk = tenant_pk(tenant);
        let (current, gone) = futures::try_join!(
            query_all(&self.client, &self.table, &pk, SLUG),
            query_all(&self.client, &self.table, &pk, GONE),
        )?;
        current
            .iter()
            .chain(&gone)
            .map(|item| Row::checked(item)?.parsed("workflow_id"))
            .collect()
    }

    /// The number of active workflows, as the transactions that switch them keep it.
    pub async fn active_workflows(&self, tenant: Tenant) -> Result<u64, StoreError> {
        let key = Key::counts(tenant);
        let item = config_table::read(&self.client, &self.table, &key).await?;
        Ok(match &item {
            Some(item) => Row(item).optional_number("active_workflows")?.unwrap_or(0),
            None => 0,
        })
    }

    /// Timeline: whoever read this revision may write the next one; of two, one wins and the other
    /// gets `Conflict`. The slug, a new version and the count of active ones go with it.
    pub async fn update_workflow(
        &self,
        old: &Workflow,
        new: &Workflow,
        definition: Option<&Value>,
    ) -> Result<Changed, StoreError> {
        let mut writes = vec![self.replace(old, new)];
        if old.slug != new.slug {
            writes.push(put_new(&self.table, slug_item(new)));
            writes.push(remove(&self.table, &Key::slug(old.tenant, &old.slug)));
        }
        if let Some(definition) = definition {
            writes.push(self.put_version(new, definition)?);
            writes.extend(put_entry(&self.table, new, definition));
        }
        writes.extend(self.count(new.tenant, i64::from(new.active) - i64::from(old.active)));
        match transact(&self.client, "change a workflow", writes).await? {
            Transaction::Done => Ok(Changed::Done),
            Transaction::Refused { position: 1, .. } if old.slug != new.slug => {
                Ok(Changed::SlugTaken)
            }
            Transaction::Refused { .. } => Ok(Changed::Conflict),
        }
    }

    /// Takes a workflow out of sight and its triggers away. Its record and its versions stay, so
    /// that what runs can finish and its history can be read.
    pub async fn delete_workflow(&self, old: &Workflow) -> Result<Changed, StoreError> {
        let gone = Workflow {
            deleted: true,
            active: false,
            revision: old.revision + 1,
            ..old.clone()
        };
        let mut marker = Key::gone(old.tenant, old.id).item();
        marker.insert("v".into(), number(VERSION));
        marker.insert("workflow_id".into(), text(old.id));
        let mut writes = vec![
            self.replace(old, &gone),
            remove(&self.table, &Key::slug(old.tenant, &old.slug)),
            put_new(&self.table, marker),
        ];
        writes.extend(self.count(old.tenant, -i64::from(old.active)));
        match transact(&self.client, "delete a workflow", writes).await? {
            Transaction::Done => {}
            Transaction::Refused { .. } => return Ok(Changed::Conflict),
        }
        // A trigger of a deleted workflow opens nothing, so a crash here leaves only rubbish.
        for trigger in self.triggers(old.id).await? {
            self.delete_trigger(&trigger).await?;
        }
        Ok(Changed::Done)
    }

    fn replace(&self, old: &Workflow, new: &Workflow) -> TransactWriteItem {
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(Key::workflow(old.id).item()))
            .condition_expression("revision = :seen AND deleted = :no")
            .update_expression(
                "SET #name = :name, slug = :slug, active = :active, version = :version, \
                 #capacity = :capacity, refill = :refill, updated_at = :updated_at, \
                 deleted = :deleted, revision = :revision",
            )
            .expression_attribute_names("#name", "name")
            .expression_attribute_names("#capacity", "capacity")
            .expression_attribute_values(":seen", number(old.revision))
            .expression_attribute_values(":no", flag(false))
            .expression_attribute_values(":name", text(&new.name))
            .expression_attribute_values(":slug", text(&new.slug))
            .expression_attribute_values(":active", flag(new.active))
            .expression_attribute_values(":version", number(new.version))
            .expression_attribute_values(":capacity", number(new.rate_limit.capacity_tokens()))
            .expression_attribute_values(":refill", number(new.rate_limit.refill_per_second()))
            .expression_attribute_values(":updated_at", moment(new.updated_at))
            .expression_attribute_values(":deleted", flag(new.deleted))
            .expression_attribute_values(":revision", number(new.revision))
            .build()
            .expect("table, key and update are given");
        TransactWriteItem::builder().update(update).build()
    }

    fn count(&self, tenant: Tenant, change: i64) -> Option<TransactWriteItem> {
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(Key::counts(tenant).item()))
            .update_expression("ADD active_workflows :change SET v = :v")
            .expression_attribute_values(":change", number(change))
            .expression_attribute_values(":v", number(VERSION))
            .build()
            .expect("table, key and update are given");
        (change != 0).then(|| TransactWriteItem::builder().update(update).build())
    }

    fn put_version(
        &self,
        workflow: &Workflow,
        definition: &Value,
    ) -> Result<TransactWriteItem, StoreError> {
        let definition = definition.to_string();
        let packed = compress(definition.as_bytes(), Basis::Nothing, "a definition")?;
        let mut item = Key::version(workflow.id, workflow.version).item();
        item.extend([
            ("v".to_owned(), number(VERSION)),
            ("definition".to_owned(), bytes(packed)),
            ("created_at".to_owned(), moment(workflow.updated_at)),
        ]);
        Ok(put_new(&self.table, item))
    }
}

fn slug_item(workflow: &Workflow) -> Item {
    let mut item = Key::slug(workflow.tenant, &workflow.slug).item();
    item.insert("v".into(), number(VERSION));
    item.insert("workflow_id".into(), text(workflow.id));
    item
}

fn to_item(workflow: &Workflow) -> Item {
    let mut item = Key::workflow(workflow.id).item();
    item.extend([
        ("v".to_owned(), number(VERSION)),
        ("id".to_owned(), text(workflow.id)),
        ("tenant".to_owned(), text(workflow.tenant)),
        ("name".to_owned(), text(&workflow.name)),
        ("slug".to_owned(), text(&workflow.slug)),
        ("active".to_owned(), flag(workflow.active)),
        ("version".to_owned(), number(workflow.version)),
        (
            "capacity".to_owned(),
            number(workflow.rate_limit.capacity_tokens()),
        ),
        (
            "refill".to_owned(),
            number(workflow.rate_limit.refill_per_second()),
        ),
        ("created_at".to_owned(), moment(workflow.created_at)),
        ("updated_at".to_owned(), moment(workflow.updated_at)),
        ("deleted".to_owned(), flag(workflow.deleted)),
        ("revision".to_owned(), number(workflow.revision)),
    ]);
    item
}

fn from_item(row: Row<'_>) -> Result<Workflow, StoreError> {
    let rate_limit = RateLimit::new(row.number("capacity")?, row.number("refill")?)
        .map_err(|error| row.bad("capacity", &error.to_string()))?;
    Ok(Workflow {
        id: row.parsed("id")?,
        tenant: config_table::tenant(row)?,
        name: row.text("name")?.to_owned(),
        slug: Slug::parse(row.text("slug")?).map_err(|e| row.bad("slug", &e.to_string()))?,
        active: row.flag("active"),
        version: row.number("version")?,
        rate_limit,
        created_at: row.moment("created_at")?,
        updated_at: row.moment("updated_at")?,
        deleted: row.flag("deleted"),
        revision: row.number("revision")?,
    })
}
