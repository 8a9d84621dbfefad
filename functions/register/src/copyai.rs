//! `/api/webhook`: the copyai profile over the same subscriptions.

use api::answer;
use api::profiles::copyai;
use domain::outbound::Profile;
use http_function::Failure;
use lambda_http::{Body, Response};

use crate::{RequestContext, subscription_changes};

pub(crate) async fn create(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let draft = copyai::create(context.inbound)?;
    let created = subscription_changes::create_for_profile(context, draft).await?;
    Ok(answer::ok(&copyai::answer(&created)))
}

pub(crate) async fn list(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let page = copyai::page(context.inbound)?;
    let all = subscription_changes::list(context, Profile::CopyAi).await?;
    Ok(answer::ok(&copyai::list(&all, page)))
}

pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = context.path_parameter("subscriptionId");
    let found = subscription_changes::find(context, Profile::CopyAi, id).await?;
    Ok(answer::ok(&copyai::answer(&found.subscription)))
}

/// Deletes a webhook. The answer shows the deleted webhook.
pub(crate) async fn delete(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = context.path_parameter("subscriptionId");
    let deleted = subscription_changes::delete(context, Profile::CopyAi, id).await?;
    Ok(answer::ok(&copyai::answer(&deleted)))
}
