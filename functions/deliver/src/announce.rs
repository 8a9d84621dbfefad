//! Announces an execution: makes its pending lifecycle events from its record, fans them out, and marks them on the record
//! as fanned out. Event ids are derived from the execution, so announcing it twice makes no second event.

use domain::outbound::{Event, LifecycleEvent, Subject};
use domain::{Execution, ExecutionId, Timestamp, WebhookRequest, Workflow};
use serde_json::{Map, Value, json};
use store::{PendingEvents, StoreError, SubscriptionRecord};

use crate::App;
use crate::fan_out::{Source, fan_out};

/// An execution may end while its start is announced; then its end is announced as well, in the next round.
const MAX_ROUNDS: u32 = 4;
/// The largest output, error or metadata that an event holds, in bytes as JSON: 100 KB.
const MAX_RESULT_BYTES: usize = 102_400;

/// Announces the pending lifecycle events of an execution, if there are any.
pub(crate) async fn announce(app: &App, id: ExecutionId) -> Result<(), StoreError> {
    for _ in 0..MAX_ROUNDS {
        let Some(pending) = app.aws.lifecycle_events.pending(id).await? else {
            return Ok(());
        };
        let now = app.aws.now();
        announce_once(app, &pending, now).await?;
        if app
            .aws
            .lifecycle_events
            .mark_fanned_out(&pending, now)
            .await?
        {
            return Ok(());
        }
    }
    tracing::info!("the execution changed in every round; the sweep has its last events announced");
    Ok(())
}

async fn announce_once(
    app: &App,
    pending: &PendingEvents,
    now: Timestamp,
) -> Result<(), StoreError> {
    let execution = &pending.execution;
    let subscribers = app.aws.subscriptions.subscribers(execution.tenant).await?;
    let records = &subscribers.readable;
    let is_watched = |lifecycle_event: &LifecycleEvent| {
        records
            .iter()
            .any(|SubscriptionRecord { subscription, .. }| {
                subscription.watches(&lifecycle_event.event_type(), execution.workflow_id, None)
            })
    };
    if !pending.lifecycle_events.iter().any(is_watched) {
        return subscribers.check_all_readable();
    }
    let workflow = app
        .aws
        .workflows
        .find_with_deleted(execution.tenant, execution.workflow_id)
        .await?;
    for lifecycle_event in &pending.lifecycle_events {
        let event = event(pending, *lifecycle_event, workflow.as_ref());
        fan_out(app, &event, records, Source::New, now).await?;
    }
    subscribers.check_all_readable()
}

/// The same record always makes the same event.
fn event(
    pending: &PendingEvents,
    lifecycle_event: LifecycleEvent,
    workflow: Option<&Workflow>,
) -> Event {
    let execution = &pending.execution;
    let at = match lifecycle_event {
        LifecycleEvent::Started => execution.started_at,
        LifecycleEvent::Completed | LifecycleEvent::Failed => execution.finished_at(),
    };
    Event {
        id: Event::id_of(execution, lifecycle_event),
        tenant: execution.tenant,
        event_type: lifecycle_event.event_type(),
        at: at.unwrap_or(execution.created_at),
        subject: Subject {
            workflow: Some(execution.workflow_id),
            slug: workflow.map(|workflow| workflow.slug.to_string()),
            ..Subject::default()
        },
        hops: pending.request.hops(),
        data: Value::Object(data(pending, lifecycle_event, workflow)),
    }
}

fn data(
    pending: &PendingEvents,
    lifecycle_event: LifecycleEvent,
    workflow: Option<&Workflow>,
) -> Map<String, Value> {
    let execution = &pending.execution;
    let mut data = execution_fields(execution, workflow);
    let mut put = |name: &str, value: Value| {
        data.insert(name.to_owned(), value);
    };
    if let Some(metadata) = metadata_of_sender(&pending.request) {
        put("metadata", bounded(Some(metadata)));
    }
    match lifecycle_event {
        LifecycleEvent::Started => put("status", json!("running")),
        LifecycleEvent::Completed => {
            put("status", json!("succeeded"));
            put("finishedAt", json!(execution.finished_at()));
            put("output", bounded(pending.output.clone()));
        }
        LifecycleEvent::Failed => {
            put("status", json!("failed"));
            put("finishedAt", json!(execution.finished_at()));
            put("error", bounded(pending.error.clone()));
        }
    }
    data
}

fn execution_fields(execution: &Execution, workflow: Option<&Workflow>) -> Map<String, Value> {
    let fields = [
        ("executionId", json!(execution.id)),
        ("workflowId", json!(execution.workflow_id)),
        ("workflowName", json!(workflow.map(|known| &known.name))),
        (
            "workflowSlug",
            json!(workflow.map(|known| known.slug.to_string())),
        ),
        ("workflowVersion", json!(execution.workflow_version)),
        ("triggerId", json!(execution.trigger_id)),
        (
            "deliveryId",
            json!(execution.delivery_id.as_ref().map(|id| id.as_str())),
        ),
        ("startedAt", json!(execution.started_at)),
    ];
    let owned = fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    owned.collect()
}

/// What the sender of the webhook gave as `metadata`, by which it recognizes its own request in the event.
fn metadata_of_sender(request: &WebhookRequest) -> Option<Value> {
    let mut event = domain::event(request).ok()?;
    let metadata = event.get_mut("metadata").map(Value::take);
    metadata.filter(|given| !given.is_null())
}

/// Replaces a value that is too large for an event by a note; the history API shows the whole.
fn bounded(value: Option<Value>) -> Value {
    let value = value.unwrap_or_default();
    let bytes = value.to_string().len();
    if bytes <= MAX_RESULT_BYTES {
        return value;
    }
    json!({ "omitted": format!("{bytes} bytes of JSON are too large for an event; read the execution") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_of_100_kb_is_in_the_event_and_a_larger_one_is_a_note() {
        let text = |bytes: usize| Some(Value::from("a".repeat(bytes - 2)));
        assert!(bounded(text(MAX_RESULT_BYTES)).is_string());
        let note = bounded(text(MAX_RESULT_BYTES + 1));
        assert!(
            note["omitted"]
                .as_str()
                .is_some_and(|note| note.starts_with("102401 bytes"))
        );
    }
}
