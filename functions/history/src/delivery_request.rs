//! `GET /v1/deliveries/{deliveryId}/request`: what is or was sent. Requests are not stored: it is made anew from the event
//! and the subscription, as an attempt makes it, but for what is secret.

use api::resources::delivery;
use api::resources::delivery_request::{DeliveryRequestView, HIDDEN};
use api::{Problem, answer};
use domain::outbound::{Attempt, Event, Subscription};
use domain::signature::{SchemeName, Signed, sign, signed_content};
use domain::{DeliveryId, Timestamp};
use http_function::Failure;
use indexmap::IndexMap;
use lambda_http::{Body, Response};
use payload::Payload;

use crate::RequestContext;

pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = context.path_id("deliveryId", DeliveryId::parse)?;
    let (tenant, now, aws) = (context.caller.tenant, context.now, context.aws);
    let found = aws.deliveries.detail(tenant, id, now).await?;
    let (found, attempts) = found.ok_or_else(Problem::not_found)?;
    let (subscription, event) = futures::try_join!(
        aws.subscriptions.find(tenant, found.subscription_id),
        aws.events.find_of(tenant, found.event_id, now),
    )?;
    let subscription = subscription.ok_or_else(delivery::subscription_gone)?;
    let event = event.ok_or_else(delivery::event_gone)?;
    let last = attempts.last();
    Ok(answer::ok(&view(
        id,
        &subscription.subscription,
        &event,
        last,
        now,
    )))
}

fn view(
    id: DeliveryId,
    subscription: &Subscription,
    event: &Event,
    last: Option<&Attempt>,
    now: Timestamp,
) -> DeliveryRequestView {
    let (attempt, at) = last.map_or((1, now), |last| (last.number, last.at));
    let mut view = DeliveryRequestView {
        delivery_id: id,
        attempt,
        at,
        sent: last.is_some(),
        method: subscription.method.as_str(),
        url: subscription.url.clone(),
        headers: IndexMap::new(),
        body: None,
        signed_content: None,
        error: None,
    };
    match payload::render(subscription, event) {
        Ok(payload) => {
            let id = event.id.to_string();
            let signed = Signed {
                id: &id,
                at,
                body: &payload.body,
            };
            let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
            view.headers = headers(subscription, &payload, &signed);
            view.signed_content = Some(text(signed_content(
                &SchemeName::STANDARD_WEBHOOKS,
                &signed,
            )));
            view.body = Some(text(payload.body));
        }
        Err(error) => view.error = Some(error.to_string()),
    }
    view
}

fn headers(
    subscription: &Subscription,
    payload: &Payload,
    signed: &Signed<'_>,
) -> IndexMap<String, String> {
    let is_own = |name: &str| subscription.headers.iter().any(|(own, _)| own == name);
    let mut headers = payload.headers(subscription);
    for (name, value) in &mut headers {
        if is_own(name) {
            *value = HIDDEN.to_owned();
        }
    }
    // Without a key the signature is empty, and everything else as with one.
    let signature = sign(&SchemeName::STANDARD_WEBHOOKS, &[], signed).into_iter();
    headers.extend(signature.map(|(name, value)| match value.is_empty() {
        true => (name, HIDDEN.to_owned()),
        false => (name, value),
    }));
    headers.into_iter().collect()
}
