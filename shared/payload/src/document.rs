//! An event as a JSON object, in the shape that clients of each API know. It does not know formats.

use domain::Timestamp;
use domain::outbound::{Event, EventType, Profile};
use serde_json::{Map, Value, json};

/// The event in a form of the API. What the form has no name for, which only a test is, has the native shape.
pub(crate) fn of(form: Profile, event: &Event) -> Value {
    match (form, event.event_type.name(form)) {
        (Profile::Native, _) | (_, None) => native(event),
        (Profile::Refold, Some(name)) if event.event_type.is_of_a_workflow() => {
            refold_workflow(event, name)
        }
        (Profile::Refold, Some(name)) => refold_connection(event, name),
        (Profile::CopyAi, Some(name)) => copyai(event, name),
    }
}

fn native(event: &Event) -> Value {
    json!({
        "type": event.event_type.to_string(),
        "id": event.id,
        "timestamp": event.at,
        "data": event.data,
    })
}

/// What an org publishes of a connection says whose account it is, and maybe of which app.
fn refold_connection(event: &Event, name: &str) -> Value {
    json!({
        "linked_account_id": linked_account(event),
        "org_id": event.tenant.org,
        "environment": event.tenant.environment,
        "type": "General",
        "event": name,
        "slug": event.subject.slug.as_deref().map_or_else(|| field(event, "slug"), Value::from),
        "createdAt": created_at(event),
    })
}

/// An execution is what refold calls an instance, and a trigger is its config.
fn refold_workflow(event: &Event, name: &str) -> Value {
    json!({
        "linked_account_id": linked_account(event),
        "instance_id": field(event, "executionId"),
        "workflow_id": field(event, "workflowId"),
        "config_id": field(event, "triggerId"),
        "event": name,
        "workflow_name": field(event, "workflowName"),
        "status": refold_status(&event.event_type),
    })
}

/// As refold names the states of its executions.
fn refold_status(event_type: &EventType) -> Option<&'static str> {
    match event_type {
        EventType::WorkflowStarted => Some("RUNNING"),
        EventType::WorkflowCompleted => Some("COMPLETED"),
        EventType::WorkflowFailed => Some("ERRORED"),
        EventType::ConnectionCreated
        | EventType::ConnectionDeleted
        | EventType::ConnectionExpired
        | EventType::CreditsExhausted
        | EventType::WebhookTest
        | EventType::SubscriptionDisabled
        | EventType::Declared(_) => None,
    }
}

/// The run's output, or its error where it failed, is the result; whatever else is known is metadata.
fn copyai(event: &Event, name: &str) -> Value {
    let result = match event.event_type {
        EventType::WorkflowFailed => field(event, "error"),
        _ => field(event, "output"),
    };
    json!({
        "type": name,
        "workflowRunId": field(event, "executionId"),
        "workflowId": field(event, "workflowId"),
        "result": result,
        "metadata": metadata(event),
    })
}

fn metadata(event: &Event) -> Value {
    const TOLD_ELSEWHERE: [&str; 4] = ["executionId", "workflowId", "output", "error"];
    let rest = event.data.as_object().into_iter().flatten();
    let rest = rest.filter(|(name, _)| !TOLD_ELSEWHERE.contains(&name.as_str()));
    let mut metadata: Map<String, Value> = rest
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    metadata.insert("eventId".into(), json!(event.id));
    metadata.insert("timestamp".into(), json!(event.at));
    Value::Object(metadata)
}

/// Orgs that came from refold write it their way, others in ours.
fn linked_account(event: &Event) -> Value {
    match field(event, "linked_account_id") {
        Value::Null => field(event, "linkedAccountId"),
        found => found,
    }
}

/// When the connection changed, if the org says so; else when it told.
fn created_at(event: &Event) -> Value {
    let told = event.data.get("createdAt").and_then(Value::as_str);
    let told = told.filter(|text| Timestamp::parse(text).is_ok());
    told.map_or_else(|| json!(event.at), Value::from)
}

/// A field of the event's data; null where there is none.
fn field(event: &Event, name: &str) -> Value {
    event.data.get(name).cloned().unwrap_or(Value::Null)
}
