//! Events out: tells subscribers what an execution has come to or an org has published, one delivery for each, and makes
//! the attempts at deliveries. What an event says, `payload` knows; what an answer means, the domain.

mod announce;
mod attempt;
mod circuit;
mod conclude;
mod disable;
mod fan_out;
mod prepare;
mod request;

use domain::Timestamp;
use egress::{Access, Egress, Policy, Resolver};
use serde_json::Value;
use sqs_batch::QueueProgress;
use store::{AwsContext, KmsCipher, Message, StoreError};
use tracing::Span;
use tracing::field::display;

/// Built once per container.
pub struct App {
    aws: AwsContext,
    vault: KmsCipher,
    egress: Egress,
    queue_progress: QueueProgress,
}

impl App {
    pub fn new(aws: AwsContext) -> Self {
        Self::with_resolver(aws, Resolver::system())
    }

    /// With a resolver of the caller's. Its answers are checked like any other's.
    pub fn with_resolver(aws: AwsContext, resolver: Resolver) -> Self {
        let open_if = |is_open| {
            if is_open {
                Access::Open
            } else {
                Access::Closed
            }
        };
        let policy = Policy {
            loopback: open_if(aws.settings.allow_loopback),
            plain_http: open_if(aws.settings.allow_http),
            ..Policy::default()
        };
        Self {
            vault: aws.kms_cipher(),
            egress: Egress::with_resolver(policy, resolver),
            queue_progress: QueueProgress::default(),
            aws,
        }
    }

    /// What spreads in time what would come together.
    fn spread(&self) -> u16 {
        u16::try_from(self.aws.random.u128() & 0xffff).unwrap_or(0)
    }
}

/// Works on a batch, and answers which of its messages SQS should deliver again.
///
/// `event` is an SQS event as Lambda delivers it; `deadline` is when Lambda ends this invocation. Whatever a receiver
/// does, its message is done with: what failed is due by its record.
pub async fn handle(app: &App, event: Value, deadline: Timestamp) -> Value {
    let queue = (&app.aws.delivery_queue, &app.queue_progress);
    sqs_batch::handle(&app.aws, queue, event, |message| {
        perform(app, message, deadline)
    })
    .await
}

async fn perform(app: &App, message: Message, deadline: Timestamp) -> bool {
    let span = Span::current();
    let done: Result<(), StoreError> = match message {
        Message::Announce { execution_id } => {
            span.record("execution", display(execution_id));
            Box::pin(announce::announce(app, execution_id)).await
        }
        Message::FanOut { event_id } => {
            span.record("event", display(event_id));
            Box::pin(fan_out::fan_out(app, event_id)).await
        }
        Message::Deliver { delivery_id } => {
            span.record("delivery", display(delivery_id));
            Box::pin(attempt::attempt(app, delivery_id, deadline)).await
        }
        Message::Run { .. } | Message::Wake { .. } => {
            tracing::error!("the message is for a worker");
            return false;
        }
    };
    match done {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(%error, "it could not be done now");
            false
        }
    }
}
