//! Events that orgs publish, as JSON. It does not know which subscriptions they are delivered to.

use domain::outbound::{Event, EventType, Profile, Publisher};
use domain::{EventId, Fingerprint, MAX_BODY_BYTES, Timestamp, WorkflowId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::field::{event_slug_rule, is_event_slug};
use crate::body;
use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::status::Code;

/// An event to publish.
#[derive(Debug)]
pub struct Draft {
    /// A type that orgs may publish. Whether it was declared is not checked yet.
    pub event_type: EventType,
    /// The data: a JSON object.
    pub data: Value,
    /// The workflow that the event is about.
    pub workflow: Option<WorkflowId>,
    /// The slug of the app or workflow that the event is about.
    pub slug: Option<String>,
    /// The fingerprint of the request, for its `Idempotency-Key`.
    pub fingerprint: Fingerprint,
}

/// An event to publish.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "NewEvent"))]
pub(crate) struct Fields {
    /// The type, which has to be declared. Required.
    #[serde(rename = "type")]
    event_type: Option<String>,
    /// The data; `{}` by default.
    data: Option<Map<String, Value>>,
    /// The workflow that it is about, by which subscriptions filter.
    workflow_id: Option<String>,
    /// The slug of the app or workflow that it is about, by which subscriptions filter.
    slug: Option<String>,
}

/// Reads the body of a publish request: `type`, and optionally `data` (an object; `{}` by default), `workflowId` and
/// `slug`, by which subscriptions filter.
pub fn publish(inbound: &Inbound) -> Result<Draft, Problem> {
    let fields = body::object(inbound)?;
    let parsed: Fields = body::typed(&fields)?;
    let workflow = parsed
        .workflow_id
        .as_deref()
        .map(WorkflowId::parse)
        .transpose();
    if parsed
        .slug
        .as_deref()
        .is_some_and(|slug| !is_event_slug(slug))
    {
        return Err(Problem::invalid_field("/slug", event_slug_rule()));
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
            format!("Only Sluice publishes events of the type {name}."),
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

/// The org has not declared the event's type.
pub fn undeclared(name: &str) -> Problem {
    let detail = format!("There is no event type {name:?}; declare it first.");
    Problem::invalid_field("/type", detail)
}

/// The workflow does not exist, or belongs to another tenant.
pub fn no_workflow() -> Problem {
    Problem::invalid_field("/workflowId", "There is no such workflow.")
}

/// The data does not conform to the schema of its type.
pub fn schema_violation(violations: &str) -> Problem {
    let detail = format!("The data does not conform to the schema of its type: {violations}.");
    Problem::invalid_field("/data", detail)
}

/// An event, in the shape in which it is delivered by default.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EventView<'a> {
    /// Its type.
    r#type: String,
    /// Its id.
    id: EventId,
    /// When it was published.
    timestamp: Timestamp,
    /// Its data.
    #[cfg_attr(test, schemars(with = "Map<String, Value>"))]
    data: &'a Value,
}

/// An event as answers show it.
pub fn view(event: &Event) -> EventView<'_> {
    EventView {
        r#type: event.event_type.to_string(),
        id: event.id,
        timestamp: event.at,
        data: &event.data,
    }
}

/// The path of an event.
pub fn location(id: EventId) -> String {
    format!("/v1/events/{id}")
}

#[cfg(test)]
mod tests;
