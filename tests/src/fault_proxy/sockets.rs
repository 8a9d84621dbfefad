//! The proxy's connections: to the services behind it, and, where the world uses sockets, from the functions before it.
//! It does not know what happens to a call.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use local::{Backends, Connections};
use store::Answer;
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

use super::calls::{self, State};
use crate::World;

/// The services behind a proxy.
pub(super) enum Upstream {
    InProcess(Backends),
    Sockets(Box<SocketServices>),
}

/// The services at their addresses, and a client for them.
pub(super) struct SocketServices {
    client: Client<HttpConnector, Full<Bytes>>,
    /// For S3, whose signature names the host that was called.
    backends: Backends,
    dynamodb: String,
    kms: String,
    sqs: String,
}

impl Upstream {
    pub(super) fn of(world: &World) -> Self {
        let variables = world.stack.variables("worker");
        match world.connections {
            Connections::InProcess => Self::InProcess(world.stack.backends().clone()),
            Connections::Sockets => Self::Sockets(Box::new(SocketServices {
                client: Client::builder(TokioExecutor::new()).build_http(),
                backends: world.stack.backends().clone(),
                dynamodb: variables["AWS_ENDPOINT_URL_DYNAMODB"].clone(),
                kms: variables["AWS_ENDPOINT_URL_KMS"].clone(),
                sqs: variables["AWS_ENDPOINT_URL_SQS"].clone(),
            })),
        }
    }

    pub(super) async fn answer(&self, request: Request<Bytes>) -> Answer {
        match self {
            Self::InProcess(backends) => Ok(backends.answer(request).await),
            Self::Sockets(services) => services.answer(request).await,
        }
    }
}

impl SocketServices {
    async fn answer(&self, request: Request<Bytes>) -> Answer {
        if local::s3_operation(&request).is_some() {
            return Ok(self.backends.answer(request).await);
        }
        let target = request.headers().get("x-amz-target");
        let target = target.and_then(|value| value.to_str().ok()).unwrap_or("?");
        let base = match target.split('.').next() {
            Some("DynamoDB_20120810") => &self.dynamodb,
            Some("TrentService") => &self.kms,
            _ => &self.sqs,
        };
        forward(&self.client, base, request).await
    }
}

async fn forward(
    client: &Client<HttpConnector, Full<Bytes>>,
    base: &str,
    request: Request<Bytes>,
) -> Answer {
    let (mut head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    head.uri = format!("{base}{path}").parse().map_err(io::Error::other)?;
    head.headers.remove("host");
    let forwarded = Request::from_parts(head, Full::new(body));
    let answer = client.request(forwarded).await.map_err(io::Error::other)?;
    collected(answer).await
}

async fn collected(answer: Response<Incoming>) -> Answer {
    let (head, body) = answer.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    Ok(Response::from_parts(head, body))
}

/// The URL of a listener for these calls, and its task. Every connection ends with the task.
pub(super) async fn listen(state: Arc<State>) -> (String, AbortHandle) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    (url, tokio::spawn(serve(listener, state)).abort_handle())
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        let service = service_fn(move |request| answer(Arc::clone(&state), request));
        connections.spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service),
        );
    }
}

async fn answer(
    state: Arc<State>,
    request: Request<Incoming>,
) -> io::Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let answer = calls::handle(state, Request::from_parts(head, body)).await?;
    Ok(answer.map(Full::new))
}
