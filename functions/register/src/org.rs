//! `GET /v1/org`: the caller's org, what it may use, and what it uses. Credits are read only where it has any.
//! `GET /v1/org/usage`: what it used on the last days.

use api::answer;
use api::resources::org::{self, Usage};
use api::resources::usage;
use http_function::Failure;
use lambda_http::{Body, Response};

use crate::RequestContext;

pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let found = context.aws.orgs.find(context.caller.tenant.org).await?;
    let account = found.org.limits.credit_account(found.org.id, context.now);
    let credits = match account {
        Some(account) => {
            let used = context.aws.credits.used(account.org, account.month).await?;
            Some(used)
        }
        None => None,
    };
    let used = Usage {
        active_workflows: found.active_workflows,
        credits,
    };
    Ok(answer::ok(&org::view(&found.org, used)))
}

pub(crate) async fn usage(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let org = context.caller.tenant.org;
    let days = context.aws.usage.days(org, context.now).await?;
    Ok(answer::ok(&usage::view(&days)))
}
