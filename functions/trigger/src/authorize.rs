//! Whether a request may trigger a workflow: the rules are the domain's; between their two halves the signature is
//! verified, which may need a call of KMS.

use api::webhook::TriggerWorkflow;
use domain::{AuthorizationRequest, Decision, Timestamp, decide, match_trigger};
use store::StoreError;

use crate::App;
use crate::configurations::Configuration;

/// Verifies the signature only where the token matches, so that a request without the token causes no call of KMS.
pub(crate) async fn authorize<'a>(
    app: &App,
    configured: &'a Configuration,
    command: &TriggerWorkflow,
    now: Timestamp,
) -> Result<Decision<'a>, StoreError> {
    let asked = AuthorizationRequest {
        profile: command.profile,
        token: &command.token,
        source_ip: command.request.source_ip,
        method: &command.request.method,
        hops: command.request.hops(),
        now,
    };
    let configured = configured.as_deref();
    let configured = configured.map(|(workflow, triggers)| (workflow, triggers.as_slice()));
    let matched = match match_trigger(configured, &asked) {
        Ok(matched) => matched,
        Err(refused) => return Ok(refused),
    };
    let verdict = app
        .signatures
        .verify(&app.aws, matched.trigger, command.signed(), now)
        .await?;
    Ok(decide(matched, verdict, &asked))
}
