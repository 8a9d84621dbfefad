//! The wire between a function and AWS: counts the calls of the real SDK, and cuts or disturbs the
//! ones that a test names. The function behind it knows nothing of it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use store::AwsContext;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};

use crate::World;
use crate::bill::{self, Bill};

/// What happens to one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    Pass,
    /// It takes effect, and is billed: [`Wire::bills`].
    Meter,
    /// The process dies before the call reaches AWS.
    CrashBefore,
    /// The process dies after the call has taken effect.
    CrashAfter,
    /// It takes effect, but the connection breaks before the answer.
    LoseAnswer,
    /// The connection breaks at once, and it takes effect when the test lets it: [`Wire::release`].
    Hold,
    /// AWS answers this instead, and does nothing.
    Answer {
        status: u16,
        error: &'static str,
    },
    /// It takes effect after that time, whether anybody still waits for the answer or not.
    Slow {
        millis: u64,
    },
}

type Plan = dyn Fn(usize, &str) -> Fate + Send + Sync;
type Upstream = Client<HttpConnector, Full<Bytes>>;

/// A call, and where it goes.
type Held = (String, Request<Bytes>);

/// A loopback proxy in front of a world's tables, keys and queues.
pub struct Wire {
    url: String,
    state: Arc<State>,
    listening: AbortHandle,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

struct State {
    plan: Box<Plan>,
    /// What the due index answers from now on, whatever the table holds.
    frozen: Mutex<Option<Vec<Value>>>,
    calls: Mutex<Vec<String>>,
    bills: Mutex<Vec<Bill>>,
    held: Mutex<Vec<Held>>,
    is_dead: AtomicBool,
    died: Notify,
    upstream: Upstream,
    dynamodb: String,
    kms: String,
    sqs: String,
}

impl Wire {
    /// `plan` says what happens to the call with that number, from 1, and that operation.
    pub async fn new(
        world: &World,
        plan: impl Fn(usize, &str) -> Fate + Send + Sync + 'static,
    ) -> Self {
        let variables = world.stack.variables("worker");
        let state = Arc::new(State {
            plan: Box::new(plan),
            frozen: Mutex::default(),
            calls: Mutex::default(),
            bills: Mutex::default(),
            held: Mutex::default(),
            is_dead: AtomicBool::new(false),
            died: Notify::new(),
            upstream: Client::builder(TokioExecutor::new()).build_http(),
            dynamodb: variables["AWS_ENDPOINT_URL_DYNAMODB"].clone(),
            kms: variables["AWS_ENDPOINT_URL_KMS"].clone(),
            sqs: variables["AWS_ENDPOINT_URL_SQS"].clone(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let listening = tokio::spawn(listen(listener, Arc::clone(&state))).abort_handle();
        Self {
            url,
            state,
            listening,
        }
    }

    /// Tables and queue of a function, through this wire.
    pub fn environment(&self, world: &World, package: &str) -> AwsContext {
        let variables = self.variables(world, package);
        AwsContext::patient(|name| variables.get(name).cloned(), world.clock.clock())
            .expect("the variables are complete")
    }

    /// The same with the timeouts of a deployment, for tests of what a function does when AWS takes
    /// long. On a busy machine they end calls that nobody disturbed.
    pub fn hasty_environment(&self, world: &World, package: &str) -> AwsContext {
        let variables = self.variables(world, package);
        AwsContext::new(|name| variables.get(name).cloned(), world.clock.clock())
            .expect("the variables are complete")
    }

    /// What a function then finds in its environment.
    pub fn variables(&self, world: &World, package: &str) -> BTreeMap<String, String> {
        let mut variables = world.stack.variables(package);
        for service in ["DYNAMODB", "KMS", "SQS"] {
            let name = format!("AWS_ENDPOINT_URL_{service}");
            variables.insert(name, self.url.clone());
        }
        variables
    }

    /// The operations so far, in their order.
    pub fn calls(&self) -> Vec<String> {
        self.lock().clone()
    }

    /// What was metered since the last time.
    pub fn bills(&self) -> Vec<Bill> {
        std::mem::take(&mut self.state.bills())
    }

    /// From now on a new process uses this wire; the one that died is gone.
    pub fn revive(&self) {
        self.state.is_dead.store(false, Ordering::SeqCst);
    }

    /// Makes the due index lag: from now on it answers what it would answer now. On AWS an index
    /// follows its table late; the embedded one never does.
    pub async fn freeze_index(&self, world: &World) {
        self.freeze_index_as(due_entries(world).await);
    }

    /// Makes the due index answer from entries that were seen before.
    pub fn freeze_index_as(&self, entries: Vec<Value>) {
        let mut frozen = self
            .state
            .frozen
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *frozen = Some(entries);
    }

    pub fn forget_calls(&self) {
        self.lock().clear();
    }

    /// What was held arrives now; how many calls that are.
    pub async fn release(&self) -> usize {
        let held = std::mem::take(&mut *self.state.held());
        let calls = held.len();
        for (base, call) in held {
            let passed = self.state.pass(&base, call).await;
            passed.expect("the stack answers");
        }
        calls
    }

    /// The future's answer, or `None` where the process died in it.
    pub async fn until_death<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.state.died.notified() => None,
            done = work => Some(done),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.state
            .calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Every connection ends with the wire.
async fn listen(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        let service = service_fn(move |request| forward(Arc::clone(&state), request));
        connections.spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service),
        );
    }
}

/// All that the due index holds now.
pub async fn due_entries(world: &World) -> Vec<Value> {
    let entries = crate::invariants::scan_index(world, "due").await;
    entries.into_iter().map(Value::Object).collect()
}

async fn forward(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, io::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let request = Request::from_parts(head, body);
    let target = request.headers().get("x-amz-target");
    let target = target.and_then(|value| value.to_str().ok()).unwrap_or("?");
    let operation = target.rsplit('.').next().unwrap_or(target).to_owned();
    let base = if target.starts_with("DynamoDB") {
        state.dynamodb.clone()
    } else if target.starts_with("TrentService") {
        state.kms.clone()
    } else {
        state.sqs.clone()
    };
    if state.is_dead.load(Ordering::SeqCst) {
        return Ok(never().await);
    }
    let number = {
        let mut calls = state.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push(operation.clone());
        calls.len()
    };
    if let Some(answer) = state.frozen_answer(&operation, request.body()) {
        return Ok(answer);
    }
    match (state.plan)(number, &operation) {
        Fate::Pass => state.pass(&base, request).await,
        Fate::Meter => state.meter(&operation, &base, request).await,
        Fate::CrashBefore => Ok(state.die().await),
        Fate::CrashAfter => {
            state.pass(&base, request).await?;
            Ok(state.die().await)
        }
        Fate::LoseAnswer => {
            state.pass(&base, request).await?;
            Err(io::ErrorKind::ConnectionReset.into())
        }
        Fate::Hold => {
            state.held().push((base, request));
            Err(io::ErrorKind::ConnectionReset.into())
        }
        Fate::Answer { status, error } => Ok(refusal(status, error)),
        Fate::Slow { millis } => {
            // A task of its own: it goes on when the caller has hung up.
            let answered = tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                state.pass(&base, request).await
            });
            answered.await.map_err(io::Error::other)?
        }
    }
}

