//! Writes what there is as the files that `apply` reads.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::state::State;
use crate::failure::{Doing as _, Result};
use crate::find::text;
use crate::output::to_yaml;

/// Of a trigger, what a file can say.
const TRIGGER_FIELDS: [&str; 10] = [
    "enabled",
    "profile",
    "methods",
    "ipAllowList",
    "authentication",
    "cors",
    "response",
    "deliveryId",
    "condition",
    "parameters",
];
const SUBSCRIPTION_FIELDS: [&str; 8] = [
    "url", "events", "slug", "format", "method", "headers", "template", "enabled",
];

/// Writes a file for each resource; how many.
pub(crate) fn export(state: &State, folder: &Path) -> Result<usize> {
    let mut names = BTreeSet::new();
    let mut write = |kind: &str, name: &str, value: &Value| -> Result<()> {
        let folder = folder.join(kind);
        let what = || format!("cannot write into {}", folder.display());
        std::fs::create_dir_all(&folder).doing(what)?;
        let mut file = file_name(name);
        while !names.insert(folder.join(&file)) {
            file.push('-');
        }
        std::fs::write(folder.join(format!("{file}.yaml")), to_yaml(value)).doing(what)
    };
    for event_type in &state.event_types {
        let mut file = map([("kind", json!("eventType"))]);
        copy(&mut file, event_type, &["name", "description", "schema"]);
        write(
            "event-types",
            text(event_type, "name"),
            &Value::Object(file),
        )?;
    }
    for workflow in &state.workflows {
        write(
            "workflows",
            text(workflow, "slug"),
            &exported_workflow(state, workflow),
        )?;
    }
    for subscription in &state.subscriptions {
        let mut file = map([("kind", json!("subscription"))]);
        copy(&mut file, subscription, &SUBSCRIPTION_FIELDS);
        let slugs = state.slugs(subscription.get("workflowIds").unwrap_or(&Value::Null));
        file.insert("workflows".to_owned(), json!(slugs));
        write(
            "subscriptions",
            text(subscription, "id"),
            &Value::Object(file),
        )?;
    }
    Ok(state.event_types.len() + state.workflows.len() + state.subscriptions.len())
}

fn exported_workflow(state: &State, workflow: &Value) -> Value {
    let mut file = map([("kind", json!("workflow"))]);
    copy(
        &mut file,
        workflow,
        &["slug", "name", "active", "rateLimit"],
    );
    let triggers = state
        .triggers
        .get(text(workflow, "id"))
        .map(Vec::as_slice)
        .unwrap_or_default();
    let triggers = triggers.iter().map(|trigger| {
        let mut settings = Map::new();
        copy(&mut settings, trigger, &TRIGGER_FIELDS);
        Value::Object(settings)
    });
    file.insert("triggers".to_owned(), triggers.collect());
    // The definition is the user's own: nothing is left out of it.
    file.insert(
        "definition".to_owned(),
        workflow.get("definition").cloned().unwrap_or(Value::Null),
    );
    Value::Object(file)
}

fn map<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Copies what has a value; `null`, and lists without anything, are the defaults.
fn copy(file: &mut Map<String, Value>, from: &Value, fields: &[&str]) {
    for field in fields {
        let value = from.get(*field).cloned().unwrap_or(Value::Null);
        // A schema is the user's own.
        let value = if *field == "schema" {
            value
        } else {
            without_nulls(value)
        };
        let is_default = value.is_null()
            || value.as_array().is_some_and(Vec::is_empty)
            || value.as_object().is_some_and(Map::is_empty);
        if !is_default {
            file.insert((*field).to_owned(), value);
        }
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                kept.map(|(name, value)| (name, without_nulls(value)))
                    .collect(),
            )
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// A name that stays in its folder.
fn file_name(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
                c
            } else {
                '-'
            }
        })
        .collect();
    match name.trim_start_matches('.') {
        "" => "unnamed".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_the_folder() {
        assert_eq!(file_name("../../etc/passwd"), "-..-etc-passwd");
        assert_eq!(file_name(".."), "unnamed");
        assert_eq!(file_name("order.shipped"), "order.shipped");
    }
}
