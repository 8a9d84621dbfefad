//! The stored form of a workflow, and the writes of it that transactions are made of.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::{RateLimit, Slug, Workflow};
use serde_json::Value;

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, VERSION, bytes, flag, moment, number, text};
use crate::dynamodb::compression::{Dictionary, compress};
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;

/// Replaces a workflow. May write while its revision is the one that was read and it is not deleted; of two racing
/// changes one wins, and the other finds another revision.
pub(crate) fn replace(table: &Table, old: &Workflow, new: &Workflow) -> TransactWriteItem {
    let update = Update::builder()
        .table_name(table.name())
        .set_key(Some(Key::workflow(old.id).item()))
        .condition_expression("revision = :seen AND deleted = :no")
        .update_expression(
            "SET #name = :name, slug = :slug, active = :active, version = :version, \
             #capacity = :capacity, refill = :refill, updated_at = :updated_at, \
             deleted = :deleted, revision = :revision, org_limits = :org_limits",
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
        .expression_attribute_values(":org_limits", flag(new.has_org_limits))
        .build()
        .expect("table, key and update are given");
    TransactWriteItem::builder().update(update).build()
}

/// Writes a version, which never changes afterwards.
pub(crate) fn put_version(
    table: &Table,
    workflow: &Workflow,
    definition: &Value,
) -> Result<TransactWriteItem, StoreError> {
    let definition = definition.to_string();
    let packed = compress(definition.as_bytes(), Dictionary::None, "a definition")?;
    let mut item = Key::version(workflow.id, workflow.version).item();
    item.extend([
        ("v".to_owned(), number(VERSION)),
        ("definition".to_owned(), bytes(packed)),
        ("created_at".to_owned(), moment(workflow.updated_at)),
    ]);
    Ok(table.put_new(item))
}

pub(crate) fn slug_item(workflow: &Workflow) -> Item {
    let mut item = Key::slug(workflow.tenant, &workflow.slug).item();
    item.insert("v".into(), number(VERSION));
    item.insert("workflow_id".into(), text(workflow.id));
    item
}

pub(crate) fn write(workflow: &Workflow) -> Item {
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
        ("org_limits".to_owned(), flag(workflow.has_org_limits)),
        ("created_at".to_owned(), moment(workflow.created_at)),
        ("updated_at".to_owned(), moment(workflow.updated_at)),
        ("deleted".to_owned(), flag(workflow.deleted)),
        ("revision".to_owned(), number(workflow.revision)),
    ]);
    item
}

pub(crate) fn read(row: Row<'_>) -> Result<Workflow, StoreError> {
    let rate_limit = RateLimit::new(row.number("capacity")?, row.number("refill")?)
        .map_err(|error| row.bad("capacity", &error.to_string()))?;
    Ok(Workflow {
        id: row.parsed("id")?,
        tenant: row.tenant()?,
        name: row.text("name")?.to_owned(),
        slug: Slug::parse(row.text("slug")?).map_err(|e| row.bad("slug", &e.to_string()))?,
        active: row.flag("active"),
        version: row.number("version")?,
        rate_limit,
        has_org_limits: row.flag("org_limits"),
        created_at: row.moment("created_at")?,
        updated_at: row.moment("updated_at")?,
        deleted: row.flag("deleted"),
        revision: row.number("revision")?,
    })
}
