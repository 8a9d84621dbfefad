//! The management API: API keys, secrets, workflows, triggers, subscriptions, events; and the APIs of other products over
//! the same subscriptions. It says which steps a request takes; it knows neither the tables nor the status codes.

mod api_keys;
mod authentication;
mod copyai;
mod definition;
mod event_types;
mod events;
mod failure;
mod judging;
mod receivers;
mod refold;
mod secrets;
mod subscribing;
mod subscription_test;
mod subscriptions;
mod triggers;
mod workflows;

use api::{Code, Inbound, Problem, answer, auth, profiles};
use domain::outbound::Profile;
use domain::{ApiKey, Caller, Scope, Timestamp};
use egress::Resolver;
use lambda_http::{Body, Request, Response};
use serde_json::json;
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span};

use crate::failure::Failure;
use crate::receivers::Receivers;

/// What lives as long as the process.
pub struct App {
    aws: store::AwsContext,
    vault: store::KmsCipher,
    receivers: Receivers,
}

/// One request of a caller who may make it.
struct Call<'a> {
    aws: &'a store::AwsContext,
    vault: &'a store::KmsCipher,
    receivers: &'a Receivers,
    inbound: &'a Inbound,
    caller: Caller,
    now: Timestamp,
}

impl App {
    pub fn new(aws: store::AwsContext) -> Self {
        Self::with_resolver(aws, Resolver::system())
    }

    /// With a resolver of the caller's, by which the names of receivers are judged.
    pub fn with_resolver(aws: store::AwsContext, resolver: Resolver) -> Self {
        Self {
            vault: aws.kms_cipher(),
            receivers: Receivers::new(&aws.settings, resolver),
            aws,
        }
    }
}

/// Answers every request; what goes wrong is a problem (RFC 9457) as well, or has the shape of the profile that was spoken.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let began_at = app.aws.now();
    let inbound = Inbound::read(request);
    let span = tracing::info_span!(
        "register",
        request_id = %inbound.request_id,
        trace_id = inbound.trace_id.map(display),
        route = inbound.route.as_deref(),
        org = Empty,
    );
    let answered = async {
        let routed = route(app, &inbound, began_at).await;
        let response = routed.unwrap_or_else(|failure| refuse(&inbound, failure.into_problem()));
        let now = app.aws.now();
        tracing::info!(
            status = response.status().as_u16(),
            code = answer::refusal(&response).map(Code::as_str),
            ms = now.millis_since(began_at),
            "answered"
        );
        response
    };
    answered.instrument(span).await
}

/// Which API a path belongs to.
fn spoken(path: &[&str]) -> Profile {
    match path {
        ["api", "v2", "public", "webhook", ..] => Profile::Refold,
        ["api", "webhook", ..] => Profile::CopyAi,
        _ => Profile::Native,
    }
}

fn path(inbound: &Inbound) -> Vec<&str> {
    inbound.segments.iter().map(String::as_str).collect()
}

fn refuse(inbound: &Inbound, problem: Problem) -> Response<Body> {
    match spoken(&path(inbound)) {
        Profile::Native => problem.respond(&inbound.request_id),
        Profile::Refold => profiles::refold::refuse(problem),
        Profile::CopyAi => profiles::copyai::refuse(problem),
    }
}

fn presented(inbound: &Inbound, path: &[&str]) -> Result<ApiKey, Problem> {
    match spoken(path) {
        Profile::Native | Profile::Refold => auth::presented(inbound),
        Profile::CopyAi => profiles::copyai::presented(inbound),
    }
}

/// Publishing has a scope of its own, for the keys of an org's services.
fn scope(method: &str, path: &[&str]) -> Scope {
    match (method, path) {
        ("POST", ["v1", "events"]) => Scope::Publish,
        _ => auth::scope_of_method(method),
    }
}

async fn route(app: &App, inbound: &Inbound, now: Timestamp) -> Result<Response<Body>, Failure> {
    let path = path(inbound);
    if let ["healthz"] = path.as_slice() {
        return Ok(answer::ok(&json!({"status": "ok"})));
    }
    let key = presented(inbound, &path)?;
    let caller = app.aws.api_keys.authenticate(&key, now).await?;
    let caller = auth::require(caller, scope(&inbound.method, &path))?;
    Span::current().record("org", display(caller.tenant.org));
    let call = Call {
        aws: &app.aws,
        vault: &app.vault,
        receivers: &app.receivers,
        inbound,
        caller,
        now,
    };
    let method = inbound.method.as_str();
    match path.as_slice() {
        ["v1", "api-keys", rest @ ..] => api_keys::route(&call, method, rest).await,
        ["v1", "event-types", rest @ ..] => event_types::route(&call, method, rest).await,
        ["v1", "events", rest @ ..] => events::route(&call, method, rest).await,
        ["v1", "secrets", rest @ ..] => secrets::route(&call, method, rest).await,
        ["v1", "subscriptions", rest @ ..] => subscriptions::route(&call, method, rest).await,
        ["v1", "workflows", workflow, "triggers", rest @ ..] => {
            triggers::route(&call, workflow, method, rest).await
        }
        ["v1", "workflows", rest @ ..] => workflows::route(&call, method, rest).await,
        ["api", "v2", "public", "webhook", rest @ ..] => refold::route(&call, method, rest).await,
        ["api", "webhook", rest @ ..] => copyai::route(&call, method, rest).await,
        _ => Err(Problem::not_found().into()),
    }
}

impl Call<'_> {
    /// What the id of a new resource is derived from, if the request has an `Idempotency-Key`.
    fn idempotency_scope(&self, collection: &str) -> Result<Option<String>, Problem> {
        let key = api::idempotency::key(self.inbound)?;
        Ok(key.map(|key| key.scoped(self.caller.tenant, collection)))
    }

    /// Where webhook URLs begin.
    fn base_url(&self) -> &str {
        let configured = self.aws.settings.public_base_url.as_deref();
        self.inbound.base_url(configured)
    }
}

fn method_not_allowed(allow: &str) -> Result<Response<Body>, Failure> {
    Err(Problem::method_not_allowed(allow).into())
}
