//! Lambda's Runtime API, as far as a function needs it: hands out events one after the other and takes the answers
//! (AWS Lambda developer guide, "Using the Lambda runtime API"). It does not know what they mean.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use crate::Outcome;

const TIMEOUT_MS: u128 = 60_000;

/// The API for one container.
pub(crate) struct RuntimeApi {
    /// Where it listens, as `AWS_LAMBDA_RUNTIME_API` says it.
    pub(crate) address: String,
    state: Arc<State>,
    listening: AbortHandle,
}

struct State {
    events: Mutex<VecDeque<String>>,
    answers: Mutex<Vec<Value>>,
    /// When the container asked for an event and there was none.
    idle_since: watch::Sender<Option<Instant>>,
}

impl RuntimeApi {
    /// Hands out these events, and then nothing more.
    pub(crate) async fn serving(events: Vec<String>) -> Outcome<Self> {
        let state = Arc::new(State {
            events: Mutex::new(events.into()),
            answers: Mutex::default(),
            idle_since: watch::Sender::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        Ok(Self {
            address: listener.local_addr()?.to_string(),
            listening: tokio::spawn(listen(listener, Arc::clone(&state))).abort_handle(),
            state,
        })
    }

    /// Comes back when everything is answered, with the moment when the container asked for more.
    pub(crate) async fn idle(&self) -> Outcome<Instant> {
        let mut idle = self.state.idle_since.subscribe();
        let since = *idle.wait_for(Option::is_some).await?;
        since.ok_or_else(|| "the container is busy".into())
    }

    /// What the function gave back.
    pub(crate) fn answers(&self) -> Vec<Value> {
        lock(&self.state.answers).clone()
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn listen(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).ok();
        let state = Arc::clone(&state);
        let service = service_fn(move |request| serve(Arc::clone(&state), request));
        connections.spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service),
        );
    }
}

async fn serve(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.method() == Method::GET {
        return Ok(state.next().await);
    }
    let body = request.into_body().collect().await;
    let body = body.map(|body| body.to_bytes()).unwrap_or_default();
    lock(&state.answers).push(serde_json::from_slice(&body).unwrap_or_default());
    let mut taken = Response::new(Full::default());
    *taken.status_mut() = hyper::StatusCode::ACCEPTED;
    Ok(taken)
}

impl State {
    async fn next(&self) -> Response<Full<Bytes>> {
        let event = lock(&self.events).pop_front();
        let Some(event) = event else {
            self.idle_since.send_replace(Some(Instant::now()));
            let silence: Infallible = std::future::pending().await;
            match silence {}
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let deadline = now.unwrap_or_default().as_millis() + TIMEOUT_MS;
        Response::builder()
            .header("content-type", "application/json")
            .header(
                "lambda-runtime-aws-request-id",
                "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
            )
            .header("lambda-runtime-deadline-ms", deadline.to_string())
            .header(
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:eu-central-1:000000000000:function:bench",
            )
            .header(
                "lambda-runtime-trace-id",
                "Root=1-6b0187c0-4f1c2a7b3d5e6f708192a3b4;Parent=c88d77b0aef840e9;Sampled=0",
            )
            .body(Full::from(event))
            .expect("the headers are of their form")
    }
}
