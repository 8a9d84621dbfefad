//! API Gateway's HTTP API in front of the functions: the template's routes, events of payload format 2.0. Adds
//! nothing to what a function answers. Does not know what the routes are for.

mod answer;
mod event;
mod routes;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use domain::Clock;
use http::StatusCode;
use http_body_util::LengthLimitError;
use tokio::time::timeout;

use self::answer::message;
use self::routes::Routes;
use crate::functions::Functions;
use crate::template::{DeploymentScope, Route};

/// The payload quota of HTTP APIs.
const BODY_LIMIT_BYTES: usize = 10 * 1_048_576;
/// The integration timeout of HTTP APIs, which cannot be raised.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

struct Gateway {
    routes: Routes,
    functions: Arc<Functions>,
    scope: DeploymentScope,
    clock: Clock,
}

/// Serves every path: what no route matches is answered too.
pub(crate) fn router(
    routes: &[Route],
    functions: Arc<Functions>,
    scope: DeploymentScope,
    clock: Clock,
) -> Router {
    let routes = Routes::new(routes);
    Router::new().fallback(handle).with_state(Arc::new(Gateway {
        routes,
        functions,
        scope,
        clock,
    }))
}

async fn handle(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let Some(found) = gateway.routes.find(&head.method, head.uri.path()) else {
        return message(StatusCode::NOT_FOUND, "Not Found");
    };
    let body = match read(body).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let function = found.function.to_owned();
    let event = event::build(
        &head,
        &body,
        &found,
        peer,
        &gateway.scope,
        (gateway.clock)(),
    );
    match timeout(
        INTEGRATION_TIMEOUT,
        gateway.functions.invoke(&function, event),
    )
    .await
    {
        Ok(Ok(answer)) => answer::build(answer),
        Ok(Err(_)) => message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        Err(_) => message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
    }
}

async fn read(body: Body) -> Result<bytes::Bytes, Response> {
    to_bytes(body, BODY_LIMIT_BYTES).await.map_err(|error| {
        let is_too_long =
            std::error::Error::source(&error).is_some_and(|source| source.is::<LengthLimitError>());
        if is_too_long {
            message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
        } else {
            message(StatusCode::BAD_REQUEST, "Bad Request")
        }
    })
}

#[cfg(test)]
mod tests;
