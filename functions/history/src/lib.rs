//! The API over what has run and what was delivered: executions with their requests, cancel, replay, delete; deliveries
//! with retry and recover. It says which steps a request takes; it knows neither the tables nor the status codes.

mod cancel;
mod deliveries;
mod delivery_request;
mod execution_deliveries;
mod execution_list;
mod executions;
mod recovery;
mod refly;
mod replay;
mod replays;
mod routes;
mod steps;
mod trigger_test;

use api::{Inbound, Problem, profiles};
use domain::ApiKey;
use http_function::{HttpFunction, Route};
use lambda_http::{Body, Request, Response};
use store::AwsContext;

/// What the function keeps between requests.
pub struct App {
    aws: AwsContext,
}

/// One request on its way through a handler of this function.
type RequestContext<'a> = http_function::RequestContext<'a, App>;

impl App {
    /// The function over these clients of AWS.
    pub fn new(aws: AwsContext) -> Self {
        Self { aws }
    }
}

/// Answers a request; see [`http_function::handle`].
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    http_function::handle(app, request).await
}

impl HttpFunction for App {
    const NAME: &'static str = "history";

    fn routes() -> &'static [Route<Self>] {
        &routes::ROUTES
    }

    fn aws(&self) -> &AwsContext {
        &self.aws
    }

    fn api_key(inbound: &Inbound) -> Result<ApiKey, Problem> {
        profiles::presented(inbound)
    }

    fn refuse(inbound: &Inbound, problem: Problem) -> Response<Body> {
        profiles::refuse(inbound, problem)
    }
}
