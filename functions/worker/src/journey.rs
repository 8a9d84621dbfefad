//! An execution on its way: what it has come to, what is under way for it, and how long this invocation can go on.

use std::sync::Arc;
use std::time::Duration;

use domain::{Execution, Timestamp};
use engine::{Action, Advanced, Definition, Effect, Event, Run, Secrets, Stuck};
use store::{Message, NextState, StoreError};

use crate::App;
use crate::call::{CALL_MS, Origin};
use crate::flights::Flights;
use crate::perform::perform;
use crate::trail::{Onward, Trail};

/// Kept free at the end of an invocation for the last write.
const RESERVE_MS: i64 = 5_000;
/// Waits up to this long are kept by the queue, longer ones by the due index alone.
const QUEUE_DELAY_MS: i64 = 900_000;

/// What there is to go on from.
pub(crate) struct Journey<'a> {
    app: &'a App,
    execution: Execution,
    definition: Arc<Definition>,
    origin: Arc<Origin>,
    run: Run,
    secrets: Secrets,
    deadline: Timestamp,
    flights: Flights<'a>,
    /// Whether anything was performed since the claim. What is done first after a claim is done however late it is, so
    /// that every claim makes progress.
    has_progress: bool,
    /// Whether something has happened that no checkpoint holds yet.
    is_ahead: bool,
}

impl<'a> Journey<'a> {
    pub(crate) fn new(
        app: &'a App,
        execution: Execution,
        definition: Arc<Definition>,
        origin: Origin,
        run: Run,
        secrets: Secrets,
        deadline: Timestamp,
    ) -> Self {
        Self {
            app,
            execution,
            definition,
            origin: Arc::new(origin),
            run,
            secrets,
            deadline,
            flights: Flights::default(),
            has_progress: false,
            is_ahead: false,
        }
    }

    /// What the run asks for after these events.
    pub(crate) async fn advance(
        &mut self,
        events: Vec<Event>,
        trail: &mut Trail<'_>,
    ) -> Result<Effect, Stuck> {
        let mut effect = Effect::Continue;
        for event in events {
            let advanced = self.advance_once(event).await?;
            trail.note(&advanced.steps);
            effect = advanced.effect;
        }
        Ok(effect)
    }

    /// On a thread where blocking harms nobody: the sandbox waits for its own thread.
    async fn advance_once(&mut self, event: Event) -> Result<Advanced, Stuck> {
        let definition = Arc::clone(&self.definition);
        let sandbox = Arc::clone(&self.app.sandbox);
        let secrets = self.secrets.clone();
        let now_ms = self.app.aws.now().as_millis();
        let mut run = self.run.clone();
        let advancing = tokio::task::spawn_blocking(move || {
            let advanced =
                engine::advance(&definition, &mut run, event, now_ms, &secrets, &sandbox);
            (run, advanced)
        });
        match advancing.await {
            Ok((run, advanced)) => {
                self.run = run;
                advanced
            }
            Err(_panicked) => Err(Stuck {
                thread_is_lost: false,
            }),
        }
    }

    /// Writes a checkpoint before anything new is begun; what is under way may go on meanwhile. Then waits for what
    /// happens next. Nothing, when this worker has nothing more to do.
    pub(crate) async fn perform(
        &mut self,
        actions: Vec<Action>,
        until_ms: Option<i64>,
        trail: &mut Trail<'_>,
    ) -> Result<Option<Vec<Event>>, StoreError> {
        let new = self.flights.keep(actions);
        let now = self.app.aws.now();
        let is_late = self.has_progress && self.is_late(now);
        if is_late && self.flights.is_empty() {
            return self.hand_over(trail).await;
        }
        if self.is_ahead && self.checkpoint(trail).await? == Onward::Stop {
            return Ok(None);
        }
        if !is_late {
            let (app, origin) = (self.app, &self.origin);
            let available_ms = self.deadline.millis_since(now) - RESERVE_MS;
            self.flights.begin(new, |action| {
                perform(app, Arc::clone(origin), action, available_ms)
            });
        }
        self.next_events(until_ms, trail).await
    }

