//! `POST /v1/subscriptions/{id}/test`: an event that goes to this subscription and to no other, whatever it asks for.

use std::time::Duration;

use api::resources::{delivery, subscription};
use api::{answer, hops};
use aws::Message;
use domain::EventId;
use domain::outbound::{Delivery, Event, EventType, Form, Stage, Subject, Subscription};
use lambda_http::{Body, Response};
use serde_json::json;

use crate::Call;
use crate::failure::Failure;
use crate::subscribing;

pub(crate) async fn begin(call: &Call<'_>, id: &str) -> Result<Response<Body>, Failure> {
    let hops = hops::counted(call.inbound)?;
    let tested = subscribing::find(call, Form::Native, id)
        .await?
        .subscription;
    if !tested.is_enabled() {
        return Err(subscription::disabled().into());
    }
    let collection = format!("subscriptions/{}/test", tested.id);
    let event_id = match call.idempotency_scope(&collection)? {
        Some(scope) => EventId::derived(&[&scope]),
        None => EventId::random(call.now, call.aws.random.u128()),
    };
    let event = event(call, event_id, &tested, hops);
    let begun = first(call, &event, &tested);
    let nonce = call.aws.random.nonce();
    let runs = &call.aws.runs;
    runs.record_event(&event).await?;
    if runs.record_delivery(&begun, call.now, &nonce).await? {
        send(call, &begun).await;
    }
    let location = delivery::location(begun.id);
    let answer = subscription::tested(event.id, begun.id);
    Ok(answer::accepted(&location, &answer))
}

fn event(call: &Call<'_>, id: EventId, tested: &Subscription, hops: u8) -> Event {
    Event {
        id,
        tenant: tested.tenant,
        event_type: EventType::WebhookTest,
        at: call.now,
        subject: Subject {
            only: Some(tested.id),
            ..Subject::default()
        },
        hops,
        data: json!({
            "subscriptionId": tested.id,
            "message": "A test of this subscription, which somebody asked for.",
        }),
    }
}

fn first(call: &Call<'_>, event: &Event, tested: &Subscription) -> Delivery {
    Delivery {
        id: Delivery::id_for(event.id, tested.id),
        tenant: tested.tenant,
        subscription_id: tested.id,
        event_id: event.id,
        event_type: event.event_type.clone(),
        created_at: call.now,
        attempts: 0,
        tries: 0,
        stage: Stage::Pending {
            next_attempt_at: call.now,
        },
    }
}

/// A message that is not sent is not lost: the delivery is due, and found by that.
async fn send(call: &Call<'_>, begun: &Delivery) {
    let message = Message::Deliver {
        delivery_id: begun.id,
    };
    let queue = &call.aws.deliveries;
    let sent = queue.send(message, begun.subscription_id, Duration::ZERO);
    if let Err(error) = sent.await {
        tracing::warn!(delivery = %begun.id, %error, "recorded, but not enqueued");
    }
}
