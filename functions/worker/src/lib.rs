//! Runs executions that SQS hands over: a batch at a time, each message on its own. How one is
//! driven is told in `drive`; what a workflow means, by the engine.

mod call;
mod definitions;
mod drive;
mod flights;
mod functions;
mod journey;
mod perform;
mod secrets;
mod tide;
mod trail;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws::{Claim, Count, Environment, Message, StoreError, Woken};
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsMessage};
use domain::{ExecutionId, Timestamp, TraceId};
use egress::{Access, Egress, Policy};
use engine::Sandbox;
use futures::future::join_all;
use reach::Reach;
use serde_json::Value;
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span};

use definitions::Definitions;
use secrets::Safe;
use tide::Tide;

/// Built once per container.
pub struct App {
    aws: Environment,
    egress: Egress,
    reach: Reach,
    sandbox: Arc<Sandbox>,
    definitions: Definitions,
    safe: Safe,
    tide: Tide,
    must_exit: AtomicBool,
}

impl App {
    pub fn new(aws: Environment) -> Self {
        let loopback = if aws.settings.allow_loopback {
            Access::Open
        } else {
            Access::Closed
        };
        Self {
            egress: Egress::new(Policy {
                loopback,
                ..Policy::default()
            }),
            reach: Reach::new(aws.connection.clone(), &aws.settings.callable),
            sandbox: Arc::new(Sandbox::new()),
            definitions: Definitions::default(),
            safe: Safe::default(),
            tide: Tide::default(),
            must_exit: AtomicBool::new(false),
            aws,
        }
    }

    /// An expression did not end, and its thread still runs: this container should not live on.
    pub fn must_exit(&self) -> bool {
        self.must_exit.load(Ordering::Relaxed)
    }
}

/// Runs a batch, and answers which of its messages SQS should deliver again.
///
/// `event` is an SQS event as Lambda delivers it; `deadline` is when Lambda ends this invocation. A
/// message that cannot be parsed fails alone, and ends in the dead-letter queue.
pub async fn handle(app: &App, event: Value, deadline: Timestamp) -> Value {
    let records = match event {
        Value::Object(mut event) => event.remove("Records").unwrap_or_default(),
        _ => Value::Null,
    };
    let Value::Array(records) = records else {
        tracing::error!("the event has no list of records");
        return answer(Vec::new());
    };
    app.tide.note(&app.aws, &records).await;
    let outcomes = join_all(
        records
            .into_iter()
            .map(|record| work(app, record, deadline)),
    )
    .await;
    let failed: Vec<String> = outcomes.into_iter().flatten().collect();
    let metrics = &app.aws.metrics;
    metrics.count(Count::MessageFailures, failed.len() as u64);
    metrics.flush(app.aws.now());
    answer(failed)
}

/// `Some`: this message is to come again.
async fn work(app: &App, record: Value, deadline: Timestamp) -> Option<String> {
    let message_id = record["messageId"].as_str().unwrap_or_default().to_owned();
    let began_at = app.aws.now();
    let span = span(&message_id, &record);
    let done = async {
        let is_done = perform(app, record, deadline).await;
        let ms = app.aws.now().millis_since(began_at);
        tracing::info!(ms, comes_again = !is_done, "the message is done with");
        is_done
    };
    (!done.instrument(span).await).then_some(message_id)
}

/// What is logged for a message carries its ids, and the trace of the webhook, or else the one that
/// X-Ray put on the message.
fn span(message_id: &str, record: &Value) -> Span {
    let header = record["attributes"]["AWSTraceHeader"].as_str();
    tracing::info_span!(
        "message",
        message_id,
        trace_id = header.and_then(TraceId::of_xray).map(display),
        execution = Empty,
        workflow = Empty,
        trigger = Empty,
        status = Empty,
    )
}

async fn perform(app: &App, record: Value, deadline: Timestamp) -> bool {
    let message = match parse(record) {
        Ok(Some(message)) => message,
        Ok(None) => {
            tracing::info!("the message concerns nobody here");
            return true;
        }
        Err(reason) => {
            tracing::error!(reason, "the message cannot be read");
            return false;
        }
    };
    let (Message::Run(id) | Message::Wake(id)) = message;
    Span::current().record("execution", display(id));
    let gone_on = match message {
        Message::Run(_) => run(app, id, deadline).await,
        Message::Wake(_) => wake(app, id, deadline).await,
    };
    match gone_on {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(%error, "the execution could not go on now");
            false
        }
    }
}

fn parse(record: Value) -> Result<Option<Message>, String> {
    let record: SqsMessage = serde_json::from_value(record).map_err(|error| error.to_string())?;
    let body = record.body.ok_or("it has no body")?;
    Message::parse(&body).map_err(|error| error.to_string())
}

/// Whoever holds it goes on with it, and the due index returns should that fail: so a message for
/// an execution that cannot be claimed has done its work.
async fn run(app: &App, id: ExecutionId, deadline: Timestamp) -> Result<(), StoreError> {
    let now = app.aws.now();
    let nonce = app.aws.random.nonce();
    match app.aws.runs.claim(id, deadline, now, &nonce).await? {
        Claim::Owned(owned) => {
            let span = Span::current();
            span.record("workflow", display(owned.execution.workflow_id));
            span.record("trigger", display(owned.execution.trigger_id));
            drive::drive(app, *owned, deadline).await
        }
        Claim::Leased => {
            tracing::info!("another worker has it");
            Ok(())
        }
        Claim::NotYet { resume_at } => {
            tracing::info!(%resume_at, "it waits");
            Ok(())
        }
        Claim::Ended | Claim::Gone => {
            tracing::info!("there is nothing left to run");
            Ok(())
        }
    }
}

/// Ends the wait of an execution for something that may be over.
async fn wake(app: &App, id: ExecutionId, deadline: Timestamp) -> Result<(), StoreError> {
    match app.aws.runs.wake(id, app.aws.now()).await? {
        Woken::Now => run(app, id, deadline).await,
        Woken::Noted => {
            tracing::info!("whoever goes on with it will know");
            Ok(())
        }
        Woken::Gone => {
            tracing::info!("there is nobody to wake");
            Ok(())
        }
    }
}

fn answer(failed: Vec<String>) -> Value {
    let mut response = SqsBatchResponse::default();
    for message_id in failed {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = message_id;
        response.batch_item_failures.push(failure);
    }
    serde_json::to_value(response).unwrap_or_default()
}
