//! What becomes of one call: it is counted, and meets the fault that the test planned for it. It does not know how the
//! call came here.

use std::convert::Infallible;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;
use store::Answer;
use tokio::sync::Notify;

use super::{Fault, frozen_index, s3};
use crate::World;
use crate::bill::{self, Bill};
use crate::fault_proxy::sockets::Upstream;

type Plan = dyn Fn(usize, &str) -> Fault + Send + Sync;

/// What a proxy knows of its calls.
pub(super) struct State {
    plan: Box<Plan>,
    /// What the due index answers from now on, whatever the table holds.
    frozen: Mutex<Option<Vec<Value>>>,
    calls: Mutex<Vec<String>>,
    bills: Mutex<Vec<Bill>>,
    held: Mutex<Vec<Request<Bytes>>>,
    pub(super) is_dead: AtomicBool,
    pub(super) died: Notify,
    upstream: Upstream,
}

impl State {
    pub(super) fn new(
        world: &World,
        plan: impl Fn(usize, &str) -> Fault + Send + Sync + 'static,
    ) -> Self {
        Self {
            plan: Box::new(plan),
            frozen: Mutex::default(),
            calls: Mutex::default(),
            bills: Mutex::default(),
            held: Mutex::default(),
            is_dead: AtomicBool::new(false),
            died: Notify::new(),
            upstream: Upstream::of(world),
        }
    }

    pub(super) fn calls(&self) -> MutexGuard<'_, Vec<String>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn bills(&self) -> MutexGuard<'_, Vec<Bill>> {
        self.bills.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn held(&self) -> MutexGuard<'_, Vec<Request<Bytes>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn freeze(&self, entries: Vec<Value>) {
        let mut frozen = self.frozen.lock().unwrap_or_else(PoisonError::into_inner);
        *frozen = Some(entries);
    }

    fn frozen_answer(&self, operation: &str, body: &Bytes) -> Option<Response<Bytes>> {
        let frozen = self.frozen.lock().unwrap_or_else(PoisonError::into_inner);
        frozen_index::answer(frozen.as_deref()?, operation, body)
    }

    /// The answer of the service itself.
    pub(super) async fn pass(&self, request: Request<Bytes>) -> Answer {
        self.upstream.answer(request).await
    }

    async fn meter(&self, operation: &str, mut request: Request<Bytes>) -> Answer {
        if target(&request).starts_with("DynamoDB") {
            *request.body_mut() = bill::itemized(request.body());
            request.headers_mut().remove("content-length");
        }
        let answer = self.pass(request).await?;
        self.bills().push(Bill::of(operation, answer.body()));
        Ok(answer)
    }

    async fn die(&self) -> Answer {
        self.is_dead.store(true, Ordering::SeqCst);
        self.died.notify_one();
        never().await
    }
}

/// Counts a call, and does to it what the plan says.
pub(super) async fn handle(state: Arc<State>, request: Request<Bytes>) -> Answer {
    if state.is_dead.load(Ordering::SeqCst) {
        return never().await;
    }
    let operation = operation(&request);
    let number = {
        let mut calls = state.calls();
        calls.push(operation.clone());
        calls.len()
    };
    if let Some(answer) = state.frozen_answer(&operation, request.body()) {
        return Ok(answer);
    }
    match (state.plan)(number, &operation) {
        Fault::Pass => state.pass(request).await,
        Fault::Meter => state.meter(&operation, request).await,
        Fault::CrashBefore => state.die().await,
        Fault::CrashAfter => {
            state.pass(request).await?;
            state.die().await
        }
        Fault::LoseAnswer => {
            state.pass(request).await?;
            Err(io::ErrorKind::ConnectionReset.into())
        }
        Fault::Hold => {
            state.held().push(request);
            Err(io::ErrorKind::ConnectionReset.into())
        }
        Fault::Answer { status, error } if local::s3_operation(&request).is_some() => {
            Ok(s3::refusal(status, error))
        }
        Fault::Answer { status, error } => Ok(refusal(status, error)),
        Fault::Cancel { reasons } => Ok(cancellation(reasons)),
        Fault::Unread => Ok(unread(request.body())),
        Fault::Slow { millis } => {
            // A task of its own: it goes on when the caller has hung up.
            let answered = tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                state.pass(request).await
            });
            answered.await.map_err(io::Error::other)?
        }
    }
}

/// The name of an operation, such as `GetItem`.
fn operation(request: &Request<Bytes>) -> String {
    if let Some(operation) = local::s3_operation(request) {
        return operation.to_owned();
    }
    let name = target(request).rsplit('.').next();
    name.unwrap_or("?").to_owned()
}

/// The header that names service and operation.
fn target(request: &Request<Bytes>) -> &str {
    let target = request.headers().get("x-amz-target");
    target.and_then(|value| value.to_str().ok()).unwrap_or("?")
}

/// A process that is dead receives no answer.
async fn never() -> Answer {
    let silence: Infallible = std::future::pending().await;
    match silence {}
}

fn refusal(status: u16, error: &str) -> Response<Bytes> {
    let body = format!(r#"{{"__type":"com.amazonaws#{error}","message":"made by a test"}}"#);
    json_response(status, body)
}

/// `TransactionCanceledException` as DynamoDB writes it.
fn cancellation(reasons: &[&str]) -> Response<Bytes> {
    let reasons: Vec<Value> = reasons
        .iter()
        .map(|code| serde_json::json!({ "Code": code }))
        .collect();
    let body = serde_json::json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "made by a test",
        "CancellationReasons": reasons,
    });
    json_response(400, body.to_string())
}

/// The answer to `BatchGetItem` when the table is throttled.
fn unread(request: &[u8]) -> Response<Bytes> {
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let answer = serde_json::json!({ "Responses": {}, "UnprocessedKeys": request["RequestItems"] });
    json_response(200, answer.to_string())
}

pub(super) fn json_response(status: u16, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status.try_into().expect("a status");
    let kind = http::HeaderValue::from_static("application/x-amz-json-1.0");
    response.headers_mut().insert("content-type", kind);
    response
}
