//! Runs the engine on a thread that may block, because the engine's sandbox waits for a thread of its own. It does not know
//! what the effects are.

use std::sync::Arc;

use domain::Timestamp;
use engine::{Definition, Effect, Event, Run, Sandbox, Secrets, Step, Stuck, StuckCause};

/// What the engine needs besides the run.
pub(crate) struct Engine {
    pub(crate) definition: Arc<Definition>,
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) sandbox: Arc<Sandbox>,
}

/// The steps that ended, and the run with its last effect; without a run where an expression exceeded its limits.
pub(crate) type Advanced = (Vec<Step>, Result<(Run, Effect), Stuck>);

impl Engine {
    /// Advances the run by each of the events. The run is moved to the thread and back, never copied.
    pub(crate) async fn advance(self, run: Run, events: Vec<Event>, now: Timestamp) -> Advanced {
        let advancing = tokio::task::spawn_blocking(move || self.advance_here(run, events, now));
        advancing.await.unwrap_or_else(|error| {
            tracing::error!(%error, "the engine panicked; the execution fails");
            let stuck = Stuck {
                thread_is_lost: false,
                cause: StuckCause::CpuTime,
            };
            (Vec::new(), Err(stuck))
        })
    }

    fn advance_here(&self, mut run: Run, events: Vec<Event>, now: Timestamp) -> Advanced {
        let (definition, secrets, sandbox) = (&self.definition, &self.secrets, &self.sandbox);
        let now_ms = now.as_millis();
        let mut steps = Vec::new();
        let mut effect = Effect::Continue;
        for event in events {
            match engine::advance(definition, &mut run, event, now_ms, secrets, sandbox) {
                Ok(advanced) => {
                    steps.extend(advanced.steps);
                    effect = advanced.effect;
                }
                Err(stuck) => return (steps, Err(stuck)),
            }
        }
        (steps, Ok((run, effect)))
    }
}
