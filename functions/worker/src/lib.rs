//! The `worker` Lambda: runs the executions that SQS messages name, a batch at a time and each message by itself.
//! `run_claimed` runs one execution; the engine interprets its workflow.

mod action;
mod answer;
mod definitions;
mod engine_thread;
mod execution_run;
mod exit_layer;
mod files;
mod functions;
mod http_call;
mod in_flight;
mod invocation_time;
mod lifecycle_events;
mod messages;
mod prepare;
mod progress_writer;
mod run_claimed;
mod secret_resolver;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::{ExecutionId, Timestamp, UsageKind};
use egress::{Access, Egress, Policy};
use integrations::Integrations;
use serde_json::Value;
use sqs_batch::QueueProgress;
use store::{AwsContext, Claim, FileObjects, Message, StoreError, WakeOutcome};
use tokio::sync::Mutex;
use tracing::Span;
use tracing::field::display;

pub use engine::Sandbox;
pub use exit_layer::ExitLayer;

use definitions::Definitions;
use secret_resolver::SecretResolver;

/// The clients and caches of a container. Made once, and shared by all its batches.
pub struct App {
    aws: AwsContext,
    egress: Egress,
    file_objects: FileObjects,
    integrations: Integrations,
    sandbox: Arc<Sandbox>,
    /// Held while the engine advances one of the executions.
    engine_turn: Mutex<()>,
    definitions: Definitions,
    secret_resolver: SecretResolver,
    queue_progress: QueueProgress,
    must_exit: AtomicBool,
}

impl App {
    /// An app that reaches AWS through this context.
    pub fn new(aws: AwsContext) -> Self {
        Self::with_sandbox(aws, Sandbox::new())
    }

    /// The same, with a sandbox that may have other limits.
    pub fn with_sandbox(aws: AwsContext, sandbox: Sandbox) -> Self {
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
            file_objects: aws.file_objects(),
            integrations: Integrations::new(aws.connection.clone(), &aws.settings.callable),
            sandbox: Arc::new(sandbox),
            engine_turn: Mutex::default(),
            definitions: Definitions::default(),
            secret_resolver: SecretResolver::default(),
            queue_progress: QueueProgress::default(),
            must_exit: AtomicBool::new(false),
            aws,
        }
    }

    /// Whether this container should exit, because a thread still runs an expression past its time limit.
    pub fn must_exit(&self) -> bool {
        self.must_exit.load(Ordering::Relaxed)
    }

    fn exit_after_batch(&self) {
        self.must_exit.store(true, Ordering::Relaxed);
    }
}

/// Handles a batch, and answers which of its messages SQS should deliver again.
///
/// `event` is an SQS event as Lambda delivers it; `deadline` is when Lambda ends this invocation.
pub async fn handle(app: &App, event: Value, deadline: Timestamp) -> Value {
    let (queue, progress) = (&app.aws.execution_queue, &app.queue_progress);
    sqs_batch::handle(&app.aws, queue, progress, event, |message| {
        handle_message(app, message, deadline)
    })
    .await
}

async fn handle_message(app: &App, message: Message, deadline: Timestamp) -> bool {
    let span = Span::current();
    let handled = match message {
        Message::Run { execution_id } => {
            span.record("execution", display(execution_id));
            run(app, execution_id, deadline).await
        }
        Message::Wake { execution_id } => {
            span.record("execution", display(execution_id));
            wake(app, execution_id, deadline).await
        }
        Message::Announce { .. } | Message::FanOut { .. } | Message::Deliver { .. } => {
            tracing::error!("the message is for `deliver`, not for `worker`; it will be retried");
            return false;
        }
    };
    match handled {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(%error, "the execution could not be run; the message will be retried");
            false
        }
    }
}

/// Runs an execution if it can be claimed. If not, the message is done with all the same: another worker owns the
/// execution, or the sweep sends a new message once it is due.
async fn run(app: &App, id: ExecutionId, deadline: Timestamp) -> Result<(), StoreError> {
    let now = app.aws.now();
    let nonce = app.aws.random.nonce();
    match app.aws.leases.claim(id, deadline, now, &nonce).await? {
        Claim::Owned(owned) => {
            let span = Span::current();
            span.record("workflow", display(owned.execution.workflow_id));
            span.record("trigger", display(owned.execution.trigger_id));
            if owned.has_just_started(now) {
                let org = owned.execution.tenant.org;
                app.aws.usage.count(org, UsageKind::Execution, now);
            }
            // It is large, and would stand on the stack of everything around it.
            Box::pin(run_claimed::run_claimed(app, *owned, deadline)).await
        }
        Claim::Leased => {
            tracing::info!("another worker owns the execution; nothing to do");
            Ok(())
        }
        Claim::NotYet { resume_at } => {
            tracing::info!("execution is waiting until {resume_at}; nothing to do");
            Ok(())
        }
        Claim::Ended | Claim::Gone => {
            tracing::info!("the execution has ended or is deleted; nothing to do");
            Ok(())
        }
    }
}

/// Runs a waiting execution before its time, because something that it waits for may have ended.
async fn wake(app: &App, id: ExecutionId, deadline: Timestamp) -> Result<(), StoreError> {
    match app.aws.executions.wake(id, app.aws.now()).await? {
        WakeOutcome::WaitEnded => run(app, id, deadline).await,
        WakeOutcome::Marked => {
            tracing::info!("the execution does not wait; its next owner finds the wake");
            Ok(())
        }
        WakeOutcome::Ended => {
            tracing::info!("the execution to wake has ended or is deleted; nothing to do");
            Ok(())
        }
    }
}
