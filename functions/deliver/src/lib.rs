//! The `deliver` Lambda: sends events to subscribers. It makes the lifecycle events of executions, fans events out into one
//! delivery for each subscription, and attempts the deliveries. The content of a request comes from `payload`; what a
//! response means is for `domain` to say.

mod announce;
mod attempt;
mod circuit;
mod conclude;
mod disable;
mod endpoint_health;
mod fan_out;
mod messages;
mod org_slots;
mod postpone;
mod prepare;
mod request;

use domain::Timestamp;
use egress::{Access, Egress, Policy, Resolver};
use serde_json::Value;
use sqs_batch::QueueProgress;
use store::{AwsContext, KmsCipher, Message, StoreError};
use tracing::Span;
use tracing::field::display;

use org_slots::OrgSlots;

/// The clients of a container. Made once, and shared by all its batches.
pub struct App {
    aws: AwsContext,
    cipher: KmsCipher,
    egress: Egress,
    queue_progress: QueueProgress,
}

impl App {
    /// An app that reaches AWS through this context and resolves names as the operating system does.
    pub fn new(aws: AwsContext) -> Self {
        Self::with_resolver(aws, Resolver::system())
    }

    /// The same with another resolver. The addresses that it returns are checked like any others.
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
            cipher: aws.kms_cipher(),
            egress: Egress::with_resolver(policy, resolver),
            queue_progress: QueueProgress::default(),
            aws,
        }
    }

    /// Random jitter.
    fn jitter(&self) -> u16 {
        u16::try_from(self.aws.random.u128() & 0xffff).unwrap_or(0)
    }
}

/// Handles a batch, and answers which of its messages SQS should deliver again.
///
/// `event` is an SQS event as Lambda delivers it; `deadline` is when Lambda ends this invocation. A failed attempt does
/// not return its message to SQS: the delivery's record says when the next attempt is due.
pub async fn handle(app: &App, event: Value, deadline: Timestamp) -> Value {
    let (queue, progress) = (&app.aws.delivery_queue, &app.queue_progress);
    let slots = &OrgSlots::default();
    sqs_batch::handle(&app.aws, queue, progress, event, |message| {
        handle_message(app, slots, message, deadline)
    })
    .await
}

async fn handle_message(
    app: &App,
    slots: &OrgSlots,
    message: Message,
    deadline: Timestamp,
) -> bool {
    let span = Span::current();
    let done: Result<(), StoreError> = match message {
        Message::Announce { execution_id } => {
            span.record("execution", display(execution_id));
            Box::pin(announce::announce(app, execution_id)).await
        }
        Message::FanOut { event_id } => {
            span.record("event", display(event_id));
            Box::pin(fan_out::fan_out_published(app, event_id)).await
        }
        Message::Deliver { delivery_id } => {
            span.record("delivery", display(delivery_id));
            Box::pin(attempt::attempt(app, slots, delivery_id, deadline)).await
        }
        Message::Run { .. } | Message::Wake { .. } => {
            tracing::error!("the message is for `worker`, not for `deliver`; it will be retried");
            return false;
        }
    };
    match done {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(%error, "AWS refused a call; the message will be retried");
            false
        }
    }
}
