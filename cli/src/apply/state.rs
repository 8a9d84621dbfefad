//! What there is, as the API shows it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::client::{Client, op, pages};
use crate::context::Context;
use crate::failure::Result;
use crate::find::{self, ALL, text};

/// What there is of what files can say.
#[derive(Debug)]
pub(crate) struct State {
    /// Those that the org has declared.
    pub(crate) event_types: Vec<Value>,
    /// With their definitions.
    pub(crate) workflows: Vec<Value>,
    /// By the id of the workflow, the oldest first.
    pub(crate) triggers: BTreeMap<String, Vec<Value>>,
    /// Those of the native API.
    pub(crate) subscriptions: Vec<Value>,
}

impl State {
    /// Reads it: definitions and triggers only of the workflows that `wanted` names, or of all.
    pub(crate) fn read(
        context: &Context,
        client: &Client,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Self> {
        let listed = find::workflows(client)?;
        let bar = context.bar(listed.len() as u64, "reading");
        let (mut workflows, mut triggers) = (Vec::new(), BTreeMap::new());
        for workflow in listed {
            bar.inc(1);
            if !wanted(text(&workflow, "slug")) {
                workflows.push(workflow);
                continue;
            }
            let id = text(&workflow, "id");
            workflows.push(client.call(op::GET_WORKFLOW, &[id]).json()?);
            triggers.insert(id.to_owned(), find::triggers(client, id)?);
        }
        bar.finish_and_clear();
        let mut event_types = pages(ALL, || client.call(op::LIST_EVENT_TYPES, &[]))?;
        event_types.retain(|event_type| event_type.get("declared") == Some(&Value::Bool(true)));
        let mut subscriptions = pages(ALL, || client.call(op::LIST_SUBSCRIPTIONS, &[]))?;
        subscriptions.retain(|subscription| text(subscription, "profile") == "native");
        Ok(Self {
            event_types,
            workflows,
            triggers,
            subscriptions,
        })
    }

    /// The workflow with a slug.
    pub(crate) fn workflow(&self, slug: &str) -> Option<&Value> {
        self.workflows
            .iter()
            .find(|workflow| text(workflow, "slug") == slug)
    }

    /// The slugs of workflows; an id where there is no such workflow any more.
    pub(crate) fn slugs(&self, ids: &Value) -> Vec<String> {
        let ids = ids.as_array().map(Vec::as_slice).unwrap_or_default();
        let slug = |id: &str| {
            let found = self
                .workflows
                .iter()
                .find(|workflow| text(workflow, "id") == id);
            found
                .map_or(id, |workflow| text(workflow, "slug"))
                .to_owned()
        };
        ids.iter().filter_map(Value::as_str).map(slug).collect()
    }
}
