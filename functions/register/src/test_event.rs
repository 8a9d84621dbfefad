//! `POST /v1/subscriptions/{subscriptionId}/test`: a test event for this subscription alone, whichever event types it
//! has.

use std::time::Duration;

use api::{answer, hops, resources};
use domain::EventId;
use domain::outbound::{Delivery, Event, EventType, Profile, Stage, Subject, Subscription};
use http_function::Failure;
use lambda_http::{Body, Response};
use serde_json::json;
use store::Message;

use crate::{RequestContext, subscription_changes};

/// Sends a test event. A repeat with the same `Idempotency-Key` finds the delivery of the first request, even where the
/// subscription was disabled since, or completes what the first request could not.
pub(crate) async fn send_test_event(
    context: &RequestContext<'_>,
) -> Result<Response<Body>, Failure> {
    let id = context.path_parameter("subscriptionId");
    let hops = hops::checked_hops(context.inbound)?;
    let found = subscription_changes::find(context, Profile::Native, id).await?;
    let subscription = found.subscription;
    let collection = format!("subscriptions/{}/test", subscription.id);
    let scope = context.idempotency_scope(&collection)?;
    let event_id = match &scope {
        Some(scope) => EventId::derived(&[scope]),
        None => EventId::random(context.now, context.aws.random.u128()),
    };
    let event = test_event(context, event_id, &subscription, hops);
    let delivery = test_delivery(context, &event, &subscription);
    let location = resources::delivery::location(delivery.id);
    let view = resources::subscription::test_event_view(event.id, delivery.id);
    if scope.is_some()
        && context
            .aws
            .deliveries
            .find(delivery.id, context.now)
            .await?
            .is_some()
    {
        return Ok(answer::accepted_before(&location, &view));
    }
    if !subscription.is_enabled() {
        return Err(resources::subscription::disabled().into());
    }
    context.aws.events.record(&event).await?;
    let nonce = context.aws.random.nonce();
    if !context
        .aws
        .deliveries
        .record(&delivery, context.now, &nonce)
        .await?
    {
        return Ok(answer::accepted_before(&location, &view));
    }
    enqueue(context, &delivery).await;
    Ok(answer::accepted(&location, &view))
}

fn test_event(
    context: &RequestContext<'_>,
    id: EventId,
    subscription: &Subscription,
    hops: u8,
) -> Event {
    Event {
        id,
        tenant: subscription.tenant,
        event_type: EventType::WebhookTest,
        at: context.now,
        subject: Subject {
            only: Some(subscription.id),
            ..Subject::default()
        },
        hops,
        data: json!({
            "subscriptionId": subscription.id,
            "message": "A test of this subscription, as requested through the API.",
        }),
    }
}

fn test_delivery(
    context: &RequestContext<'_>,
    event: &Event,
    subscription: &Subscription,
) -> Delivery {
    Delivery {
        id: Delivery::id_for(event.id, subscription.id),
        tenant: subscription.tenant,
        subscription_id: subscription.id,
        event_id: event.id,
        event_type: event.event_type.clone(),
        created_at: context.now,
        attempts: 0,
        tries: 0,
        stage: Stage::Pending {
            next_attempt_at: context.now,
        },
    }
}

/// Sends the delivery to the queue. If that fails, the delivery is still due, and a sweep sends it.
async fn enqueue(context: &RequestContext<'_>, delivery: &Delivery) {
    let message = Message::Deliver {
        delivery_id: delivery.id,
    };
    let queue = &context.aws.delivery_queue;
    queue
        .send_or_leave_to_sweep(message, delivery.subscription_id, Duration::ZERO)
        .await;
}
