//! The management API: API keys, workflows, triggers. It says which steps a request takes; it knows
//! neither the tables nor the status codes.

mod api_keys;
mod definition;
mod failure;
mod triggers;
mod workflows;

use api::{Inbound, Problem, answer, auth};
use domain::{Caller, Timestamp};
use lambda_http::{Body, Request, Response};
use serde_json::json;
use tracing::Instrument as _;

use crate::failure::Failure;

/// What lives as long as the process.
pub struct App {
    aws: aws::Environment,
}

/// One request of a caller who may make it.
struct Call<'a> {
    aws: &'a aws::Environment,
    inbound: &'a Inbound,
    caller: Caller,
    now: Timestamp,
}

impl App {
    pub fn new(aws: aws::Environment) -> Self {
        Self { aws }
    }
}

/// Answers every request; what goes wrong is a problem (RFC 9457) as well.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let inbound = Inbound::read(request);
    let span = tracing::info_span!("register", request_id = %inbound.request_id);
    let answer = route(app, &inbound).instrument(span.clone()).await;
    answer.unwrap_or_else(|failure| {
        let _entered = span.entered();
        failure.into_problem().respond(&inbound.request_id)
    })
}

async fn route(app: &App, inbound: &Inbound) -> Result<Response<Body>, Failure> {
    let path: Vec<&str> = inbound.segments.iter().map(String::as_str).collect();
    if let ["healthz"] = path.as_slice() {
        return Ok(answer::ok(&json!({"status": "ok"})));
    }
    let now = app.aws.now();
    let key = auth::presented(inbound)?;
    let caller = app.aws.keys.authenticate(&key, now).await?;
    let call = Call {
        aws: &app.aws,
        inbound,
        caller: auth::require(caller, auth::scope_of_method(&inbound.method))?,
        now,
    };
    let method = inbound.method.as_str();
    match path.as_slice() {
        ["v1", "api-keys", rest @ ..] => api_keys::route(&call, method, rest).await,
        ["v1", "workflows", workflow, "triggers", rest @ ..] => {
            triggers::route(&call, workflow, method, rest).await
        }
        ["v1", "workflows", rest @ ..] => workflows::route(&call, method, rest).await,
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
