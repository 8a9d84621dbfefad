//! Finds what a person names: a workflow by id, slug or name, and a trigger by id, or as the only one of its workflow.

use serde_json::Value;

use crate::client::{Client, op, pages};
use crate::failure::{Exit, Failure, Result};

/// An org has fewer workflows, and a workflow fewer triggers.
pub(crate) const ALL: usize = 10_000;

/// A trigger and its workflow.
#[derive(Clone, Debug)]
pub(crate) struct TriggerRef {
    pub(crate) workflow: String,
    pub(crate) trigger: String,
}

/// The text of a member.
pub(crate) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Every workflow, without definitions.
pub(crate) fn workflows(client: &Client) -> Result<Vec<Value>> {
    pages(ALL, || client.call(op::LIST_WORKFLOWS, &[]))
}

/// Every trigger of a workflow, the oldest first.
pub(crate) fn triggers(client: &Client, workflow: &str) -> Result<Vec<Value>> {
    let mut found = pages(ALL, || client.call(op::LIST_TRIGGERS, &[workflow]))?;
    found.sort_by(|one, other| {
        let key = |trigger: &Value| {
            (
                text(trigger, "createdAt").to_owned(),
                text(trigger, "id").to_owned(),
            )
        };
        key(one).cmp(&key(other))
    });
    Ok(found)
}

/// The id of a workflow that is named by id, slug or name.
pub(crate) fn workflow(client: &Client, named: &str) -> Result<String> {
    if named.starts_with("wf_") {
        return Ok(named.to_owned());
    }
    let all = workflows(client)?;
    let id = |workflow: &Value| text(workflow, "id").to_owned();
    if let Some(found) = all.iter().find(|each| text(each, "slug") == named) {
        return Ok(id(found));
    }
    let same = |each: &&Value| text(each, "name").eq_ignore_ascii_case(named);
    let found: Vec<&Value> = all.iter().filter(same).collect();
    match found.as_slice() {
        [one] => Ok(id(one)),
        [] => Err(
            Failure::new(Exit::NotFound, format!("There is no workflow {named}."))
                .hint("`sluice workflow list` shows those that there are."),
        ),
        several => {
            let slugs: Vec<&str> = several.iter().map(|each| text(each, "slug")).collect();
            Err(Failure::usage(format!(
                "{} workflows have the name {named}.",
                several.len()
            ))
            .hint(format!("Name one by its slug: {}", slugs.join(", "))))
        }
    }
}

/// A trigger that is named by its id, or by its workflow where that has only one.
pub(crate) fn trigger(client: &Client, named: &str) -> Result<TriggerRef> {
    if named.starts_with("trg_") {
        return Ok(TriggerRef {
            workflow: workflow_of(client, named)?,
            trigger: named.to_owned(),
        });
    }
    let workflow = workflow(client, named)?;
    let all = triggers(client, &workflow)?;
    match all.as_slice() {
        [one] => Ok(TriggerRef {
            workflow,
            trigger: text(one, "id").to_owned(),
        }),
        [] => Err(Failure::new(
            Exit::NotFound,
            format!("The workflow {named} has no trigger."),
        )
        .hint(format!("Run: sluice trigger create {named}"))),
        several => {
            let ids: Vec<&str> = several.iter().map(|each| text(each, "id")).collect();
            Err(Failure::usage(format!(
                "The workflow {named} has {} triggers.",
                several.len()
            ))
            .hint(format!("Name one by its id: {}", ids.join(", "))))
        }
    }
}

/// The workflow of a trigger, hook or webhook URL.
fn workflow_of(client: &Client, webhook: &str) -> Result<String> {
    let answer = client
        .call(op::LIST_WORKFLOWS, &[])
        .query("webhook", webhook)
        .json()?;
    let found = answer.pointer("/items/0/id").and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| {
        Failure::new(Exit::NotFound, format!("There is no trigger {webhook}."))
            .hint("`sluice trigger list WORKFLOW` shows those of a workflow.")
    })
}
