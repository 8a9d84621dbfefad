//! Emulators of what workflows call: Lambda, Step Functions and EventBridge, each as far as the
//! worker uses it, on a loopback address. A test says what a function answers, and when a state
//! machine's execution ends; every call is kept.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::FunctionSettings;

/// One call of a service.
#[derive(Clone, Debug)]
pub struct ServiceCall {
    /// `Invoke`, `StartExecution`, `DescribeExecution` or `PutEvents`.
    pub operation: String,
    /// Of Lambda: the ARN of the function.
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

/// An answer that a test gives instead of the emulator's own.
#[derive(Clone, Debug)]
pub struct ServiceAnswer {
    pub status: u16,
    pub headers: Vec<(&'static str, &'static str)>,
    pub body: Value,
}

impl ServiceAnswer {
    pub fn ok(body: Value) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body,
        }
    }

    /// An error as AWS's JSON protocols write it.
    pub fn error(status: u16, code: &'static str) -> Self {
        Self {
            status,
            headers: vec![("x-amzn-errortype", code)],
            body: json!({"__type": code, "message": "made by a test"}),
        }
    }
}

type Plan = dyn Fn(usize, &ServiceCall) -> Option<ServiceAnswer> + Send + Sync;

/// The services of one test.
pub struct Services {
    url: String,
    state: Arc<State>,
}

struct State {
    plan: Box<Plan>,
    asked: Mutex<Vec<ServiceCall>>,
    /// State machines' executions by their ARN: what `DescribeExecution` answers.
    executions: Mutex<BTreeMap<String, Value>>,
}

impl Services {
    /// `plan` may answer the call with that number, from 1, instead of the emulator.
    pub async fn new(
        plan: impl Fn(usize, &ServiceCall) -> Option<ServiceAnswer> + Send + Sync + 'static,
    ) -> Self {
        let state = Arc::new(State {
            plan: Box::new(plan),
            asked: Mutex::default(),
            executions: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(listen(listener, Arc::clone(&state)));
        Self { url, state }
    }

    /// A worker that may call these ARNs; it reaches every other service of AWS as `settings` say.
    pub fn worker(&self, mut settings: FunctionSettings, callable: &str) -> worker::App {
        let variables = &mut settings.variables;
        for service in ["LAMBDA", "SFN", "EVENTBRIDGE"] {
            let name = format!("AWS_ENDPOINT_URL_{service}");
            variables.insert(name, self.url.clone());
        }
        variables.insert("CALLABLE_ARNS".to_owned(), callable.to_owned());
        worker::App::new(settings.environment())
    }

    /// The calls so far, in their order.
    pub fn asked(&self) -> Vec<ServiceCall> {
        lock(&self.state.asked).clone()
    }

    /// Ends every execution of a state machine that runs.
    pub fn end_executions(&self, ending: &Value) {
        for execution in lock(&self.state.executions).values_mut() {
            for (name, value) in ending.as_object().into_iter().flatten() {
                execution[name] = value.clone();
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn listen(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        let service = service_fn(move |request| answer(Arc::clone(&state), request));
        tokio::spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service),
        );
    }
}

async fn answer(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes());
    let headers: BTreeMap<String, String> = head
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect();
    let target = headers.get("x-amz-target").map(String::as_str);
    let asked = ServiceCall {
        operation: match target.and_then(|target| target.rsplit('.').next()) {
            Some(operation) => operation.to_owned(),
            None => "Invoke".to_owned(),
        },
        path: head.uri.path().replace("%3A", ":"),
        headers,
        body: serde_json::from_slice(&body.unwrap_or_default()).unwrap_or_default(),
    };
    let number = {
        let mut all = lock(&state.asked);
        all.push(asked.clone());
        all.len()
    };
    let answer = (state.plan)(number, &asked).unwrap_or_else(|| state.answer(&asked));
    Ok(response(&answer))
}

fn response(answer: &ServiceAnswer) -> Response<Full<Bytes>> {
    let mut response = Response::builder()
        .status(answer.status)
        .header("content-type", "application/x-amz-json-1.0");
    for (name, value) in &answer.headers {
        response = response.header(*name, *value);
    }
    let body = Full::new(Bytes::from(answer.body.to_string()));
    response.body(body).expect("a response")
}

impl State {
    fn answer(&self, asked: &ServiceCall) -> ServiceAnswer {
        match asked.operation.as_str() {
            "Invoke" => ServiceAnswer::ok(asked.body.clone()),
            "StartExecution" => self.start(asked),
            "DescribeExecution" => self.describe(asked),
            "PutEvents" => {
                let entries = asked.body["Entries"].as_array().map_or(0, Vec::len);
                let taken: Vec<Value> = (1..=entries)
                    .map(|at| json!({"EventId": format!("event-{at}")}))
                    .collect();
                ServiceAnswer::ok(json!({"FailedEntryCount": 0, "Entries": taken}))
            }
            _ => ServiceAnswer::error(400, "UnknownOperationException"),
        }
    }

    /// A name is used once.
    fn start(&self, asked: &ServiceCall) -> ServiceAnswer {
        let text = |name: &str| asked.body[name].as_str().unwrap_or_default().to_owned();
        let machine = text("stateMachineArn").replace(":stateMachine:", ":execution:");
        let arn = format!("{machine}:{}", text("name"));
        let mut executions = lock(&self.executions);
        if executions.contains_key(&arn) {
            return ServiceAnswer::error(400, "ExecutionAlreadyExists");
        }
        let started_at = json!(crate::START_MS / 1_000);
        let execution = json!({
            "executionArn": arn,
            "stateMachineArn": asked.body["stateMachineArn"],
            "status": "RUNNING",
            "startDate": started_at,
            "input": asked.body["input"],
        });
        executions.insert(arn.clone(), execution);
        ServiceAnswer::ok(json!({"executionArn": arn, "startDate": started_at}))
    }

    fn describe(&self, asked: &ServiceCall) -> ServiceAnswer {
        let arn = asked.body["executionArn"].as_str().unwrap_or_default();
        match lock(&self.executions).get(arn) {
            Some(execution) => ServiceAnswer::ok(execution.clone()),
            None => ServiceAnswer::error(400, "ExecutionDoesNotExist"),
        }
    }
}
