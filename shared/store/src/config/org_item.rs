//! The stored form of an org, and the write of its number of active workflows that transactions are made of.

use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use domain::{Org, OrgId, OrgLimits, RateLimit};

use crate::StoreError;
use crate::config::orgs::OrgRecord;
use crate::dynamodb::attributes::{Row, VERSION, flag, number, text};
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;
use crate::dynamodb::update_expression::UpdateExpression;

/// Why a workflow cannot become active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActivationRefusal {
    /// The org has as many active workflows as it may.
    PlanLimit { limit: u64 },
    /// The operator changed the org since it was read.
    OrgChanged,
}

/// Counts one more active workflow of an org. May write while the org is as it was read and has fewer than it may: of
/// two activations that race for the last place one wins, and the other finds none left.
pub(crate) fn count_activation(table: &Table, org: &Org) -> TransactWriteItem {
    let unchanged = match org.revision {
        0 => "attribute_not_exists(revision)",
        _ => "revision = :seen",
    };
    let has_place = "(attribute_not_exists(max_active) OR active_workflows < max_active)";
    let mut update = change(table, org.id, 1)
        .condition_expression(format!("{unchanged} AND {has_place}"))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    if org.revision > 0 {
        update = update.expression_attribute_values(":seen", number(org.revision));
    }
    built(update)
}

/// Counts one active workflow of an org less.
pub(crate) fn count_deactivation(table: &Table, org: OrgId) -> TransactWriteItem {
    built(change(table, org, -1))
}

fn change(table: &Table, org: OrgId, by: i64) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
    Update::builder()
        .table_name(table.name())
        .set_key(Some(Key::org(org).item()))
        .update_expression("ADD active_workflows :change SET v = :v")
        .expression_attribute_values(":change", number(by))
        .expression_attribute_values(":v", number(VERSION))
}

fn built(update: aws_sdk_dynamodb::types::builders::UpdateBuilder) -> TransactWriteItem {
    let update = update.build().expect("table, key and update are given");
    TransactWriteItem::builder().update(update).build()
}

/// Why [`count_activation`] was refused, from the item that it found.
pub(crate) fn refusal(row: Row<'_>) -> Result<ActivationRefusal, StoreError> {
    let active: u64 = row.optional_number("active_workflows")?.unwrap_or(0);
    let limit: Option<u64> = row.optional_number("max_active")?;
    Ok(match limit {
        Some(limit) if active >= limit => ActivationRefusal::PlanLimit { limit },
        Some(_) | None => ActivationRefusal::OrgChanged,
    })
}

/// Sets everything that the operator sets; the number of active workflows stays.
pub(crate) fn changes(org: &Org) -> UpdateExpression {
    let OrgLimits {
        webhook_triggers,
        active_workflows,
        default_rate_limit,
        webhooks_per_minute,
        webhooks_per_day,
        monthly_credits,
    } = org.limits;
    let mut changes = UpdateExpression::default();
    changes.set("v", number(VERSION));
    changes.set("name", text(&org.name));
    changes.set("plan", text(org.plan));
    changes.set("webhook_triggers", flag(webhook_triggers));
    changes.set("capacity", number(default_rate_limit.capacity_tokens()));
    changes.set("refill", number(default_rate_limit.refill_per_second()));
    changes.set("revision", number(org.revision));
    changes.set_if_absent("active_workflows", number(0));
    changes.set_or_remove("max_active", active_workflows.map(number));
    changes.set_or_remove("per_minute", webhooks_per_minute.map(number));
    changes.set_or_remove("per_day", webhooks_per_day.map(number));
    changes.set_or_remove("credits", monthly_credits.map(number));
    changes
}

/// An org whose record has no plan is one that the operator has set nothing of; its record only counts.
pub(crate) fn read(id: OrgId, row: Row<'_>) -> Result<OrgRecord, StoreError> {
    let active_workflows = row.optional_number("active_workflows")?.unwrap_or(0);
    let org = match row.optional_text("plan") {
        Some(_) => read_set(id, row)?,
        None => Org::unlimited(id),
    };
    Ok(OrgRecord {
        org,
        active_workflows,
    })
}

fn read_set(id: OrgId, row: Row<'_>) -> Result<Org, StoreError> {
    let rate_limit = RateLimit::new(row.number("capacity")?, row.number("refill")?)
        .map_err(|error| row.bad("capacity", &error.to_string()))?;
    Ok(Org {
        id,
        name: row.text("name")?.to_owned(),
        plan: row.parsed("plan")?,
        limits: OrgLimits {
            webhook_triggers: row.flag("webhook_triggers"),
            active_workflows: row.optional_number("max_active")?,
            default_rate_limit: rate_limit,
            webhooks_per_minute: row.optional_number("per_minute")?,
            webhooks_per_day: row.optional_number("per_day")?,
            monthly_credits: row.optional_number("credits")?,
        },
        revision: row.number("revision")?,
    })
}
