//! A request through a function: route, caller, handler, answer, log line.

use std::convert::Infallible;

use api::{Code, Inbound, Problem, answer, auth};
use domain::{ApiKey, Timestamp};
use lambda_http::{Body, Error, Request, Response, service_fn};
use store::AwsContext;
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span};

use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::routes::{Access, Route, find};

/// A Lambda function that serves routes of the HTTP API.
pub trait HttpFunction: Send + Sync + Sized + 'static {
    /// The name of the package, which is also that of the function and of its log's spans.
    const NAME: &'static str;

    /// Every route that the function serves.
    fn routes() -> &'static [Route<Self>];

    /// The clients of AWS.
    fn aws(&self) -> &AwsContext;

    /// The API key that a request presents.
    fn api_key(inbound: &Inbound) -> Result<ApiKey, Problem> {
        auth::presented(inbound)
    }

    /// The answer to a request that is refused.
    fn refuse(inbound: &Inbound, problem: Problem) -> Response<Body> {
        problem.respond(&inbound.request_id)
    }
}

/// Runs a function on Lambda: the whole of its `main`.
pub async fn run<F: HttpFunction>(start: impl FnOnce(AwsContext) -> F) -> Result<(), Error> {
    store::init_logging();
    let function = start(AwsContext::from_process()?);
    let function = &function;
    api::gateway::serve(service_fn(async |request: Request| {
        Ok::<_, Infallible>(handle(function, request).await)
    }))
    .await
}

/// Answers a request. A request that is not served is answered with a problem (RFC 9457), unless the function refuses
/// in another shape.
pub async fn handle<F: HttpFunction>(function: &F, request: Request) -> Response<Body> {
    let aws = function.aws();
    let began_at = aws.now();
    let inbound = Inbound::read(request);
    let span = tracing::info_span!(
        "http_request",
        function = F::NAME,
        request_id = %inbound.request_id,
        trace_id = inbound.trace_id.map(display),
        route = inbound.route.as_deref(),
        org = Empty,
    );
    let answered = async {
        let served = serve(function, &inbound, began_at).await;
        let response = served.unwrap_or_else(|failure| F::refuse(&inbound, failure.into_problem()));
        let now = aws.now();
        tracing::info!(
            status = response.status().as_u16(),
            code = answer::refusal(&response).map(Code::as_str),
            ms = now.millis_since(began_at),
            "request answered"
        );
        aws.metrics.flush(now);
        response
    };
    answered.instrument(span).await
}

/// Authenticates before it says whether there is a route, so that strangers learn nothing of the API.
async fn serve<F: HttpFunction>(
    function: &F,
    inbound: &Inbound,
    now: Timestamp,
) -> Result<Response<Body>, Failure> {
    let found = find(F::routes(), &inbound.method, &inbound.segments);
    let (scope, found) = match found {
        Ok((route, path_parameters)) => match route.access {
            Access::Public(answer) => return Ok(answer()),
            Access::ApiKey(scope, handler) => (scope, Ok((handler, path_parameters))),
        },
        Err(problem) => (Some(auth::scope_of_method(&inbound.method)), Err(problem)),
    };
    let aws = function.aws();
    let key = F::api_key(inbound)?;
    let caller = aws.api_keys.authenticate(&key, now).await?;
    let caller = auth::require(caller, scope)?;
    Span::current().record("org", display(caller.tenant.org));
    let (handler, path_parameters) = found?;
    let context = RequestContext {
        app: function,
        aws,
        inbound,
        caller,
        now,
        path_parameters,
    };
    handler(&context).await
}
