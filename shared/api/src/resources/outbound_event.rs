//! Events that an org publishes, as JSON. It does not know who is told of them.

use domain::outbound::{Event, EventType, Profile, Publisher};
use domain::{EventId, Fingerprint, MAX_BODY_BYTES, WorkflowId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::subscription::{is_slug, slug_rule};
use crate::body;
use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::status::Code;

/// What a client wants published.
#[derive(Debug)]
pub struct Draft {
    /// Of a type that orgs publish; whether a declared one was declared is not known yet.
    pub event_type: EventType,
    pub data: Value,
    pub workflow: Option<WorkflowId>,
    pub slug: Option<String>,
    /// By which a repeat is known.
    pub fingerprint: Fingerprint,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    #[serde(rename = "type")]
    event_type: Option<String>,
    data: Option<Map<String, Value>>,
    workflow_id: Option<String>,
    slug: Option<String>,
}

/// An event: `type`, and optionally `data` (an object, `{}`), `workflowId` and `slug`, which subscriptions filter by.
pub fn publish(inbound: &Inbound) -> Result<Draft, Problem> {
    let fields = body::object(inbound)?;
    let parsed: Fields = body::typed(&fields)?;
    let workflow = parsed
        .workflow_id
        .as_deref()
        .map(WorkflowId::parse)
        .transpose();
    if parsed.slug.as_deref().is_some_and(|slug| !is_slug(slug)) {
        return Err(Problem::invalid_field("/slug", slug_rule()));
    }
    Ok(Draft {
        event_type: event_type(parsed.event_type.as_deref())?,
        data: data(parsed.data.unwrap_or_default())?,
        workflow: workflow
            .map_err(|error| Problem::invalid_field("/workflowId", format!("{error}.")))?,
        slug: parsed.slug,
        fingerprint: Fingerprint::of(&Value::Object(fields)),
    })
}

fn event_type(name: Option<&str>) -> Result<EventType, Problem> {
    let name = name.ok_or_else(|| Problem::invalid_field("/type", "Give a type."))?;
    let event_type = EventType::parse(Profile::Native, name).ok_or_else(|| undeclared(name))?;
    match event_type.publisher() {
        Publisher::Org => Ok(event_type),
        Publisher::Sluice => Err(Problem::invalid_field(
            "/type",
            format!("Events of the type {name} come from Sluice alone."),
        )),
    }
}

fn data(fields: Map<String, Value>) -> Result<Value, Problem> {
    let data = Value::Object(fields);
    if data.to_string().len() > MAX_BODY_BYTES {
        let detail = format!("The data has at most {MAX_BODY_BYTES} bytes as compact JSON.");
        return Err(Problem::new(Code::EventTooLarge, detail));
    }
    Ok(data)
}

/// An event of a type that nobody declared.
pub fn undeclared(name: &str) -> Problem {
    let detail = format!("There is no type of event {name:?}; declare it first.");
    Problem::invalid_field("/type", detail)
}

/// A workflow that is not there, or not the caller's.
pub fn no_workflow() -> Problem {
    Problem::invalid_field("/workflowId", "There is no such workflow.")
}

/// Data that does not fit the schema of its type.
pub fn unfit(violations: &str) -> Problem {
    let detail = format!("The data does not fit the schema of its type: {violations}.");
    Problem::invalid_field("/data", detail)
}

/// An event as it is delivered by default.
pub fn view(event: &Event) -> Value {
    json!({
        "type": event.event_type.to_string(),
        "id": event.id,
        "timestamp": event.at,
        "data": event.data,
    })
}

pub fn location(id: EventId) -> String {
    format!("/v1/events/{id}")
}

#[cfg(test)]
mod tests;
