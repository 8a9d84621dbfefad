//! The console: pages over the management API, rendered on the server. It hands the API's own handlers requests with the
//! visitor's key and shows their answers; it knows no table, and decides nothing about data.

mod api_calls;
mod assets;
mod forgery;
mod json;
mod layout;
mod notice;
mod parts;
mod read_units;
mod refusal;
mod response;
mod routes;
mod screens;
mod session;
mod visit;

use std::convert::Infallible;

use api::Inbound;
use lambda_http::{Body, Error, Request, Response, service_fn};
use store::AwsContext;
use tracing::Instrument as _;

use crate::api_calls::Origin;
use crate::screens::Graphs;

/// What the function keeps between requests.
pub struct App {
    register: register::App,
    history: history::App,
    graphs: Graphs,
    aws: AwsContext,
}

impl App {
    /// The console over these clients of AWS.
    pub fn new(aws: AwsContext) -> Self {
        Self {
            register: register::App::new(aws.clone()),
            history: history::App::new(aws.clone()),
            graphs: Graphs::default(),
            aws,
        }
    }
}

/// Runs the function on Lambda: the whole of its `main`.
pub async fn run() -> Result<(), Error> {
    store::init_logging();
    let app = App::new(AwsContext::from_process()?);
    let app = &app;
    api::gateway::serve(service_fn(async |request: Request| {
        Ok::<_, Infallible>(handle(app, request).await)
    }))
    .await
}

/// Answers a request with a page, a redirection or an asset.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let began_at = app.aws.now();
    let origin = Origin::of(&request);
    let inbound = Inbound::read(request);
    let span = tracing::info_span!(
        "http_request",
        function = "console",
        request_id = %inbound.request_id,
        route = inbound.route.as_deref(),
    );
    let answered = async {
        let response = routes::answer(app, &inbound, &origin, began_at).await;
        tracing::info!(
            status = response.status().as_u16(),
            ms = app.aws.now().millis_since(began_at),
            "page answered"
        );
        response
    };
    answered.instrument(span).await
}
