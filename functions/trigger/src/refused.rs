//! Notes the refusals of requests whose token is right, for the owner of the trigger. It does not know how often one is
//! written.

use api::webhook::{self, Outcome};
use domain::{CalledTrigger, RefusedRequest, Timestamp, WebhookRequest};

use crate::App;

/// Counts an outcome that is a refusal, and once a minute writes it.
pub(crate) async fn note(
    app: &App,
    called: CalledTrigger,
    request: &WebhookRequest,
    outcome: &Outcome,
    now: Timestamp,
) {
    let refused = &app.aws.refused_requests;
    if !outcome.is_refusal() || !refused.count(called, now) {
        return;
    }
    let Some(code) = webhook::refusal_code(called.profile, outcome) else {
        return;
    };
    let request = RefusedRequest::new(code.as_str(), request);
    // On the heap: the future of every webhook would have its size.
    Box::pin(refused.write(called, &request, now)).await;
}
