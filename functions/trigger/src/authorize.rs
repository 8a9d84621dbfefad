//! Who gets in: the rules of admission, with the one thing between their halves that asks AWS.

use api::native::Hook;
use domain::{AuthorizationRequest, Decision, Timestamp, decide, match_trigger};
use store::StoreError;

use crate::App;
use crate::configurations::Configuration;

/// Asks for a signature only whom the trigger knows, so that nobody without the token makes us open a secret.
pub(crate) async fn authorize<'a>(
    app: &App,
    configured: &'a Configuration,
    hook: &Hook,
    now: Timestamp,
) -> Result<Decision<'a>, StoreError> {
    let authorize = AuthorizationRequest {
        token: &hook.token,
        source_ip: hook.request.source_ip,
        method: &hook.request.method,
        hops: hook.request.hops(),
        now,
    };
    let configured = configured.as_deref();
    let configured = configured.map(|(workflow, triggers)| (workflow, triggers.as_slice()));
    let matched = match match_trigger(configured, &authorize) {
        Ok(matched) => matched,
        Err(refused) => return Ok(refused),
    };
    let verdict = app
        .signatures
        .check(&app.aws, matched.trigger, &hook.request, now)
        .await?;
    Ok(decide(matched, verdict, &authorize))
}
