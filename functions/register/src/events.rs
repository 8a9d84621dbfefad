//! `/v1/events`: publish and show the events of an org's own services. The stored event is the outbox entry, too: once
//! it is written, it will be delivered to subscriptions.

use std::time::Duration;

use api::resources::outbound_event::{self, Draft};
use api::{Problem, answer, hops, idempotency};
use domain::EventId;
use domain::outbound::{Event, EventType, Subject};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::{InsertOutcome, Message};

use crate::{RequestContext, off_thread};

/// Publishes an event. A repeat with the same `Idempotency-Key` gets the first answer, even where the type or workflow
/// was changed or deleted since.
pub(crate) async fn publish(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let hops = hops::checked_hops(context.inbound)?;
    let draft = outbound_event::publish(context.inbound)?;
    let id = match context.idempotency_scope("events")? {
        Some(scope) => {
            let id = EventId::derived(&[&scope]);
            if let Some(known) = context
                .aws
                .events
                .find_published(id, &draft.fingerprint)
                .await?
            {
                return answer_published(context, known).await;
            }
            id
        }
        None => EventId::random(context.now, context.aws.random.u128()),
    };
    check_type_and_schema(context, &draft).await?;
    let event = Event {
        id,
        tenant: context.caller.tenant,
        at: context.now,
        subject: subject(context, &draft).await?,
        hops,
        event_type: draft.event_type,
        data: draft.data,
    };
    let published = context
        .aws
        .events
        .publish(&event, &draft.fingerprint, context.now)
        .await?;
    answer_published(context, published).await
}

async fn answer_published(
    context: &RequestContext<'_>,
    published: InsertOutcome<Event>,
) -> Result<Response<Body>, Failure> {
    match published {
        InsertOutcome::New(event) => {
            enqueue(context, &event).await;
            let location = outbound_event::location(event.id);
            Ok(answer::created(&location, &outbound_event::view(&event)))
        }
        InsertOutcome::Repeat(event) => {
            let location = outbound_event::location(event.id);
            Ok(answer::repeated(&location, &outbound_event::view(&event)))
        }
        InsertOutcome::KeyReused => Err(idempotency::reused().into()),
    }
}

/// Checks that the org declared the type, and that the data conforms to its schema.
async fn check_type_and_schema(context: &RequestContext<'_>, draft: &Draft) -> Result<(), Failure> {
    let EventType::Declared(name) = &draft.event_type else {
        return Ok(());
    };
    let found = context
        .aws
        .event_types
        .find(context.caller.tenant, name)
        .await?;
    let declared = found.ok_or_else(|| outbound_event::undeclared(name.as_str()))?;
    let Some(schema) = &declared.schema else {
        return Ok(());
    };
    let compiled = context.app.schemas.find(schema, context.now).await?;
    let schema = compiled.ok_or_else(|| {
        tracing::error!(
            event_type = %name,
            "the stored schema of a declared event type does not compile; the event was not published"
        );
        Problem::internal()
    })?;
    let data = draft.data.clone();
    let fits = off_thread::compute(move || schema.fit(&data)).await?;
    fits.map_err(|violations| outbound_event::schema_violation(&violations).into())
}

/// What the event is about. Where the event names a workflow and no slug, the slug is the workflow's.
async fn subject(context: &RequestContext<'_>, draft: &Draft) -> Result<Subject, Failure> {
    let mut subject = Subject {
        workflow: draft.workflow,
        slug: draft.slug.clone(),
        ..Subject::default()
    };
    if let Some(id) = draft.workflow {
        let found = context
            .aws
            .workflows
            .find(context.caller.tenant, id)
            .await?;
        let workflow = found.ok_or_else(outbound_event::no_workflow)?;
        subject.slug.get_or_insert(workflow.slug.to_string());
    }
    Ok(subject)
}

/// Sends the event to the deliveries queue. If that fails, the event is still due, and a sweep sends it.
async fn enqueue(context: &RequestContext<'_>, event: &Event) {
    let message = Message::FanOut { event_id: event.id };
    let queue = &context.aws.delivery_queue;
    queue
        .send_or_leave_to_sweep(message, event.tenant.org, Duration::ZERO)
        .await;
}

pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = context.path_id("eventId", EventId::parse)?;
    let found = context
        .aws
        .events
        .find_of(context.caller.tenant, id, context.now)
        .await?;
    let event = found.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&outbound_event::view(&event)))
}
