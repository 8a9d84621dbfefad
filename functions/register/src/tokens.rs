//! The tokens of triggers: made, encrypted beside their hash, and shown again to admins.

use api::auth;
use api::resources::trigger::{self, TriggerView};
use domain::{Scope, Sealed, Secret, SecretOwner, Trigger, TriggerId, WebhookProfile};
use http_function::Failure;
use lambda_http::{Body, Response};

use crate::RequestContext;
use crate::triggers::find;

/// A new token, in the clear for the answer and encrypted for its record.
pub(crate) struct NewToken {
    pub(crate) token: Secret,
    pub(crate) sealed: Sealed,
}

impl NewToken {
    /// Makes a token in the form of the profile.
    pub(crate) async fn make(
        context: &RequestContext<'_>,
        id: TriggerId,
        profile: WebhookProfile,
    ) -> Result<Self, Failure> {
        let token = profile.new_token(context.aws.random.bytes32());
        let plaintext = token.reveal().as_bytes();
        let cipher = &context.app.cipher;
        let sealed = cipher.encrypt(&owner(context, id), plaintext).await?;
        Ok(Self { token, sealed })
    }
}

fn owner(context: &RequestContext<'_>, id: TriggerId) -> SecretOwner {
    SecretOwner::TriggerToken {
        tenant: context.caller.tenant,
        id,
    }
}

/// The current token of a trigger, decrypted.
pub(crate) async fn reveal(
    context: &RequestContext<'_>,
    found: &Trigger,
) -> Result<Secret, Failure> {
    let sealed = found.sealed_token.as_ref().ok_or_else(trigger::no_url)?;
    let owner = owner(context, found.id);
    let cipher = &context.app.cipher;
    let plaintext = cipher.decrypt(&owner, sealed, context.now).await?;
    // A token is ASCII, so nothing is replaced.
    Ok(Secret::from_caller(String::from_utf8_lossy(&plaintext)))
}

/// Shows a trigger; with `reveal=url`, to a key with the scope `admin`, with the URL that holds its token.
pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    if !trigger::reveals_url(context.inbound)? {
        let found = find(context).await?;
        return shown(context, &found, trigger::view(&found)).await;
    }
    auth::require(Some(context.caller.clone()), Some(Scope::Admin))?;
    let found = find(context).await?;
    let token = reveal(context, &found).await?;
    let view = trigger::view_with_url(&found, &token, context.base_url());
    shown(context, &found, view).await
}

async fn shown(
    context: &RequestContext<'_>,
    found: &Trigger,
    view: TriggerView<'_>,
) -> Result<Response<Body>, Failure> {
    let refused_requests = &context.aws.refused_requests;
    let refused = refused_requests.last(found.id, context.now).await?;
    let view = trigger::with_last_refusal(view, refused.as_ref());
    Ok(api::answer::ok(&view))
}
