//! What the services' answers come to, by way of the SDK's orchestrator: in process, and on a clock that skips pauses.

mod events;
mod lambda;
mod states;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use domain::{EffectKey, ExecutionId, Timestamp};
use http::{Request, Response};
use serde_json::json;
use store::{AwsContext, Callable, Connection, Transport};

use super::*;

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:orders:live";
const MACHINE: &str = "arn:aws:states:eu-west-1:111122223333:stateMachine:nightly";
const OK: u16 = 200;

/// One answer: status, a header, body.
struct Reply(u16, (&'static str, &'static str), &'static str);

const NO_HEADER: (&str, &str) = ("x-amzn-requestid", "1");
const THROTTLED: Reply = Reply(400, NO_HEADER, r#"{"__type":"ThrottlingException"}"#);
const INTERNAL: Reply = Reply(500, NO_HEADER, "<html>");

/// Services that give these answers in their order, and the requests that they got.
struct Deployment {
    integrations: Integrations,
    requests: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl Deployment {
    fn new<const N: usize>(replies: [Reply; N]) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let replies = Mutex::new(VecDeque::from(replies));
        let transport = Transport::InProcess(Arc::new(move |request| {
            seen.lock().unwrap().push(request);
            let Reply(status, (name, value), body) = replies.lock().unwrap().pop_front().unwrap();
            let response = Response::builder().status(status).header(name, value);
            let response = response.body(Bytes::from_static(body.as_bytes())).unwrap();
            Box::pin(std::future::ready(Ok(response)))
        }));
        Self {
            integrations: Integrations::new(connection(&transport), &everything()),
            requests,
        }
    }

    fn asked(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// The header, or an empty text, of the request with that number.
    fn header(&self, number: usize, name: &str) -> String {
        let value = self.requests.lock().unwrap()[number]
            .headers()
            .get(name)
            .cloned();
        value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    }

    async fn invoke(&self) -> Result<InvocationOutcome, Failure> {
        let invocation = Invocation {
            function: FUNCTION,
            qualifier: None,
            payload: &json!({"order": 7}),
            is_event: false,
            idempotency_key: "key",
        };
        self.integrations.invoke(&invocation).await
    }

    async fn run(&self) -> Result<StateMachineStatus, Failure> {
        let start = StartStateMachine {
            state_machine: MACHINE,
            input: &json!({}),
            effect: &EffectKey::new(ExecutionId::derived(&["x"]), "/do/0/night/1"),
        };
        self.integrations.run_state_machine(&start).await
    }

    async fn put(&self, entries: usize) -> Result<Vec<String>, Failure> {
        let entry = Entry {
            source: "shop".to_owned(),
            detail_type: "paid".to_owned(),
            detail: "{}".to_owned(),
            bus: None,
            resources: Vec::new(),
        };
        self.integrations.put_events(&vec![entry; entries]).await
    }
}

pub(crate) fn everything() -> Callable {
    Callable {
        arns: vec!["*".to_owned()],
        stack_name: None,
        account_id: Some("111122223333".to_owned()),
    }
}

pub(crate) fn connection(transport: &Transport) -> Connection {
    let variable = |name: &str| {
        let value = match name {
            "AWS_REGION" => "eu-west-1",
            "AWS_ENDPOINT_URL_LAMBDA" | "AWS_ENDPOINT_URL_SFN" | "AWS_ENDPOINT_URL_EVENTBRIDGE" => {
                "http://services.in-process.invalid"
            }
            "AWS_ACCESS_KEY_ID"
            | "AWS_SECRET_ACCESS_KEY"
            | "CONFIG_TABLE"
            | "RUNS_TABLE"
            | "RECORDS_TABLE"
            | "EXECUTIONS_QUEUE_URL"
            | "DELIVERIES_QUEUE_URL"
            | "SECRETS_KEY"
            | "FILES_BUCKET"
            | "FILES_DOMAIN" => "unused",
            _ => return None,
        };
        Some(value.to_owned())
    };
    let clock = Arc::new(|| Timestamp::from_millis(0));
    AwsContext::new(variable, clock, transport)
        .unwrap()
        .connection
}

fn refused(status: u16, detail: &str) -> Failure {
    Failure::Refused {
        status,
        detail: detail.to_owned(),
    }
}

fn is_unreadable(failure: &Failure, service: &str) -> bool {
    let begin = format!("{service} sent a response that cannot be read: ");
    matches!(failure, Failure::Refused { status: 502, detail } if detail.starts_with(&begin))
}
