//! Event types that tenants have declared.

use aws_sdk_dynamodb::types::ReturnValue;
use domain::outbound::{DeclaredType, EventDeclaration};
use domain::{Tenant, Timestamp};

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, VERSION, moment, number, text};
use crate::dynamodb::keys::{EVENT_TYPE, Key, tenant_pk};
use crate::dynamodb::table::Table;
use crate::dynamodb::update_expression::UpdateExpression;

/// The declared event types of all tenants.
#[derive(Clone)]
pub struct EventTypes {
    table: Table,
}

impl EventTypes {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// Declares an event type, or changes its declaration. Always writes; of two racing declarations the later one
    /// stays. Answers the declaration as it is now, and whether it is new.
    pub async fn declare(
        &self,
        tenant: Tenant,
        declaration: &EventDeclaration,
        now: Timestamp,
    ) -> Result<(EventDeclaration, bool), StoreError> {
        let mut changes = UpdateExpression::default();
        changes.set("v", number(VERSION));
        changes.set("name", text(&declaration.name));
        changes.set_if_absent("created_at", moment(now));
        changes.set("updated_at", moment(now));
        changes.set_or_remove("description", declaration.description.as_ref().map(text));
        changes.set_or_remove("event_schema", declaration.schema.as_ref().map(text));
        let answer = changes
            .apply(
                self.table
                    .update(&Key::event_type(tenant, &declaration.name)),
            )
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(|error| StoreError::unavailable("declare an event type", error))?;
        let declared = read(&answer.attributes.unwrap_or_default())?;
        let is_new = declared.created_at == now;
        Ok((declared, is_new))
    }

    /// `None` where the tenant has not declared it.
    pub async fn find(
        &self,
        tenant: Tenant,
        name: &DeclaredType,
    ) -> Result<Option<EventDeclaration>, StoreError> {
        let item = self.table.read(&Key::event_type(tenant, name)).await?;
        item.as_ref().map(read).transpose()
    }

    /// All declared types of a tenant, in the order of their names.
    pub async fn list(&self, tenant: Tenant) -> Result<Vec<EventDeclaration>, StoreError> {
        let items = self
            .table
            .read_prefix(&tenant_pk(tenant), EVENT_TYPE)
            .await?;
        items.iter().map(read).collect()
    }

    /// `false` where there is none of that name.
    pub async fn delete(&self, tenant: Tenant, name: &DeclaredType) -> Result<bool, StoreError> {
        let answer = self
            .table
            .delete(&Key::event_type(tenant, name))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(|error| StoreError::unavailable("delete an event type", error))?;
        Ok(answer.attributes.is_some_and(|old| !old.is_empty()))
    }
}

fn read(item: &Item) -> Result<EventDeclaration, StoreError> {
    let row = Row::checked(item)?;
    let schema = row.optional_text("event_schema").map(serde_json::from_str);
    Ok(EventDeclaration {
        name: DeclaredType::parse(row.text("name")?)
            .map_err(|error| row.bad("name", &error.to_string()))?,
        description: row.optional_text("description").map(str::to_owned),
        schema: schema
            .transpose()
            .map_err(|error| row.bad("event_schema", &error.to_string()))?,
        created_at: row.moment("created_at")?,
        updated_at: row.moment("updated_at")?,
    })
}
