//! `/v1/subscriptions`: create, list, show, change, enable, disable, test, rotate-secret, delete. It shows every
//! subscription, whichever API it was made with.

use api::resources::subscription;
use api::{Problem, answer, page};
use domain::outbound::{Profile, Subscription};
use lambda_http::{Body, Response};
use store::SubscriptionRecord;

use crate::failure::Failure;
use crate::subscribing::{self, Made, Wanted, redrafted, switched};
use crate::{Call, method_not_allowed, subscription_test};

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
        ([id], "PATCH") => patch(call, id).await,
        ([id], "DELETE") => delete(call, id).await,
        ([_], _) => method_not_allowed("GET, PATCH, DELETE"),
        ([id, "enable"], "POST") => switch(call, id, true).await,
        ([id, "disable"], "POST") => switch(call, id, false).await,
        ([id, "test"], "POST") => subscription_test::begin(call, id).await,
        ([id, "rotate-secret"], "POST") => rotate(call, id).await,
        ([_, "enable" | "disable" | "test" | "rotate-secret"], _) => method_not_allowed("POST"),
        _ => Err(Problem::not_found().into()),
    }
}

async fn create(call: &Call<'_>) -> Result<Response<Body>, Failure> {
    let asked = subscription::create(call.inbound)?;
    let wanted = Wanted {
        draft: asked.draft,
        secret: asked.secret,
        fingerprint: asked.fingerprint,
        scope: call.idempotency_scope("subscriptions")?,
    };
    match subscribing::create(call, wanted).await? {
        Made::New(made, secret) => Ok(answer::created(
            &subscription::location(&made),
            &subscription::view_with_secret(&made, &secret),
        )),
        Made::Repeat(made) => Ok(answer::repeated(
            &subscription::location(&made),
            &subscription::view(&made),
        )),
    }
}

async fn list(call: &Call<'_>) -> Result<Response<Body>, Failure> {
    let paging = subscription::paging(call.inbound)?;
    let mut all = subscribing::all(call, Profile::Native).await?;
    all.sort_unstable_by_key(|subscription| subscription.id);
    let (shown, next) = page::cut(all, &paging, |subscription| subscription.id);
    let items = shown.iter().map(subscription::view).collect();
    Ok(answer::list(items, next))
}

async fn show(call: &Call<'_>, id: &str) -> Result<Response<Body>, Failure> {
    let found = subscribing::find(call, Profile::Native, id).await?;
    Ok(answer::ok(&subscription::view(&found.subscription)))
}

async fn patch(call: &Call<'_>, id: &str) -> Result<Response<Body>, Failure> {
    let changed = change(call, id, |old| {
        let draft = subscription::change(call.inbound, &old.subscription)?;
        Ok(redrafted(old, draft, call.now))
    });
    Ok(answer::ok(&subscription::view(&changed.await?)))
}

async fn switch(call: &Call<'_>, id: &str, enabled: bool) -> Result<Response<Body>, Failure> {
    let changed = change(call, id, |old| {
        Ok(SubscriptionRecord {
            subscription: switched(&old.subscription, enabled, call.now),
            ..old.clone()
        })
    });
    Ok(answer::ok(&subscription::view(&changed.await?)))
}

/// Both secrets sign while the rotation overlaps.
async fn rotate(call: &Call<'_>, id: &str) -> Result<Response<Body>, Failure> {
    let asked = subscription::rotation(call.inbound)?;
    let found = subscribing::find(call, Profile::Native, id).await?;
    let secret = asked.secret;
    let secret = secret.unwrap_or_else(|| subscribing::new_secret(call));
    let sealed = subscribing::seal(call, found.subscription.id, &secret).await?;
    let changed = change(call, id, |old| {
        let secrets = &old.secrets;
        Ok(SubscriptionRecord {
            secrets: secrets.rotate(sealed.clone(), asked.overlap_secs, call.now),
            ..old.clone()
        })
    });
    let view = subscription::view_with_secret(&changed.await?, &secret);
    Ok(answer::ok(&view))
}

async fn delete(call: &Call<'_>, id: &str) -> Result<Response<Body>, Failure> {
    subscribing::delete(call, Profile::Native, id).await?;
    Ok(answer::no_content())
}

async fn change(
    call: &Call<'_>,
    id: &str,
    changed: impl Fn(&SubscriptionRecord) -> Result<SubscriptionRecord, Problem>,
) -> Result<Subscription, Failure> {
    subscribing::change(call, Profile::Native, id, changed).await
}
