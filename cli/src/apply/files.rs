//! The files of a folder. Each is one resource; fields are those of the API, and unknown ones are refused with their file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::fields::{
    EVENT_TYPE_FIELDS, SECRETS, SUBSCRIPTION_FIELDS, TRIGGER_FIELDS, WORKFLOW_FIELDS, known,
    required, without,
};
use super::folder::{document, paths};
use crate::failure::{Failure, Result};
use crate::find::text;

/// What the files ask for.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) event_types: Vec<EventType>,
    pub(crate) workflows: Vec<Workflow>,
    pub(crate) subscriptions: Vec<Subscription>,
}

#[derive(Debug)]
pub(crate) struct EventType {
    pub(crate) name: String,
    /// `description` and `schema`, where the file has them.
    pub(crate) body: Map<String, Value>,
}

#[derive(Debug)]
pub(crate) struct Workflow {
    pub(crate) slug: String,
    /// Every field of the API that the file has, but for the definition.
    pub(crate) body: Map<String, Value>,
    pub(crate) definition: Option<Definition>,
    /// `None` where the file leaves triggers alone.
    pub(crate) triggers: Option<Vec<Map<String, Value>>>,
}

/// A document, as it is sent and as it is compared.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) field: &'static str,
    pub(crate) sent: Value,
    pub(crate) value: Value,
}

#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) url: String,
    /// Every field of the API that the file has, but for `workflowIds`.
    pub(crate) body: Map<String, Value>,
    /// Slugs; `None` where the file does not say.
    pub(crate) workflows: Option<Vec<String>>,
}

/// Reads every file below the folder.
pub(crate) fn read(folder: &Path) -> Result<Files> {
    let root = folder
        .canonicalize()
        .map_err(|error| Failure::usage(format!("cannot read {}: {error}", folder.display())))?;
    let mut documents = BTreeMap::new();
    for path in paths(&root, 0)? {
        let (source, value) = document(&path)?;
        documents.insert(path, (source, value));
    }
    let definitions: BTreeSet<PathBuf> = documents
        .iter()
        .filter_map(|(path, (_, value))| {
            path.parent()?
                .join(value.get("definitionFile")?.as_str()?)
                .canonicalize()
                .ok()
        })
        .collect();
    let mut files = Files::default();
    for (path, (_, value)) in &documents {
        if !definitions.contains(path) {
            one(&mut files, &root, path, value)?;
        }
    }
    if documents.is_empty() {
        return Err(Failure::usage(format!(
            "{} has no .yaml, .yml or .json file.",
            folder.display()
        ))
        .hint("`sluice export --to DIR` writes some."));
    }
    unique(&files)?;
    Ok(files)
}

fn one(files: &mut Files, root: &Path, path: &Path, value: &Value) -> Result<()> {
    let shown = path
        .strip_prefix(root)
        .unwrap_or(path)
        .display()
        .to_string();
    let Value::Object(map) = value else {
        return Ok(());
    };
    match text(value, "kind") {
        "workflow" => files.workflows.push(workflow(root, path, &shown, map)?),
        "subscription" => files.subscriptions.push(subscription(&shown, map)?),
        "eventType" => files.event_types.push(event_type(&shown, map)?),
        "" => {
            return Err(Failure::usage(format!("{shown} has no kind."))
                .hint("It is one of: workflow, subscription, eventType. A document of a workflow is named by `definitionFile` of that."));
        }
        other => {
            return Err(Failure::usage(format!("{shown} has the kind {other:?}."))
                .hint("It is one of: workflow, subscription, eventType."));
        }
    }
    Ok(())
}

fn workflow(root: &Path, path: &Path, shown: &str, map: &Map<String, Value>) -> Result<Workflow> {
    known(shown, "", map, &WORKFLOW_FIELDS)?;
    let slug = required(shown, map, "slug")?;
    let definition = match (map.get("definition"), map.get("definitionFile")) {
        (Some(_), Some(_)) => {
            return Err(Failure::usage(format!(
                "{shown} has definition and definitionFile: one is enough."
            )));
        }
        (Some(value), None) => Some(Definition {
            field: "definition",
            sent: value.clone(),
            value: value.clone(),
        }),
        (None, Some(Value::String(file))) => Some(definition_file(root, path, shown, file)?),
        (None, Some(_)) => {
            return Err(Failure::usage(format!(
                "{shown}: definitionFile is no path."
            )));
        }
        (None, None) => None,
    };
    let triggers = match map.get("triggers") {
        None => None,
        Some(Value::Array(items)) => Some(
            items
                .iter()
                .enumerate()
                .map(|(at, item)| trigger(shown, at, item))
                .collect::<Result<Vec<_>>>()?,
        ),
        Some(_) => return Err(Failure::usage(format!("{shown}: triggers is no list."))),
    };
    let mut body = without(map, &["kind", "definition", "definitionFile", "triggers"]);
    body.entry("name")
        .or_insert_with(|| Value::String(slug.clone()));
    Ok(Workflow {
        slug,
        body,
        definition,
        triggers,
    })
}

