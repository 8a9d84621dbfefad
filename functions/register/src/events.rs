//! `/v1/events`: what an org's own services publish. The record is the outbox entry, too: once it is written, subscribers
//! are told.

use std::time::Duration;

use api::resources::outbound_event::{self, Draft};
use api::{Problem, answer, hops, idempotency};
use domain::EventId;
use domain::outbound::{Event, EventType, Subject};
use engine::Schema;
use lambda_http::{Body, Response};
use store::{InsertOutcome, Message};

use crate::failure::Failure;
use crate::{Call, method_not_allowed};

pub(crate) async fn route(
    call: &Call<'_>,
    method: &str,
    path: &[&str],
) -> Result<Response<Body>, Failure> {
    match (path, method) {
        ([], "POST") => publish(call).await,
        ([], _) => method_not_allowed("POST"),
        ([id], "GET") => show(call, id).await,
        ([_], _) => method_not_allowed("GET"),
        _ => Err(Problem::not_found().into()),
    }
}

/// A repeat under an `Idempotency-Key` is answered as the first was, whatever became of its type or workflow since.
async fn publish(call: &Call<'_>) -> Result<Response<Body>, Failure> {
    let hops = hops::counted(call.inbound)?;
    let draft = outbound_event::publish(call.inbound)?;
    let id = match call.idempotency_scope("events")? {
        Some(scope) => {
            let id = EventId::derived(&[&scope]);
            if let Some(known) = call
                .aws
                .events
                .find_published(id, &draft.fingerprint)
                .await?
            {
                return published(call, known).await;
            }
            id
        }
        None => EventId::random(call.now, call.aws.random.u128()),
    };
    fits(call, &draft).await?;
    let event = Event {
        id,
        tenant: call.caller.tenant,
        at: call.now,
        subject: subject(call, &draft).await?,
        hops,
        event_type: draft.event_type,
        data: draft.data,
    };
    let made = call
        .aws
        .events
        .publish(&event, &draft.fingerprint, call.now)
        .await?;
    published(call, made).await
}

async fn published(call: &Call<'_>, made: InsertOutcome<Event>) -> Result<Response<Body>, Failure> {
    match made {
        InsertOutcome::New(event) => {
            send(call, &event).await;
            let location = outbound_event::location(event.id);
            Ok(answer::created(&location, &outbound_event::view(&event)))
        }
        InsertOutcome::Repeat(event) => {
            let location = outbound_event::location(event.id);
            Ok(answer::repeated(&location, &outbound_event::view(&event)))
        }
        InsertOutcome::KeyReused | InsertOutcome::SlugTaken => Err(idempotency::reused().into()),
    }
}

/// Whether its type is there, and its data fits what was declared.
async fn fits(call: &Call<'_>, draft: &Draft) -> Result<(), Failure> {
    let EventType::Declared(name) = &draft.event_type else {
        return Ok(());
    };
    let found = call.aws.event_types.find(call.caller.tenant, name).await?;
    let declared = found.ok_or_else(|| outbound_event::undeclared(name.as_str()))?;
    let Some(schema) = &declared.schema else {
        return Ok(());
    };
    let schema = Schema::compile(schema).map_err(|_| {
        tracing::error!(event_type = %name, "a declared schema cannot be read any more");
        Problem::internal()
    })?;
    schema
        .fit(&draft.data)
        .map_err(|violations| outbound_event::unfit(&violations).into())
}

/// The workflow's own slug, where the event names none.
async fn subject(call: &Call<'_>, draft: &Draft) -> Result<Subject, Failure> {
    let mut subject = Subject {
        workflow: draft.workflow,
        slug: draft.slug.clone(),
        ..Subject::default()
    };
    if let Some(id) = draft.workflow {
        let found = call.aws.workflows.find(call.caller.tenant, id).await?;
        let workflow = found.ok_or_else(outbound_event::no_workflow)?;
        subject.slug.get_or_insert(workflow.slug.to_string());
    }
    Ok(subject)
}

/// A message that is not sent is not lost: the event is due, and found by that.
async fn send(call: &Call<'_>, event: &Event) {
    let message = Message::FanOut { event_id: event.id };
    let queue = &call.aws.delivery_queue;
    queue
        .send_or_leave_to_sweep(message, event.tenant.org, Duration::ZERO)
        .await;
}

async fn show(call: &Call<'_>, id: &str) -> Result<Response<Body>, Failure> {
    let id = EventId::parse(id).map_err(|_| Problem::not_found())?;
    let found = call
        .aws
        .events
        .find_of(call.caller.tenant, id, call.now)
        .await?;
    let event = found.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&outbound_event::view(&event)))
}
