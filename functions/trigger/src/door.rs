//! Who gets in: the rules of admission, with the one thing between their halves that asks AWS.

use api::native::Hook;
use aws::StoreError;
use domain::{Admission, Knock, Timestamp, admit, recognize};

use crate::App;
use crate::configurations::Configuration;

/// Asks for a signature only whom the trigger knows, so that nobody without the token makes us open a secret.
pub(crate) async fn knock<'a>(
    app: &App,
    configured: &'a Configuration,
    hook: &Hook,
    now: Timestamp,
) -> Result<Admission<'a>, StoreError> {
    let knock = Knock {
        token: &hook.token,
        source_ip: hook.request.source_ip,
        method: &hook.request.method,
        hops: hook.request.hops(),
        now,
    };
    let configured = configured.as_deref();
    let configured = configured.map(|(workflow, triggers)| (workflow, triggers.as_slice()));
    let visitor = match recognize(configured, &knock) {
        Ok(visitor) => visitor,
        Err(refused) => return Ok(refused),
    };
    let proof = app
        .proofs
        .check(&app.aws, visitor.trigger, &hook.request, now)
        .await?;
    Ok(admit(visitor, proof, &knock))
}
