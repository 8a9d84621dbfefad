//! Event types that orgs declared.

use aws_sdk_dynamodb::types::ReturnValue;
use domain::outbound::{DeclaredType, EventDeclaration};
use domain::{Tenant, Timestamp};

use crate::StoreError;
use crate::config::config_table::{self, ConfigTable, query_all};
use crate::dynamodb::attributes::{Item, Row, VERSION, moment, number, text};
use crate::dynamodb::keys::{EVENT_TYPE, Key, tenant_pk};

impl ConfigTable {
    /// Timeline: always writes; of two at once, the later one stays. Answers what stands there now, and whether it is
    /// new.
    pub async fn declare_event_type(
        &self,
        tenant: Tenant,
        declaration: &EventDeclaration,
        now: Timestamp,
    ) -> Result<(EventDeclaration, bool), StoreError> {
        let mut set = vec![
            "v = :v",
            "#name = :name",
            "created_at = if_not_exists(created_at, :now)",
            "updated_at = :now",
        ];
        let mut removed = Vec::new();
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::event_type(tenant, &declaration.name).item()))
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":v", number(VERSION))
            .expression_attribute_values(":name", text(&declaration.name))
            .expression_attribute_values(":now", moment(now))
            .return_values(ReturnValue::AllNew);
        match &declaration.description {
            Some(description) => {
                set.push("description = :description");
                update = update.expression_attribute_values(":description", text(description));
            }
            None => removed.push("description"),
        }
        match &declaration.schema {
            Some(schema) => {
                set.push("event_schema = :schema");
                update = update.expression_attribute_values(":schema", text(schema));
            }
            None => removed.push("event_schema"),
        }
        let mut expression = format!("SET {}", set.join(", "));
        if !removed.is_empty() {
            expression.push_str(" REMOVE ");
            expression.push_str(&removed.join(", "));
        }
        let answer = update
            .update_expression(expression)
            .send()
            .await
            .map_err(|error| StoreError::unavailable("declare an event type", error))?;
        let stands = from_item(&answer.attributes.unwrap_or_default())?;
        let is_new = stands.created_at == now;
        Ok((stands, is_new))
    }

    pub async fn event_type(
        &self,
        tenant: Tenant,
        name: &DeclaredType,
    ) -> Result<Option<EventDeclaration>, StoreError> {
        let key = Key::event_type(tenant, name);
        let item = config_table::read(&self.client, &self.table, &key).await?;
        item.as_ref().map(from_item).transpose()
    }

    /// In the order of their names.
    pub async fn event_types(&self, tenant: Tenant) -> Result<Vec<EventDeclaration>, StoreError> {
        let pk = tenant_pk(tenant);
        let items = query_all(&self.client, &self.table, &pk, EVENT_TYPE).await?;
        items.iter().map(from_item).collect()
    }

    /// `false` where there is none of that name.
    pub async fn delete_event_type(
        &self,
        tenant: Tenant,
        name: &DeclaredType,
    ) -> Result<bool, StoreError> {
        let answer = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(Key::event_type(tenant, name).item()))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(|error| StoreError::unavailable("delete an event type", error))?;
        Ok(answer.attributes.is_some_and(|old| !old.is_empty()))
    }
}

fn from_item(item: &Item) -> Result<EventDeclaration, StoreError> {
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
