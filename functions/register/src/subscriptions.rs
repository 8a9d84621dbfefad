//! `/v1/subscriptions`: create, list, show, change, enable, disable, rotate-secret, delete. It shows the subscriptions
//! of every profile.

use std::collections::HashMap;

use api::page::Page;
use api::resources::subscription;
use api::{Problem, answer};
use domain::outbound::{CircuitBreaker, Profile, ReceiverHealth, Subscription};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::SubscriptionRecord;

use crate::RequestContext;
use crate::subscription_changes::{self, CreateOutcome, CreateSubscription};
use crate::subscription_fields::{with_draft, with_enabled};

pub(crate) async fn create(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let request = subscription::create(context.inbound)?;
    let request = CreateSubscription {
        draft: request.draft,
        secret: request.secret,
        fingerprint: request.fingerprint,
        idempotency_scope: context.idempotency_scope("subscriptions")?,
    };
    match subscription_changes::create(context, request).await? {
        CreateOutcome::Created {
            subscription: created,
            secret,
        } => Ok(answer::created(
            &subscription::location(&created),
            &subscription::view_with_secret(&created, ReceiverHealth::default(), &secret),
        )),
        CreateOutcome::Repeated(first) => Ok(answer::repeated(
            &subscription::location(&first),
            &subscription::view(&first, health(context, &first).await?),
        )),
    }
}

pub(crate) async fn list(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let paging = subscription::paging(context.inbound)?;
    let mut subscriptions = subscription_changes::list(context, Profile::Native).await?;
    subscriptions.sort_unstable_by_key(|subscription| subscription.id);
    let (listed, next) = paging.select(&subscriptions, |subscription| subscription.id);
    let ids: Vec<_> = listed
        .iter()
        .filter(|subscription| subscription.is_enabled())
        .map(|subscription| subscription.id)
        .collect();
    let failing = match ids.is_empty() {
        true => HashMap::new(),
        false => {
            let health = &context.aws.endpoint_health;
            health.find_all(&ids, context.now).await?
        }
    };
    let page = Page::of_items(
        &listed,
        next,
        |subscription| subscription.id,
        |subscription| {
            let breaker = failing.get(&subscription.id);
            subscription::view(subscription, health_of(breaker, context))
        },
    );
    Ok(answer::list(page))
}

/// What is known of the receiver. A subscription that is disabled attempts nothing, and starts anew once it is enabled.
async fn health(
    context: &RequestContext<'_>,
    subscription: &Subscription,
) -> Result<ReceiverHealth, Failure> {
    if !subscription.is_enabled() {
        return Ok(ReceiverHealth::default());
    }
    let health = &context.aws.endpoint_health;
    let breaker = health.find(subscription.id, context.now).await?;
    Ok(health_of(breaker.as_ref(), context))
}

fn health_of(breaker: Option<&CircuitBreaker>, context: &RequestContext<'_>) -> ReceiverHealth {
    breaker.map_or_else(ReceiverHealth::default, |breaker| {
        breaker.health(context.now)
    })
}

/// The answer that shows a subscription.
async fn shown(
    context: &RequestContext<'_>,
    subscription: &Subscription,
) -> Result<Response<Body>, Failure> {
    let health = health(context, subscription).await?;
    Ok(answer::ok(&subscription::view(subscription, health)))
}

pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = context.path_parameter("subscriptionId");
    let found = subscription_changes::find(context, Profile::Native, id).await?;
    shown(context, &found.subscription).await
}

pub(crate) async fn patch(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = context.path_parameter("subscriptionId");
    let changed = change(context, id, |old| {
        let draft = subscription::change(context.inbound, &old.subscription)?;
        Ok(with_draft(old, draft, context.now))
    });
    shown(context, &changed.await?).await
}

pub(crate) async fn enable(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    switch(context, true).await
}

pub(crate) async fn disable(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    switch(context, false).await
}

async fn switch(context: &RequestContext<'_>, enabled: bool) -> Result<Response<Body>, Failure> {
    let id = context.path_parameter("subscriptionId");
    let changed = change(context, id, |old| {
        Ok(SubscriptionRecord {
            subscription: with_enabled(&old.subscription, enabled, context.now),
            ..old.clone()
        })
    });
    shown(context, &changed.await?).await
}

/// Sets a new secret. The old one signs beside it for the overlap.
pub(crate) async fn rotate_secret(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = context.path_parameter("subscriptionId");
    let request = subscription::rotate_secret(context.inbound)?;
    let found = subscription_changes::find(context, Profile::Native, id).await?;
    let secret = request.secret;
    let secret = secret.unwrap_or_else(|| subscription_changes::new_secret(context));
    let sealed = subscription_changes::seal(context, found.subscription.id, &secret).await?;
    let changed = change(context, id, |old| {
        let secrets = &old.secrets;
        Ok(SubscriptionRecord {
            secrets: secrets.rotate(sealed.clone(), request.overlap_secs, context.now),
            ..old.clone()
        })
    });
    let changed = changed.await?;
    let health = health(context, &changed).await?;
    let view = subscription::view_with_secret(&changed, health, &secret);
    Ok(answer::ok(&view))
}

pub(crate) async fn delete(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = context.path_parameter("subscriptionId");
    subscription_changes::delete(context, Profile::Native, id).await?;
    Ok(answer::no_content())
}

async fn change(
    context: &RequestContext<'_>,
    id: &str,
    apply: impl Fn(&SubscriptionRecord) -> Result<SubscriptionRecord, Problem>,
) -> Result<Subscription, Failure> {
    subscription_changes::change(context, Profile::Native, id, apply).await
}
