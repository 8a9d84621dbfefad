//! An execution while this worker runs it: the engine's run, the actions in flight for it, and the writer of its
//! progress. Reads from the top down: [`ExecutionRun::run_loop`] advances the engine and handles each effect in turn.

use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use engine::{Action, Definition, Effect, Event, Run, Secrets, Stuck, StuckCause};
use store::{Message, NextState, StoreError};

use crate::App;
use crate::action::perform;
use crate::engine_thread::Engine;
use crate::files::EventFiles;
use crate::http_call::Origin;
use crate::in_flight::InFlight;
use crate::invocation_time::InvocationTime;
use crate::messages;
use crate::prepare::Prepared;
use crate::progress_writer::{Ownership, ProgressWriter};
use crate::run_claimed::release;

/// One execution, from its claim until this worker has nothing more to do for it.
pub(crate) struct ExecutionRun<'a> {
    app: &'a App,
    writer: ProgressWriter<'a>,
    definition: Arc<Definition>,
    secrets: Arc<Secrets>,
    files: EventFiles,
    origin: Arc<Origin>,
    time: InvocationTime<'a>,
    in_flight: InFlight<'a>,
    /// Whether an action was performed since the claim. The first action after a claim is performed however little time
    /// is left, so that every claim makes progress.
    has_progress: bool,
    /// Whether the run has changed since its last checkpoint.
    is_unsaved: bool,
}

/// What has happened since the engine was last advanced; `None` where this worker has nothing more to do.
type Happened = Option<Vec<Event>>;

impl<'a> ExecutionRun<'a> {
    pub(crate) fn new(
        app: &'a App,
        writer: ProgressWriter<'a>,
        prepared: Prepared,
        origin: Origin,
        deadline: Timestamp,
    ) -> Self {
        Self {
            app,
            writer,
            definition: prepared.definition,
            secrets: Arc::new(prepared.secrets),
            files: prepared.files,
            origin: Arc::new(origin),
            time: InvocationTime::new(&app.aws, deadline),
            in_flight: InFlight::default(),
            has_progress: false,
            is_unsaved: false,
        }
    }