impl State {
    async fn pass(
        &self,
        base: &str,
        request: Request<Bytes>,
    ) -> Result<Response<Full<Bytes>>, io::Error> {
        let (mut head, body) = request.into_parts();
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        head.uri = format!("{base}{path}").parse().map_err(io::Error::other)?;
        head.headers.remove("host");
        let forwarded = Request::from_parts(head, Full::new(body));
        let answer = self
            .upstream
            .request(forwarded)
            .await
            .map_err(io::Error::other)?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        Ok(Response::from_parts(head, Full::new(body)))
    }

    async fn meter(
        &self,
        operation: &str,
        base: &str,
        mut request: Request<Bytes>,
    ) -> Result<Response<Full<Bytes>>, io::Error> {
        if base == self.dynamodb {
            *request.body_mut() = bill::itemized(request.body());
            request.headers_mut().remove("content-length");
        }
        let (head, body) = self.pass(base, request).await?.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        self.bills().push(Bill::of(operation, &body));
        Ok(Response::from_parts(head, Full::new(body)))
    }

    fn frozen_answer(&self, operation: &str, body: &Bytes) -> Option<Response<Full<Bytes>>> {
        let frozen = self.frozen.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = frozen.as_ref().filter(|_| operation == "Query")?;
        let query: Value = serde_json::from_slice(body).ok()?;
        if query["IndexName"] != "due" {
            return None;
        }
        let values = &query["ExpressionAttributeValues"];
        let moment = |value: &Value| value["N"].as_str()?.parse::<i64>().ok();
        let by = moment(&values[":by"])?;
        let is_asked_for = |entry: &&Value| {
            entry["due_shard"] == values[":shard"]
                && moment(&entry["due_at"]).is_some_and(|due_at| due_at <= by)
        };
        let items: Vec<&Value> = entries.iter().filter(is_asked_for).collect();
        let answer = json!({"Count": items.len(), "ScannedCount": items.len(), "Items": items});
        Some(json_response(200, answer.to_string()))
    }

    fn bills(&self) -> std::sync::MutexGuard<'_, Vec<Bill>> {
        self.bills.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Vec<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn die(&self) -> Response<Full<Bytes>> {
        self.is_dead.store(true, Ordering::SeqCst);
        self.died.notify_one();
        never().await
    }
}

/// A dead process hears nothing any more.
async fn never() -> Response<Full<Bytes>> {
    let silence: Infallible = std::future::pending().await;
    match silence {}
}

fn refusal(status: u16, error: &str) -> Response<Full<Bytes>> {
    let body = format!(r#"{{"__type":"com.amazonaws#{error}","message":"made by a test"}}"#);
    json_response(status, body)
}

fn json_response(status: u16, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status.try_into().expect("a status");
    let kind = http::HeaderValue::from_static("application/x-amz-json-1.0");
    response.headers_mut().insert("content-type", kind);
    response
}

/// One call of the AWS JSON protocol without the SDK, to look behind it.
pub async fn ask(url: &str, target: &str, body: String) -> Value {
    let client: Upstream = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::post(format!("{url}/"))
        .header("x-amz-target", target)
        .header("content-type", "application/x-amz-json-1.0")
        .header("authorization", "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
        .header("x-amz-date", "20260101T000000Z")
        .body(Full::new(Bytes::from(body)))
        .expect("a request");
    let answer = client.request(request).await.expect("an answer");
    let body = answer
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    serde_json::from_slice(&body).unwrap_or_default()
}
