//! `/api/v2/public/webhook`: the refold profile over the same subscriptions.

use api::answer;
use api::profiles::refold;
use domain::outbound::Profile;
use http_function::Failure;
use lambda_http::{Body, Response};

use crate::RequestContext;
use crate::subscription_changes;
use crate::subscription_fields::with_draft;

pub(crate) async fn create(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let draft = refold::create(context.inbound)?;
    let created = subscription_changes::create_for_profile(context, draft).await?;
    Ok(answer::ok(&refold::view(&created)))
}

pub(crate) async fn list(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let all = subscription_changes::list(context, Profile::Refold).await?;
    Ok(answer::ok(&refold::list(&all)))
}

pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = context.path_parameter("subscriptionId");
    let found = subscription_changes::find(context, Profile::Refold, id).await?;
    Ok(answer::ok(&refold::view(&found.subscription)))
}

pub(crate) async fn change(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = context.path_parameter("subscriptionId");
    let changed = subscription_changes::change(context, Profile::Refold, id, |old| {
        let draft = refold::change(context.inbound, &old.subscription)?;
        Ok(with_draft(old, draft, context.now))
    });
    Ok(answer::ok(&refold::view(&changed.await?)))
}

/// Deletes a webhook. The answer lists the remaining ones.
pub(crate) async fn delete(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = context.path_parameter("subscriptionId");
    subscription_changes::delete(context, Profile::Refold, id).await?;
    list(context).await
}
