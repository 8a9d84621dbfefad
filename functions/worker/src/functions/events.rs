//! `aws.events`: puts events on EventBridge buses. It does not check which buses a workflow may use.

use integrations::Entry;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Outcome, Reply, arguments, faults};
use crate::App;

/// The most entries of one `PutEvents` request (EventBridge API reference).
const MAX_ENTRIES: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Arguments {
    entries: Vec<EntryArguments>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EntryArguments {
    source: String,
    detail_type: String,
    detail: Map<String, Value>,
    event_bus_name: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
}

pub(super) async fn perform(app: &App, arguments: Value) -> Outcome {
    let arguments: Arguments = arguments::read(arguments)?;
    if !(1..=MAX_ENTRIES).contains(&arguments.entries.len()) {
        let reason = format!("there must be 1 to {MAX_ENTRIES}");
        return Err(arguments::invalid("entries", &reason));
    }
    let entries: Vec<Entry> = arguments.entries.into_iter().map(entry).collect();
    let ids = app.integrations.put_events(&entries).await;
    let ids = ids.map_err(faults::of_failure)?;
    let entries: Vec<Value> = ids.into_iter().map(|id| json!({"eventId": id})).collect();
    Ok(Reply::Returned(json!({"entries": entries})))
}

fn entry(given: EntryArguments) -> Entry {
    Entry {
        source: given.source,
        detail_type: given.detail_type,
        detail: Value::Object(given.detail).to_string(),
        bus: given.event_bus_name,
        resources: given.resources,
    }
}
