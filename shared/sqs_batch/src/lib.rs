//! Handles the batches of messages that SQS passes to a function: each message by itself, with an answer that names the
//! messages to deliver again. It does not know what a message asks for.

#![warn(missing_docs)]

mod queue_progress;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsMessage};
use domain::TraceId;
use futures::future::join_all;
use serde_json::Value;
use store::{AwsContext, Count, Message, Queue};
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

pub use queue_progress::QueueProgress;

/// Handles a batch, and answers which of its messages SQS should deliver again.
///
/// `event` is an SQS event as Lambda delivers it. A message that cannot be parsed fails alone, and ends in the dead-letter
/// queue, as does one for which `handle_message` returns `false` too often.
pub async fn handle<W: Future<Output = bool>>(
    aws: &AwsContext,
    queue: &Queue,
    queue_progress: &QueueProgress,
    event: Value,
    handle_message: impl Fn(Message) -> W,
) -> Value {
    let records = match event {
        Value::Object(mut event) => event.remove("Records").unwrap_or_default(),
        _ => Value::Null,
    };
    let Value::Array(records) = records else {
        tracing::error!("the SQS event has no list of records; nothing is handled");
        return answer(Vec::new());
    };
    queue_progress.record(aws, queue, &records).await;
    let outcomes = join_all(
        records
            .into_iter()
            .map(|record| handle_record(aws, record, &handle_message)),
    )
    .await;
    let failed: Vec<String> = outcomes.into_iter().flatten().collect();
    aws.metrics
        .count(Count::MessageFailures, failed.len() as u64);
    let now = aws.now();
    aws.usage.flush(now).await;
    aws.metrics.flush(now);
    answer(failed)
}

/// Returns the id of a message that SQS is to deliver again.
async fn handle_record<W: Future<Output = bool>>(
    aws: &AwsContext,
    record: Value,
    handle_message: &impl Fn(Message) -> W,
) -> Option<String> {
    let message_id = record["messageId"].as_str().unwrap_or_default().to_owned();
    let began_at = aws.now();
    let span = span(&message_id, &record);
    let done = async {
        let is_done = match parse(record) {
            Ok(Some(message)) => handle_message(message).await,
            Ok(None) => {
                tracing::info!(
                    "the message is not about anything of this deployment; it is dropped"
                );
                true
            }
            Err(reason) => {
                tracing::error!(reason, "the message cannot be parsed; it will be retried");
                false
            }
        };
        let ms = aws.now().millis_since(began_at);
        tracing::info!(ms, is_retried = !is_done, "message handled");
        is_done
    };
    (!done.instrument(span).await).then_some(message_id)
}

/// The span of a message: every log line about it carries its ids, and the trace id of the webhook or else of X-Ray.
fn span(message_id: &str, record: &Value) -> Span {
    let header = record["attributes"]["AWSTraceHeader"].as_str();
    tracing::info_span!(
        "message",
        message_id,
        trace_id = header.and_then(TraceId::of_xray).map(display),
        execution = Empty,
        workflow = Empty,
        trigger = Empty,
        event = Empty,
        delivery = Empty,
        subscription = Empty,
        status = Empty,
    )
}

/// `None` for a message that is not about anything of this deployment.
fn parse(record: Value) -> Result<Option<Message>, String> {
    let record: SqsMessage = serde_json::from_value(record).map_err(|error| error.to_string())?;
    let body = record.body.ok_or("it has no body")?;
    Message::parse(&body).map_err(|error| error.to_string())
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
