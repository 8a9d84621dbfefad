//! `/api/webhook`: the copyai profile over the same subscriptions.

use api::profiles::copyai;
use api::{Problem, answer};
use domain::outbound::Profile;
use lambda_http::{Body, Response};

use crate::failure::Failure;
use crate::subscribing;
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
        ([id], "DELETE") => delete(call, id).await,
        ([_], _) => method_not_allowed("GET, DELETE"),
        _ => Err(Problem::not_found().into()),
    }
}

async fn create(call: &Call<'_>) -> Result<Response<Body>, Failure> {
    let draft = copyai::create(call.inbound)?;
    let made = subscribing::create_unnamed(call, draft).await?;
    Ok(answer::ok(&copyai::answer(&made)))
}

async fn list(call: &Call<'_>) -> Result<Response<Body>, Failure> {
    let page = copyai::page(call.inbound)?;
    let all = subscribing::all(call, Profile::CopyAi).await?;
    Ok(answer::ok(&copyai::list(&all, page)))
}

async fn show(call: &Call<'_>, id: &str) -> Result<Response<Body>, Failure> {
    let found = subscribing::find(call, Profile::CopyAi, id).await?;
    Ok(answer::ok(&copyai::answer(&found.subscription)))
}

/// The answer is what was there.
async fn delete(call: &Call<'_>, id: &str) -> Result<Response<Body>, Failure> {
    let deleted = subscribing::delete(call, Profile::CopyAi, id).await?;
    Ok(answer::ok(&copyai::answer(&deleted)))
}
