//! Runs executions that SQS hands over: a batch at a time, each message on its own. How one is
//! driven is told in `drive`; what a workflow means, by the engine.

mod call;
mod definitions;
mod drive;
mod flights;
mod functions;
mod journey;
mod news;
mod perform;
mod secrets;
mod trail;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::{ExecutionId, Timestamp};
use egress::{Access, Egress, Policy};
use engine::Sandbox;
use integrations::Reach;
use serde_json::Value;
use sqs_batch::QueueProgress;
use store::{AwsContext, Claim, Message, StoreError, WakeOutcome};
use tracing::Span;
use tracing::field::display;

use definitions::Definitions;
use secrets::Safe;

/// Built once per container.
pub struct App {
    aws: AwsContext,
    egress: Egress,
    reach: Reach,
    sandbox: Arc<Sandbox>,
    definitions: Definitions,
    safe: Safe,
    queue_progress: QueueProgress,
    must_exit: AtomicBool,
}

impl App {
    pub fn new(aws: AwsContext) -> Self {
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
            queue_progress: QueueProgress::default(),
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
/// `event` is an SQS event as Lambda delivers it; `deadline` is when Lambda ends this invocation.
pub async fn handle(app: &App, event: Value, deadline: Timestamp) -> Value {
    let queue = (&app.aws.execution_queue, &app.queue_progress);
    sqs_batch::handle(&app.aws, queue, event, |message| {
        perform(app, message, deadline)
    })
    .await
}

async fn perform(app: &App, message: Message, deadline: Timestamp) -> bool {
    let span = Span::current();
    let gone_on = match message {
        Message::Run { execution_id } => {
            span.record("execution", display(execution_id));
            run(app, execution_id, deadline).await
        }
        Message::Wake { execution_id } => {
            span.record("execution", display(execution_id));
            wake(app, execution_id, deadline).await
        }
        Message::Announce { .. } | Message::FanOut { .. } | Message::Deliver { .. } => {
            tracing::error!("the message is not for a worker");
            return false;
        }
    };
    match gone_on {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(%error, "the execution could not go on now");
            false
        }
    }
}

/// Whoever holds it goes on with it, and the due index returns should that fail: so a message for
/// an execution that cannot be claimed has done its work.
async fn run(app: &App, id: ExecutionId, deadline: Timestamp) -> Result<(), StoreError> {
    let now = app.aws.now();
    let nonce = app.aws.random.nonce();
    match app.aws.leases.claim(id, deadline, now, &nonce).await? {
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
    match app.aws.executions.wake(id, app.aws.now()).await? {
        WakeOutcome::WaitEnded => run(app, id, deadline).await,
        WakeOutcome::Marked => {
            tracing::info!("whoever goes on with it will know");
            Ok(())
        }
        WakeOutcome::Ended => {
            tracing::info!("there is nobody to wake");
            Ok(())
        }
    }
}
