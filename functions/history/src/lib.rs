//! What has run, and what was told of it: lists, details, requests as they came in, replay, delete; deliveries, retry,
//! recover. It says which steps a request takes; it knows neither the tables nor the status codes.

mod deliveries;
mod failure;
mod found;
mod recovery;
mod replay;
mod steps;
mod told;

use std::time::Duration;

use api::resources::{execution, request};
use api::{Code, Inbound, Problem, answer, auth};
use domain::{Caller, Execution, ExecutionId, Status, Timestamp};
use lambda_http::{Body, Request, Response};
use store::{CancelOutcome, DeleteOutcome, Message};
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span};

use crate::failure::Failure;

/// What lives as long as the process.
pub struct App {
    aws: store::AwsContext,
}

/// One request of a caller who may make it.
struct Call<'a> {
    aws: &'a store::AwsContext,
    inbound: &'a Inbound,
    caller: Caller,
    now: Timestamp,
}

impl App {
    pub fn new(aws: store::AwsContext) -> Self {
        Self { aws }
    }
}

/// Answers every request; what goes wrong is a problem (RFC 9457) as well.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let began_at = app.aws.now();
    let inbound = Inbound::read(request);
    let span = tracing::info_span!(
        "history",
        request_id = %inbound.request_id,
        trace_id = inbound.trace_id.map(display),
        route = inbound.route.as_deref(),
        org = Empty,
    );
    let answered = async {
        let routed = route(app, &inbound, began_at).await;
        let response =
            routed.unwrap_or_else(|failure| failure.into_problem().respond(&inbound.request_id));
        let now = app.aws.now();
        tracing::info!(
            status = response.status().as_u16(),
            code = answer::refusal(&response).map(Code::as_str),
            ms = now.millis_since(began_at),
            "answered"
        );
        app.aws.metrics.flush(now);
        response
    };
    answered.instrument(span).await
}

async fn route(app: &App, inbound: &Inbound, now: Timestamp) -> Result<Response<Body>, Failure> {
    let key = auth::presented(inbound)?;
    let caller = app.aws.api_keys.authenticate(&key, now).await?;
    let caller = auth::require(caller, auth::scope_of_method(&inbound.method))?;
    Span::current().record("org", display(caller.tenant.org));
    let call = Call {
        aws: &app.aws,
        inbound,
        caller,
        now,
    };
    let method = inbound.method.as_str();
    let path: Vec<&str> = inbound.segments.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["v1", "executions", rest @ ..] => executions(&call, method, rest).await,
        ["v1", "deliveries", rest @ ..] => deliveries::route(&call, method, rest).await,
        ["v1", "subscriptions", id, "recover"] => match method {
            "POST" => recovery::recover(&call, id).await,
            _ => method_not_allowed("POST"),
        },
        _ => Err(Problem::not_found().into()),
    }
}

async fn executions(
    call: &Call<'_>,
    method: &str,
    path: &[&str],
) -> Result<Response<Body>, Failure> {
    match (path, method) {
        ([], "GET") => found::list(call).await,
        ([], _) => method_not_allowed("GET"),
        ([id], "GET") => show(call, parse(id)?).await,
        ([id], "DELETE") => delete(call, parse(id)?).await,
        ([_], _) => method_not_allowed("GET, DELETE"),
        ([id, "request"], "GET") => original(call, parse(id)?).await,
        ([_, "request"], _) => method_not_allowed("GET"),
        ([id, "replay"], "POST") => replay::replay(call, parse(id)?).await,
        ([_, "replay"], _) => method_not_allowed("POST"),
        ([id, "cancel"], "POST") => cancel(call, parse(id)?).await,
        ([_, "cancel"], _) => method_not_allowed("POST"),
        _ => Err(Problem::not_found().into()),
    }
}

fn parse(id: &str) -> Result<ExecutionId, Problem> {
    ExecutionId::parse(id).map_err(|_| Problem::not_found())
}

fn method_not_allowed(allow: &str) -> Result<Response<Body>, Failure> {
    Err(Problem::method_not_allowed(allow).into())
}

async fn show(call: &Call<'_>, id: ExecutionId) -> Result<Response<Body>, Failure> {
    let found = call.aws.executions.detail(call.caller.tenant, id, call.now);
    let detail = found.await?.ok_or_else(Problem::not_found)?;
    let deliveries = told::deliveries(call, &detail.execution).await?;
    let contents = execution::Contents {
        deliveries,
        // Refused before its body was read, an execution may have one that cannot be.
        input: domain::event(&detail.request).ok(),
        output: detail.output,
        error: detail.error,
        steps: steps::read(detail.steps)?,
    };
    Ok(answer::ok(&execution::view(&detail.execution, contents)))
}

async fn original(call: &Call<'_>, id: ExecutionId) -> Result<Response<Body>, Failure> {
    let form = request::form(call.inbound)?;
    let found = call
        .aws
        .executions
        .request(call.caller.tenant, id, call.now);
    let original = found.await?.ok_or_else(Problem::not_found)?;
    Ok(request::respond(original, form))
}

/// Its owner learns of it at the next effect. Cancelling what is cancelled is no error.
async fn cancel(call: &Call<'_>, id: ExecutionId) -> Result<Response<Body>, Failure> {
    let found = call.aws.executions.find(call.caller.tenant, id, call.now);
    let running = found.await?.ok_or_else(Problem::not_found)?;
    let nonce = call.aws.random.nonce();
    match call
        .aws
        .executions
        .cancel(&running, call.now, &nonce)
        .await?
    {
        CancelOutcome::Cancelled | CancelOutcome::AlreadyEnded(Status::Cancelled) => {
            wake_runner(call, &running).await;
            show(call, id).await
        }
        CancelOutcome::AlreadyEnded(status) => Err(execution::ended(status).into()),
        CancelOutcome::NotFound => Err(Problem::not_found().into()),
    }
}

/// Whoever runs it has waited long enough. A message that is not sent is not lost: that one looks again by itself.
async fn wake_runner(call: &Call<'_>, cancelled: &Execution) {
    let Some(runner) = cancelled.runner() else {
        return;
    };
    let (queue, org) = (&call.aws.execution_queue, cancelled.tenant.org);
    queue
        .send_or_leave_to_sweep(
            Message::Wake {
                execution_id: runner,
            },
            org,
            Duration::ZERO,
        )
        .await;
}

async fn delete(call: &Call<'_>, id: ExecutionId) -> Result<Response<Body>, Failure> {
    let deleted = call.aws.executions.delete(call.caller.tenant, id, call.now);
    match deleted.await? {
        DeleteOutcome::Deleted => Ok(answer::no_content()),
        DeleteOutcome::NotFound => Err(Problem::not_found().into()),
        DeleteOutcome::NotEnded => Err(execution::not_ended().into()),
        DeleteOutcome::EventsPending => Err(execution::not_told().into()),
    }
}