    /// Results, or the time that somebody waits for; at the end of this invocation's time, the hand-over.
    async fn next_events(
        &mut self,
        until_ms: Option<i64>,
        trail: &mut Trail<'_>,
    ) -> Result<Option<Vec<Event>>, StoreError> {
        let now = self.app.aws.now();
        let left_ms = self.deadline.millis_since(now) - RESERVE_MS;
        let until_ms = until_ms.map(|until_ms| Timestamp::from_millis(until_ms).millis_since(now));
        let resume_ms = until_ms.filter(|until_ms| *until_ms < left_ms);
        let pause_ms = u64::try_from(resume_ms.unwrap_or(left_ms)).unwrap_or(0);
        let events = tokio::select! {
            biased;
            landed = self.flights.land() => landed,
            () = tokio::time::sleep(Duration::from_millis(pause_ms)) => match resume_ms {
                Some(_) => vec![Event::Resumed],
                None => return self.hand_over(trail).await,
            },
        };
        self.has_progress = true;
        self.is_ahead = true;
        Ok(Some(events))
    }

    /// A slice of work is used up.
    pub(crate) async fn go_on(
        &mut self,
        trail: &mut Trail<'_>,
    ) -> Result<Option<Vec<Event>>, StoreError> {
        if self.is_late(self.app.aws.now()) {
            return self.hand_over(trail).await;
        }
        self.has_progress = true;
        Ok(match self.checkpoint(trail).await? {
            Onward::Go => Some(vec![Event::Continue]),
            Onward::Stop => None,
        })
    }

    async fn checkpoint(&mut self, trail: &mut Trail<'_>) -> Result<Onward, StoreError> {
        self.is_ahead = false;
        let now = self.app.aws.now();
        trail.stand(&self.run, NextState::Running, now).await
    }

    /// Whether a call that begins now could last longer than this invocation.
    fn is_late(&self, now: Timestamp) -> bool {
        self.deadline.millis_since(now) < CALL_MS + RESERVE_MS
    }

    /// The next worker repeats what is under way, with the same keys.
    async fn hand_over(&mut self, trail: &mut Trail<'_>) -> Result<Option<Vec<Event>>, StoreError> {
        let standing = trail.stand(&self.run, NextState::Queued, self.app.aws.now());
        if standing.await? == Onward::Go {
            let message = Message::Run {
                execution_id: self.execution.id,
            };
            send(self.app, message, &self.execution, Duration::ZERO).await;
        }
        Ok(None)
    }

    /// There is nothing to do before that time. Events, if it has come.
    pub(crate) async fn rest(
        &mut self,
        until_ms: i64,
        trail: &mut Trail<'_>,
    ) -> Result<Option<Vec<Event>>, StoreError> {
        self.flights = Flights::default();
        let (resume_at, now) = (Timestamp::from_millis(until_ms), self.app.aws.now());
        if resume_at <= now {
            return Ok(Some(vec![Event::Resumed]));
        }
        let standing = trail.stand(&self.run, NextState::Waiting { resume_at }, now);
        if standing.await? == Onward::Stop {
            return Ok(None);
        }
        if self.run.is_pending() && trail.is_marked().await? {
            let wake = Message::Wake {
                execution_id: self.execution.id,
            };
            send(self.app, wake, &self.execution, Duration::ZERO).await;
        }
        come_back(self.app, &self.execution, resume_at, now).await;
        Ok(None)
    }
}

/// Has an execution that waits claimed in time. The due index alone sees to a wait that the queue cannot keep.
pub(crate) async fn come_back(
    app: &App,
    execution: &Execution,
    resume_at: Timestamp,
    now: Timestamp,
) {
    let wait_ms = resume_at.millis_since(now);
    if wait_ms <= QUEUE_DELAY_MS {
        let delay = Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0));
        let message = Message::Run {
            execution_id: execution.id,
        };
        send(app, message, execution, delay).await;
    }
}

/// A message that is not sent is not lost: the execution is due, and found by that.
pub(crate) async fn send(app: &App, message: Message, sender: &Execution, delay: Duration) {
    app.aws
        .execution_queue
        .send_or_leave_to_sweep(message, sender.tenant.org, delay)
        .await;
}
