//! Triggers: records and conditional writes.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::{
    Fingerprint, HookMethod, IpAllowList, SecretHash, TokenHashes, Trigger, TriggerId, WorkflowId,
};

use crate::StoreError;
use crate::config::authentication_record::{self, AUTHENTICATION};
use crate::config::config_table::{self, Changed, ConfigTable, Created, query_all};
use crate::dynamodb::attributes::{Item, Row, VERSION, flag, moment, number, text, texts};
use crate::dynamodb::keys::{Key, TRIGGER, workflow_pk};

/// What a change may touch: set where the trigger has it now, and removed where it has not.
const CHANGING: [&str; 8] = [
    "enabled",
    "token",
    "token_old",
    "token_old_until",
    "allowed",
    "methods",
    AUTHENTICATION,
    "revision",
];

impl ConfigTable {
    /// Timeline: writes where nothing is. A repeat of the same `Idempotency-Key` meets its own
    /// record; the token of the first call stays the valid one.
    pub async fn create_trigger(
        &self,
        trigger: &Trigger,
        fingerprint: &Fingerprint,
    ) -> Result<Created<Trigger>, StoreError> {
        let mut item = to_item(trigger);
        item.insert("fingerprint".into(), text(fingerprint.as_str()));
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let error = match put {
            Ok(_) => return Ok(Created::New(trigger.clone())),
            Err(error) => error,
        };
        let Some(PutItemError::ConditionalCheckFailedException(refused)) = error.as_service_error()
        else {
            return Err(StoreError::unavailable("create a trigger", error));
        };
        let old = refused.item().cloned().unwrap_or_default();
        let old = &old;
        let known = from_item(old)?;
        if Row(old).text("fingerprint")? != fingerprint.as_str() {
            Ok(Created::Reused)
        } else if known.token.current == trigger.token.current {
            // Our own first attempt, whose answer was lost.
            Ok(Created::New(known))
        } else {
            Ok(Created::Repeat(known))
        }
    }

    pub async fn triggers(&self, workflow: WorkflowId) -> Result<Vec<Trigger>, StoreError> {
        let pk = workflow_pk(workflow);
        let items = query_all(&self.client, &self.table, &pk, TRIGGER).await?;
        items.iter().map(from_item).collect()
    }

    pub async fn trigger(
        &self,
        workflow: WorkflowId,
        id: TriggerId,
    ) -> Result<Option<Trigger>, StoreError> {
        let key = Key::trigger(workflow, id);
        let item = config_table::read(&self.client, &self.table, &key).await?;
        item.as_ref().map(from_item).transpose()
    }

    /// Timeline: whoever read this revision may write the next one; of two, one wins and the other
    /// gets `Conflict`, as does one whose trigger was deleted meanwhile.
    pub async fn update_trigger(
        &self,
        old: &Trigger,
        new: &Trigger,
    ) -> Result<Changed, StoreError> {
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::trigger(old.workflow_id, old.id).item()))
            .condition_expression("revision = :seen")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .expression_attribute_values(":seen", number(old.revision));
        let mut item = to_item(new);
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        for name in CHANGING {
            update = update.expression_attribute_names(format!("#{name}"), name);
            if let Some(value) = item.remove(name) {
                set.push(format!("#{name} = :{name}"));
                update = update.expression_attribute_values(format!(":{name}"), value);
            } else {
                remove.push(format!("#{name}"));
            }
        }
        let mut expression = format!("SET {}", set.join(", "));
        if !remove.is_empty() {
            expression = format!("{expression} REMOVE {}", remove.join(", "));
        }
        let sent = update.update_expression(expression).send().await;
        let error = match sent {
            Ok(_) => return Ok(Changed::Done),
            Err(error) => error,
        };
        match error.as_service_error() {
            // What stands there may be our own first attempt, whose answer was lost.
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                let found = refused.item().map(from_item).transpose()?;
                Ok(if found.as_ref() == Some(new) {
                    Changed::Done
                } else {
                    Changed::Conflict
                })
            }
            _ => Err(StoreError::unavailable("change a trigger", error)),
        }
    }

    /// Deleting what is gone already is no error.
    pub async fn delete_trigger(&self, trigger: &Trigger) -> Result<(), StoreError> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(Key::trigger(trigger.workflow_id, trigger.id).item()))
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::unavailable("delete a trigger", error))
    }
}

fn to_item(trigger: &Trigger) -> Item {
    let methods: Vec<&str> = trigger
        .methods
        .iter()
        .map(|method| method.as_str())
        .collect();
    let mut item = Key::trigger(trigger.workflow_id, trigger.id).item();
    item.extend([
        ("v".to_owned(), number(VERSION)),
        ("id".to_owned(), text(trigger.id)),
        ("workflow_id".to_owned(), text(trigger.workflow_id)),
        ("tenant".to_owned(), text(trigger.tenant)),
        ("enabled".to_owned(), flag(trigger.enabled)),
        ("token".to_owned(), text(trigger.token.current)),
        (
            "allowed".to_owned(),
            texts(&trigger.ip_allow_list.entries()),
        ),
        ("methods".to_owned(), texts(&methods)),
        ("created_at".to_owned(), moment(trigger.created_at)),
        ("revision".to_owned(), number(trigger.revision)),
    ]);
    if let Some((hash, until)) = &trigger.token.previous {
        item.insert("token_old".to_owned(), text(hash));
        item.insert("token_old_until".to_owned(), moment(*until));
    }
    let authentication = trigger.authentication.as_ref();
    item.extend(authentication.map(|authentication| {
        let attribute = authentication_record::to_attribute(authentication);
        (AUTHENTICATION.to_owned(), attribute)
    }));
    item
}

pub(crate) fn from_item(item: &Item) -> Result<Trigger, StoreError> {
    let row = Row::checked(item)?;
    let hash = |name: &str, text: &str| {
        SecretHash::parse(text).ok_or_else(|| row.bad(name, "is not a hash"))
    };
    let previous = match (
        row.optional_text("token_old"),
        row.optional_moment("token_old_until")?,
    ) {
        (Some(old), Some(until)) => Some((hash("token_old", old)?, until)),
        _ => None,
    };
    let methods = row
        .texts("methods")?
        .iter()
        .map(|name| HookMethod::parse(name).map_err(|e| row.bad("methods", &e.to_string())))
        .collect::<Result<_, _>>()?;
    Ok(Trigger {
        id: row.parsed("id")?,
        workflow_id: row.parsed("workflow_id")?,
        tenant: config_table::tenant(row)?,
        enabled: row.flag("enabled"),
        token: TokenHashes {
            current: hash("token", row.text("token")?)?,
            previous,
        },
        ip_allow_list: IpAllowList::parse(&row.texts("allowed")?)
            .map_err(|error| row.bad("allowed", &error.to_string()))?,
        methods,
        authentication: authentication_record::from_row(row)?,
        created_at: row.moment("created_at")?,
        revision: row.number("revision")?,
    })
}
