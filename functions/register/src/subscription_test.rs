//! `POST /v1/subscriptions/{id}/test`: an event that goes to this subscription and to no other, whatever it asks for.

use std::time::Duration;

use api::resources::{delivery, subscription};
use api::{answer, hops};
use domain::EventId;
use domain::outbound::{Delivery, Event, EventType, Profile, Stage, Subject, Subscription};
use lambda_http::{Body, Response};
use serde_json::json;
use store::Message;

use crate::Call;
use crate::failure::Failure;
use crate::subscribing;

/// A repeat under an `Idempotency-Key` finds its delivery, whatever became of the subscription since, or makes what the
/// first one could not.
pub(crate) async fn begin(call: &Call<'_>, id: &str) -> Result<Response<Body>, Failure> {
    let hops = hops::counted(call.inbound)?;
    let found = subscribing::find(call, Profile::Native, id).await?;
    let tested = found.subscription;
    let collection = format!("subscriptions/{}/test", tested.id);
    let scope = call.idempotency_scope(&collection)?;
    let event_id = match &scope {
        Some(scope) => EventId::derived(&[scope]),
        None => EventId::random(call.now, call.aws.random.u128()),
    };
    let event = event(call, event_id, &tested, hops);
    let begun = first(call, &event, &tested);
    let location = delivery::location(begun.id);
    let told = subscription::tested(event.id, begun.id);
    if scope.is_some()
        && call
            .aws
            .deliveries
            .find(begun.id, call.now)
            .await?
            .is_some()
    {
        return Ok(answer::accepted_before(&location, &told));
    }
    if !tested.is_enabled() {
        return Err(subscription::disabled().into());
    }
    call.aws.events.record(&event).await?;
    let nonce = call.aws.random.nonce();
    if !call.aws.deliveries.record(&begun, call.now, &nonce).await? {
        return Ok(answer::accepted_before(&location, &told));
    }
    send(call, &begun).await;
    Ok(answer::accepted(&location, &told))
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
    let queue = &call.aws.delivery_queue;
    queue
        .send_or_leave_to_sweep(message, begun.subscription_id, Duration::ZERO)
        .await;
}