/// The document of another file below the folder, sent as it is written.
fn definition_file(root: &Path, path: &Path, shown: &str, file: &str) -> Result<Definition> {
    let target = path.parent().unwrap_or(root).join(file).canonicalize();
    let target =
        target.map_err(|error| Failure::usage(format!("{shown}: cannot read {file}: {error}")))?;
    if !target.starts_with(root) {
        return Err(Failure::usage(format!(
            "{shown}: {file} is outside of the folder."
        )));
    }
    let (source, value) = document(&target)?;
    Ok(Definition {
        field: "definitionYaml",
        sent: Value::String(source),
        value,
    })
}

fn trigger(shown: &str, at: usize, item: &Value) -> Result<Map<String, Value>> {
    let place = format!("triggers[{at}].");
    let Value::Object(map) = item else {
        return Err(
            Failure::usage(format!("{shown}: triggers[{at}] is no mapping."))
                .hint("A trigger with every default is {}."),
        );
    };
    known(shown, &place, map, &TRIGGER_FIELDS)?;
    let authentication = map.get("authentication").and_then(Value::as_object);
    if let Some(secret) = SECRETS
        .iter()
        .find(|name| authentication.is_some_and(|settings| settings.contains_key(**name)))
    {
        return Err(Failure::usage(format!(
            "{shown} has {place}authentication.{secret}: no file may have secrets."
        ))
        .hint("Leave it out: a new trigger gets a random one."));
    }
    Ok(map.clone())
}

fn subscription(shown: &str, map: &Map<String, Value>) -> Result<Subscription> {
    known(shown, "", map, &SUBSCRIPTION_FIELDS)?;
    let workflows = match map.get("workflows") {
        None => None,
        Some(Value::Array(slugs)) if slugs.iter().all(Value::is_string) => Some(
            slugs
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        ),
        Some(_) => {
            return Err(Failure::usage(format!(
                "{shown}: workflows is no list of slugs."
            )));
        }
    };
    Ok(Subscription {
        url: required(shown, map, "url")?,
        body: without(map, &["kind", "workflows"]),
        workflows,
    })
}

fn event_type(shown: &str, map: &Map<String, Value>) -> Result<EventType> {
    known(shown, "", map, &EVENT_TYPE_FIELDS)?;
    Ok(EventType {
        name: required(shown, map, "name")?,
        body: without(map, &["kind", "name"]),
    })
}

/// Two files of one slug or name would undo each other at every `apply`.
fn unique(files: &Files) -> Result<()> {
    let mut seen = BTreeSet::new();
    let workflows = files
        .workflows
        .iter()
        .map(|workflow| ("slug", &workflow.slug));
    let event_types = files
        .event_types
        .iter()
        .map(|event_type| ("name", &event_type.name));
    for (field, value) in workflows.chain(event_types) {
        if !seen.insert((field, value)) {
            return Err(
                Failure::usage(format!("Two files have the {field} {value}."))
                    .hint("It is what identifies a resource: keep one."),
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_one(name: &str, content: &str) -> Result<Files> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), content).unwrap();
        read(folder.path())
    }

    #[test]
    fn a_mistake_is_refused_with_its_file_before_anything_is_changed() {
        let wrong = [
            ("", "cannot"),
            ("a: 1", "no kind"),
            ("kind: flow", "the kind"),
            ("kind: workflow", "no slug"),
            (
                "kind: workflow\nslug: a\nactiv: true",
                "activ, which is not known",
            ),
            (
                "kind: workflow\nslug: a\ntriggers: [{authentication: {scheme: github, secret: x}}]",
                "no file may have secrets",
            ),
            (
                "kind: workflow\nslug: a\ntriggers: [{method: GET}]",
                "triggers[0].method",
            ),
            (
                "kind: workflow\nslug: a\ndefinitionFile: none.yaml",
                "cannot read",
            ),
            (
                "kind: workflow\nslug: a\ndefinitionFile: /etc/hostname",
                "outside",
            ),
            ("kind: subscription\nevents: [a]", "no url"),
            ("kind: eventType\nname: [a]", "no name"),
            ("kind: [", "cannot be read"),
        ];
        for (content, expected) in wrong {
            let failure = read_one("a.yaml", content).unwrap_err();
            let message = failure.message();
            assert!(
                message.contains(expected) || content.is_empty(),
                "{content}: {message}"
            );
        }
        assert!(read_one("a.txt", "kind: x").is_err());
    }

    #[test]
    fn a_document_beside_its_workflow_is_no_resource_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("a.yaml"),
            "kind: workflow\nslug: a\ndefinitionFile: a.workflow.yaml",
        )
        .unwrap();
        std::fs::write(
            folder.path().join("a.workflow.yaml"),
            "document: {name: a}\ndo: []\n",
        )
        .unwrap();
        let files = read(folder.path()).unwrap();
        let definition = files.workflows[0].definition.as_ref().unwrap();
        assert_eq!(definition.sent, "document: {name: a}\ndo: []\n");
        assert_eq!(definition.value["document"]["name"], "a");
        assert_eq!(files.workflows[0].body["name"], "a");
    }
}
