//! Telling of an execution: events are made from what its record says, under ids that are derived from it, and are
//! crossed off there once everybody has a delivery. Whatever is told twice is told under the same ids.

use domain::outbound::{Event, LifecycleEvent, Subject};
use domain::{Execution, ExecutionId, Timestamp, Workflow};
use serde_json::{Map, Value, json};
use store::{PendingEvents, StoreError, SubscriptionRecord};

use crate::App;
use crate::fan_out::{Told, tell};

/// While we tell of its start, an execution may come to its end; then there is more to tell.
const ROUNDS: u32 = 4;
/// So much of an output or an error is part of an event, in bytes as JSON: 100 KB.
const MAX_RESULT_BYTES: usize = 102_400;

pub(crate) async fn announce(app: &App, id: ExecutionId) -> Result<(), StoreError> {
    for _ in 0..ROUNDS {
        let Some(news) = app.aws.lifecycle_events.pending(id).await? else {
            return Ok(());
        };
        let now = app.aws.now();
        announce_once(app, &news, now).await?;
        if app.aws.lifecycle_events.mark_fanned_out(&news, now).await? {
            return Ok(());
        }
    }
    tracing::info!("it changes too fast; the rest is told later");
    Ok(())
}

async fn announce_once(app: &App, news: &PendingEvents, now: Timestamp) -> Result<(), StoreError> {
    let execution = &news.execution;
    let subscribers = app.aws.subscriptions.subscribers(execution.tenant).await?;
    let records = &subscribers.readable;
    let is_watched = |lifecycle_event: &LifecycleEvent| {
        records
            .iter()
            .any(|SubscriptionRecord { subscription, .. }| {
                subscription.watches(&lifecycle_event.event_type(), execution.workflow_id, None)
            })
    };
    if !news.lifecycle_events.iter().any(is_watched) {
        return subscribers.check_all_readable();
    }
    let workflow = app
        .aws
        .workflows
        .find_with_deleted(execution.tenant, execution.workflow_id)
        .await?;
    for lifecycle_event in &news.lifecycle_events {
        let event = event(news, *lifecycle_event, workflow.as_ref());
        tell(app, &event, records, Told::First, now).await?;
    }
    subscribers.check_all_readable()
}

/// The same record, the same event.
fn event(
    news: &PendingEvents,
    lifecycle_event: LifecycleEvent,
    workflow: Option<&Workflow>,
) -> Event {
    let execution = &news.execution;
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
        hops: news.hops,
        data: Value::Object(data(news, lifecycle_event, workflow)),
    }
}

fn data(
    news: &PendingEvents,
    lifecycle_event: LifecycleEvent,
    workflow: Option<&Workflow>,
) -> Map<String, Value> {
    let execution = &news.execution;
    let mut data = about(execution, workflow);
    let mut put = |name: &str, value: Value| {
        data.insert(name.to_owned(), value);
    };
    match lifecycle_event {
        LifecycleEvent::Started => put("status", json!("running")),
        LifecycleEvent::Completed => {
            put("status", json!("succeeded"));
            put("finishedAt", json!(execution.finished_at()));
            put("output", bounded(news.output.clone()));
        }
        LifecycleEvent::Failed => {
            put("status", json!("failed"));
            put("finishedAt", json!(execution.finished_at()));
            put("error", bounded(news.error.clone()));
        }
    }
    data
}

fn about(execution: &Execution, workflow: Option<&Workflow>) -> Map<String, Value> {
    let about = [
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
    let owned = about
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    owned.collect()
}

/// What is larger than an event may be is left to the history.
fn bounded(value: Option<Value>) -> Value {
    let value = value.unwrap_or_default();
    let bytes = value.to_string().len();
    if bytes <= MAX_RESULT_BYTES {
        return value;
    }
    json!({ "omitted": format!("{bytes} bytes of JSON are too large for an event; read the execution") })
}
