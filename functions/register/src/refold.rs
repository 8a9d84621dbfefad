//! `/api/v2/public/webhook`: the refold profile over the same subscriptions.

use api::profiles::refold;
use api::{Problem, answer};
use domain::outbound::Profile;
use lambda_http::{Body, Response};

use crate::failure::Failure;
use crate::subscribing::{self, redrafted};
use crate::{Call, method_not_allowed};

pub(crate) async fn route(
    call: &Call<'_>,
    method: &str,
    path: &[&str],
) -> Result<Response<Body>, Failure> {
    match (path, method) {
        ([], "POST") => create(call).await,
        ([], "GET") => list(call).await,
        ([], _) => method_not_allowed("GET, POST"),
        ([id], "GET") => show(call, id).await,
        ([id], "PUT") => change(call, id).await,
        ([id], "DELETE") => delete(call, id).await,
        ([_], _) => method_not_allowed("GET, PUT, DELETE"),
        _ => Err(Problem::not_found().into()),
    }
}

async fn create(call: &Call<'_>) -> Result<Response<Body>, Failure> {
    let draft = refold::create(call.inbound)?;
    let made = subscribing::create_unnamed(call, draft).await?;
    Ok(answer::ok(&refold::view(&made)))
}

async fn list(call: &Call<'_>) -> Result<Response<Body>, Failure> {
    let all = subscribing::all(call, Profile::Refold).await?;
    Ok(answer::ok(&refold::list(&all)))
}

async fn show(call: &Call<'_>, id: &str) -> Result<Response<Body>, Failure> {
    let found = subscribing::find(call, Profile::Refold, id).await?;
    Ok(answer::ok(&refold::view(&found.subscription)))
}

async fn change(call: &Call<'_>, id: &str) -> Result<Response<Body>, Failure> {
    let changed = subscribing::change(call, Profile::Refold, id, |old| {
        let draft = refold::change(call.inbound, &old.subscription)?;
        Ok(redrafted(old, draft, call.now))
    });
    Ok(answer::ok(&refold::view(&changed.await?)))
}

/// The answer are those that remain.
async fn delete(call: &Call<'_>, id: &str) -> Result<Response<Body>, Failure> {
    subscribing::delete(call, Profile::Refold, id).await?;
    list(call).await
}
