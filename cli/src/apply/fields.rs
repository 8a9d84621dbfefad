//! The fields that files may have. They are those of the API, which a test compares with docs/openapi.json, but for references
//! to other files and resources.

use serde_json::{Map, Value};

use crate::failure::{Failure, Result};

pub(super) const WORKFLOW_FIELDS: [&str; 8] = [
    "kind",
    "slug",
    "name",
    "active",
    "rateLimit",
    "definition",
    "definitionFile",
    "triggers",
];
pub(super) const TRIGGER_FIELDS: [&str; 10] = [
    "enabled",
    "profile",
    "ipAllowList",
    "methods",
    "authentication",
    "cors",
    "response",
    "deliveryId",
    "condition",
    "parameters",
];
pub(super) const SUBSCRIPTION_FIELDS: [&str; 10] = [
    "kind",
    "url",
    "events",
    "workflows",
    "slug",
    "format",
    "method",
    "headers",
    "template",
    "enabled",
];
pub(super) const EVENT_TYPE_FIELDS: [&str; 4] = ["kind", "name", "description", "schema"];
/// Of `authentication`: what no file may have.
pub(super) const SECRETS: [&str; 4] = ["secret", "appKey", "secretKey", "sign"];

/// No field but these; `place` is where they are in the file.
pub(super) fn known(
    shown: &str,
    place: &str,
    map: &Map<String, Value>,
    fields: &[&str],
) -> Result<()> {
    match map.keys().find(|field| !fields.contains(&field.as_str())) {
        None => Ok(()),
        Some(field) => {
            let fields: Vec<&str> = fields
                .iter()
                .copied()
                .filter(|field| *field != "kind")
                .collect();
            Err(
                Failure::usage(format!("{shown} has {place}{field}, which is not known."))
                    .hint(format!("There are {}.", fields.join(", "))),
            )
        }
    }
}

/// The text that identifies a resource.
pub(super) fn required(shown: &str, map: &Map<String, Value>, field: &str) -> Result<String> {
    let value = map
        .get(field)
        .and_then(Value::as_str)
        .filter(|value| !value.is_empty());
    value.map(str::to_owned).ok_or_else(|| {
        Failure::usage(format!("{shown} has no {field}."))
            .hint("It is a text, and what identifies it.")
    })
}

/// Every field but these.
pub(super) fn without(map: &Map<String, Value>, fields: &[&str]) -> Map<String, Value> {
    let kept = map
        .iter()
        .filter(|(field, _)| !fields.contains(&field.as_str()));
    kept.map(|(field, value)| (field.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn files_have_the_fields_of_the_api_and_name_what_it_calls_by_id() {
        let document: Value =
            serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap();
        let schema = |name: &str| -> BTreeSet<String> {
            let fields = document["components"]["schemas"][name]["properties"]
                .as_object()
                .unwrap();
            fields.keys().cloned().collect()
        };
        let file = |fields: &[&str], but: &[&str], plus: &[&str]| -> BTreeSet<String> {
            let kept = fields.iter().filter(|field| !but.contains(field));
            kept.chain(plus).map(|field| (*field).to_owned()).collect()
        };
        let workflow = file(
            &WORKFLOW_FIELDS,
            &["kind", "definitionFile", "triggers"],
            &["definitionYaml"],
        );
        assert_eq!(workflow, schema("WorkflowSettings"));
        assert_eq!(file(&TRIGGER_FIELDS, &[], &[]), schema("TriggerSettings"));
        let subscription = file(
            &SUBSCRIPTION_FIELDS,
            &["kind", "workflows"],
            &["workflowIds"],
        );
        assert_eq!(subscription, schema("SubscriptionSettings"));
        assert_eq!(
            file(&EVENT_TYPE_FIELDS, &["kind", "name"], &[]),
            schema("EventTypeDeclaration")
        );
    }
}