    /// Runs until the execution has ended, waits, is handed over to another worker, or is found to belong to another
    /// owner. A checkpoint is written before any new action starts, so after a crash the actions since the last
    /// checkpoint are repeated, with the same idempotency keys. The last checkpoint is the execution's end.
    pub(crate) async fn run_loop(
        mut self,
        mut run: Run,
        event: Event,
    ) -> Result<ProgressWriter<'a>, StoreError> {
        let mut happened = Some(vec![event]);
        while let Some(events) = happened {
            let effect;
            (run, effect) = match self.advance(run, events).await {
                Ok(advanced) => advanced,
                Err(stuck) => {
                    self.fail_stuck(stuck).await?;
                    break;
                }
            };
            let now = self.time.now();
            happened = match effect {
                Effect::Done(output) => {
                    // The output may be as large as the state, which is not needed any more.
                    drop(run);
                    self.writer.succeed(output, now).await?;
                    break;
                }
                Effect::Fault(fault) => {
                    let error = serde_json::to_value(fault).unwrap_or_default();
                    self.writer.fault(error, now).await?;
                    break;
                }
                Effect::Wait { until_ms } => self.suspend(until_ms, &run).await?,
                Effect::Continue => self.continue_after_slice(&run).await?,
                Effect::Perform { actions, until_ms } => {
                    self.perform(actions, until_ms, &run).await?
                }
            };
        }
        Ok(self.writer)
    }

    /// One execution of a batch at a time: what an expression reads is copied for it, and may be large.
    async fn advance(&mut self, run: Run, events: Vec<Event>) -> Result<(Run, Effect), Stuck> {
        let _turn = self.app.engine_turn.lock().await;
        let engine = Engine {
            definition: Arc::clone(&self.definition),
            secrets: Arc::clone(&self.secrets),
            sandbox: Arc::clone(&self.app.sandbox),
        };
        let (steps, advanced) = engine.advance(run, events, self.time.now()).await;
        self.writer.add_steps(&steps);
        advanced
    }

    /// An expression exceeded its time limit, so the run's state is unusable. Where the machine is at fault, the execution
    /// is given back to its next owner, which continues from the last checkpoint.
    async fn fail_stuck(&mut self, stuck: Stuck) -> Result<(), StoreError> {
        if stuck.thread_is_lost {
            tracing::error!(
                "an expression still runs past its time limit; this container exits after its batch"
            );
            self.app.exit_after_batch();
        }
        if stuck.cause == StuckCause::Starved {
            tracing::warn!("an expression got no CPU time; the execution is given back");
            return release(self.app, &mut self.writer, self.time.now()).await;
        }
        let reason = "an expression took longer than it may; make it do less";
        self.writer.fail(reason, self.time.now()).await.map(drop)
    }

    /// The engine has used up one slice of work, and asks to go on.
    async fn continue_after_slice(&mut self, run: &Run) -> Result<Happened, StoreError> {
        if self.time.is_late() {
            return self.hand_over(run).await;
        }
        self.has_progress = true;
        Ok(match self.checkpoint(run).await? {
            Ownership::Kept => Some(vec![Event::Continue]),
            Ownership::Lost => None,
        })
    }

    /// There is nothing to do before `until_ms`: goes on if that time has come, waits here for a short time, and releases
    /// the execution until then otherwise.
    async fn suspend(&mut self, until_ms: i64, run: &Run) -> Result<Happened, StoreError> {
        self.in_flight = InFlight::default();
        let (resume_at, now) = (Timestamp::from_millis(until_ms), self.time.now());
        if resume_at <= now {
            return Ok(Some(vec![Event::Resumed]));
        }
        if !run.is_pending() && self.time.is_short_wait(resume_at) {
            return self.wait_here(resume_at, run).await;
        }
        let files = &self.files;
        files
            .outlast(self.app, self.writer.execution(), resume_at)
            .await?;
        let next = NextState::Waiting { resume_at };
        if self.writer.checkpoint(run, next, now).await? == Ownership::Lost {
            return Ok(None);
        }
        let execution = self.writer.execution();
        if run.is_pending() && self.writer.is_woken().await? {
            // The wake came before the wait was written, and found nothing to end.
            let wake = Message::Wake {
                execution_id: execution.id,
            };
            messages::send(self.app, wake, execution, Duration::ZERO).await;
        }
        tracing::info!("execution is waiting until {resume_at}");
        messages::send_resume(self.app, execution, resume_at, now).await;
        Ok(None)
    }

    /// Keeps the execution for a short wait. What was performed before it is written first.
    async fn wait_here(&mut self, resume_at: Timestamp, run: &Run) -> Result<Happened, StoreError> {
        if self.is_unsaved && self.checkpoint(run).await? == Ownership::Lost {
            return Ok(None);
        }
        self.time.wait_until(resume_at).await;
        Ok(Some(vec![Event::Resumed]))
    }

    /// Starts the actions that are not in flight yet, after a checkpoint, and waits for the next result.
    async fn perform(
        &mut self,
        actions: Vec<Action>,
        until_ms: Option<i64>,
        run: &Run,
    ) -> Result<Happened, StoreError> {
        let new = self.in_flight.keep(actions);
        let is_late = self.has_progress && self.time.is_late();
        if is_late && self.in_flight.is_empty() {
            return self.hand_over(run).await;
        }
        if self.is_unsaved && self.checkpoint(run).await? == Ownership::Lost {
            return Ok(None);
        }
        if !is_late {
            let (app, origin) = (self.app, &self.origin);
            let available_ms = self.time.left_ms();
            self.in_flight.start(new, |action| {
                perform(app, Arc::clone(origin), action, available_ms)
            });
        }
        self.next_events(until_ms, run).await
    }

    /// Waits for results, or until `until_ms`; hands over when this invocation's time is used up.
    async fn next_events(
        &mut self,
        until_ms: Option<i64>,
        run: &Run,
    ) -> Result<Happened, StoreError> {
        let (now, left_ms) = (self.time.now(), self.time.left_ms());
        let until_ms = until_ms.map(|until_ms| Timestamp::from_millis(until_ms).millis_since(now));
        let resume_ms = until_ms.filter(|until_ms| *until_ms < left_ms);
        let pause_ms = u64::try_from(resume_ms.unwrap_or(left_ms)).unwrap_or(0);
        let events = tokio::select! {
            biased;
            completed = self.in_flight.next_completed() => completed,
            () = tokio::time::sleep(Duration::from_millis(pause_ms)) => match resume_ms {
                Some(_) => vec![Event::Resumed],
                None => return self.hand_over(run).await,
            },
        };
        self.has_progress = true;
        self.is_unsaved = true;
        Ok(Some(events))
    }

    /// Queues the execution for another worker, which repeats what is in flight with the same idempotency keys.
    async fn hand_over(&mut self, run: &Run) -> Result<Happened, StoreError> {
        let now = self.time.now();
        if self.writer.checkpoint(run, NextState::Queued, now).await? == Ownership::Kept {
            let execution = self.writer.execution();
            let message = Message::Run {
                execution_id: execution.id,
            };
            tracing::info!(
                "execution handed over to the next worker; this invocation has no time left"
            );
            messages::send(self.app, message, execution, Duration::ZERO).await;
        }
        Ok(None)
    }

    async fn checkpoint(&mut self, run: &Run) -> Result<Ownership, StoreError> {
        self.is_unsaved = false;
        let now = self.time.now();
        self.writer.checkpoint(run, NextState::Running, now).await
    }
}
