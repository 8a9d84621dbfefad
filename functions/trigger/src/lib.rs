//! The `trigger` function: decodes a webhook, reads its workflow's configuration, authorizes the request, accepts it and
//! answers. How requests and answers look is the profile's (`api`); the conditions of the writes are the store's.

mod accept;
mod authorize;
mod capture;
mod check;
mod configurations;
mod confirming_reads;
mod hook_ids;
mod inactive;
mod org_limits;
mod receive;
mod record;
mod refused;
mod report;
mod response;
mod signature_verifier;
mod too_large;
mod unrouted;

use api::Inbound;
use api::webhook::{self, inquiry};
use domain::{Timestamp, WebhookProfile};
use lambda_http::{Body, Request, Response};
use store::AwsContext;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use capture::FullWindows;
use configurations::Configurations;
use hook_ids::HookIds;
use receive::{Received, Reply, receive};
use response::wait_for_answer;
use signature_verifier::SignatureVerifier;
use too_large::CalledTriggers;

/// The clients and caches of one container.
pub struct App {
    aws: AwsContext,
    configurations: Configurations,
    hook_ids: HookIds,
    signatures: SignatureVerifier,
    full_windows: FullWindows,
    called_triggers: CalledTriggers,
}

impl App {
    /// An app with empty caches.
    pub fn new(aws: AwsContext) -> Self {
        Self {
            aws,
            configurations: Configurations::default(),
            hook_ids: HookIds::default(),
            signatures: SignatureVerifier::default(),
            full_windows: FullWindows::default(),
            called_triggers: CalledTriggers::default(),
        }
    }
}

/// Answers one request to a webhook URL, or one that no route takes; a failure is answered as well.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let now = app.aws.now();
    let inbound = Inbound::read(request);
    let span = span(&inbound);
    let answered = async {
        let response = match webhook::profile_of_route(&inbound) {
            Some(profile) => trigger(app, profile, inbound, now).await,
            None => unrouted::refuse(&inbound),
        };
        app.report(&response, now);
        response
    };
    answered.instrument(span).await
}

async fn trigger(
    app: &App,
    profile: WebhookProfile,
    inbound: Inbound,
    now: Timestamp,
) -> Response<Body> {
    let request_id = inbound.request_id.clone();
    let received = match webhook::decode(profile, inbound, now) {
        Ok(command) => receive(app, command, now).await,
        Err(refusal) => Received::refused(refusal),
    };
    let quota = received.quota;
    let mut response = match received.reply {
        Reply::Outcome(outcome) => webhook::encode(profile, outcome, quota, &request_id),
        Reply::Inquiry(inquiry) => inquiry::encode(&inquiry),
        // After the budget of the calls that accept: the webhook is recorded, and the sender waits by its own choice.
        Reply::Waiting(waiting) => {
            let outcome = wait_for_answer(app, *waiting, now).await;
            webhook::encode(profile, outcome, quota, &request_id)
        }
    };
    if let Some(origin) = received.allowed_origin {
        inquiry::allow_origin(&mut response, &origin);
    }
    response
}

/// The ids that every log line of a request has. The sender's delivery id is not logged, because the sender chooses its
/// text; the id of the execution is derived from it.
fn span(inbound: &Inbound) -> Span {
    tracing::info_span!(
        "webhook",
        request_id = %inbound.request_id,
        trace_id = inbound.trace_id.map(display),
        workflow = Empty,
        trigger = Empty,
        execution = Empty,
    )
}
