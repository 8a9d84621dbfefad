//! An event as a JSON object in the shape of each profile. It does not know formats.

use domain::Timestamp;
use domain::outbound::{Event, EventType, Profile};
use serde_json::{Value, json};

/// The event in the shape of a profile. A test event, for which other profiles have no name, has the native shape.
pub(crate) fn for_profile(profile: Profile, event: &Event) -> Value {
    match (profile, event.event_type.name(profile)) {
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

/// An event about a connection. The org's data names the linked account, and may name the app.
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

/// An event about a workflow. Refold calls an execution an instance, and a trigger a config.
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

/// Refold's name of the execution's status.
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

/// The `result` is the output of the execution, or its error where it failed. The `metadata` is what the sender of the
/// webhook gave under that name.
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
        "metadata": match field(event, "metadata") {
            Value::Null => json!({}),
            given => given,
        },
    })
}

/// The linked account of the data, in refold's spelling or in ours.
fn linked_account(event: &Event) -> Value {
    match field(event, "linked_account_id") {
        Value::Null => field(event, "linkedAccountId"),
        found => found,
    }
}

/// When the connection changed, where the org's data has a valid time; otherwise when the event was published. Refold
/// writes it as RFC 1123 does.
fn created_at(event: &Event) -> String {
    let given = event.data.get("createdAt").and_then(Value::as_str);
    let given = given.and_then(|text| {
        let http_date = || Timestamp::parse_http_date(text);
        Timestamp::parse(text).ok().or_else(http_date)
    });
    given.unwrap_or(event.at).to_http_date()
}

/// A field of the event's data, or null.
fn field(event: &Event, name: &str) -> Value {
    event.data.get(name).cloned().unwrap_or(Value::Null)
}
