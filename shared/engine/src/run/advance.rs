//! The loop: take the topmost frame, do what it asks for, until somebody outside has to act.

use super::arguments::check_depth;
use super::demand::{action_id, wake};
use super::effect::{Effect, Event, Step};
use super::machine::{Arrived, Machine, Move, Slice, Trouble};
use super::stage::Stage;
use super::state::{Frame, OpenTask, Phase, Run};
use crate::definition::{Definition, ROOT, Task};
use crate::fault::{Fault, FaultKind};
use crate::sandbox::{Sandbox, Stuck};
use crate::secrets::Secrets;
use serde_json::Value;

/// How many tasks one execution may begin. The next one faults the workflow.
pub const MAX_TASKS: u64 = 100_000;

/// How far a run has come, and what it asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Advanced {
    pub effect: Effect,
    /// The tasks that ended in this slice or began to wait for something, in the order in which they did.
    pub steps: Vec<Step>,
}

/// Advances a run as far as it goes without the world outside. Workers, benches and harnesses are built on this
/// signature: it is settled.
///
/// Deterministic: the same run, event and time give the same result. `now_ms` (milliseconds since 1970) is the only
/// clock; expressions see it as `now`. An event that does not fit what the run waits for changes nothing, and the effect
/// is given again. What results come in which order is for the world to say: the same order gives the same run.
///
/// `secrets` are the values of what [`Definition::secrets`] names; they are no part of the state, so they are handed in
/// each time. Steps, the output, the fault, events and the input of children do not show them; calls and functions do,
/// and so does the state, where an expression put one there. A secret that is declared and not there faults the workflow when it begins.
///
/// # Errors
/// [`Stuck`] when an expression did not end in time. The run is then good for nothing: fail the execution.
pub fn advance(
    definition: &Definition,
    run: &mut Run,
    event: Event,
    now_ms: i64,
    secrets: &Secrets,
    sandbox: &Sandbox,
) -> Result<Advanced, Stuck> {
    let mut machine = Machine {
        definition,
        run,
        secrets,
        sandbox,
        now_ms,
        steps: Vec::new(),
        slice: Slice::new(),
    };
    let mut effect = machine.go(event)?;
    let steps = machine.steps;
    match &mut effect {
        Effect::Done(output) => secrets.hide_in(output),
        Effect::Fault(fault) => fault.hide(secrets),
        Effect::Perform { .. } | Effect::Wait { .. } | Effect::Continue => {}
    }
    Ok(Advanced { effect, steps })
}

impl Machine<'_> {
    fn go(&mut self, event: Event) -> Result<Effect, Stuck> {
        let mut arrived = self.take_in(event);
        loop {
            let moved = match &self.run.phase {
                Phase::Done(output) => return Ok(Effect::Done(output.clone())),
                Phase::Faulted(fault) => return Ok(Effect::Fault(fault.clone())),
                Phase::New => self.begin(),
                Phase::Running => match self.time_out() {
                    Some(fault) => Err(fault.into()),
                    None => self.step(&mut arrived),
                },
            };
            match moved {
                Ok(Move::On) => {}
                Ok(Move::Yield) => return Ok(Effect::Continue),
                Ok(Move::Rest) => match self.settle() {
                    Ok(Some(effect)) => return Ok(effect),
                    Ok(None) => {}
                    Err(fault) => self.unwind(fault)?,
                },
                Err(Trouble::Fault(fault)) => self.unwind(fault)?,
                Err(Trouble::Stuck(stuck)) => return Err(stuck),
            }
        }
    }

    /// Prepares the state for what has happened.
    fn take_in(&mut self, event: Event) -> Option<Arrived> {
        match event {
            Event::Start | Event::Resumed | Event::Continue => None,
            Event::Awoken => {
                self.park();
                wake(&mut self.run.frames);
                None
            }
            Event::Finished { id, result } => {
                self.bring_up(&id);
                Some(Arrived { id, result })
            }
        }
    }

    fn begin(&mut self) -> Result<Move, Trouble> {
        if let Some(missing) = self.secrets.missing(self.definition.secrets()) {
            let detail = format!("there is no secret `{missing}`");
            return Err(FaultKind::Authorization
                .fault(detail, "/use/secrets")
                .into());
        }
        check_depth(&self.run.input, "")?;
        let input = self.workflow_input()?;
        self.set_workflow_deadline(input.clone())?;
        self.run.exported = input.clone();
        self.run.phase = Phase::Running;
        self.run.frames.push(Frame::List {
            at: ROOT.to_owned(),
            next: 0,
            data: input,
        });
        Ok(Move::On)
    }

    fn step(&mut self, arrived: &mut Option<Arrived>) -> Result<Move, Trouble> {
        match self.run.frames.pop() {
            None => Err(self.broken("nothing is left to run").into()),
            Some(Frame::List { at, next, data }) => self.next_in_list(at, next, data),
            Some(Frame::Task(open)) => self.resume(*open, arrived),
            Some(Frame::Branch { at, index, input }) => self.begin_branch(at, index, input),
        }
    }

    fn next_in_list(&mut self, at: String, next: usize, data: Value) -> Result<Move, Trouble> {
        let Some(list) = self.definition.list(&at) else {
            return Err(self
                .broken(&format!("the document has no list at {at}"))
                .into());
        };
        let Some(task) = list.get(next) else {
            return self.list_ended(data, next == usize::MAX);
        };
        let raw = data.clone();
        self.run.frames.push(Frame::List { at, next, data });
        if self.slice.is_used_up() {
            return Ok(Move::Yield);
        }
        self.count(task)?;
        self.enter(task, raw)
    }

    /// Counts a task that begins.
    pub(super) fn count(&mut self, task: &Task) -> Result<(), Fault> {
        self.slice.tasks_left = self.slice.tasks_left.saturating_sub(1);
        self.run.tasks += 1;
        if self.run.tasks > MAX_TASKS {
            let detail = format!("an execution runs at most {MAX_TASKS} tasks");
            return Err(FaultKind::Runtime.fault(detail, &task.pointer));
        }
        Ok(())
    }

    fn resume(&mut self, open: OpenTask, arrived: &mut Option<Arrived>) -> Result<Move, Trouble> {
        let Some(task) = self.definition.task(&open.at) else {
            return Err(self
                .broken(&format!("the document has no task at {}", open.at))
                .into());
        };
        let now_ms = self.now_ms;
        let result = arrived
            .take_if(|arrived| action_id(&open).is_some_and(|id| id == arrived.id))
            .map(|arrived| arrived.result);
        match (&open.stage, result) {
            (
                Stage::Nested
                | Stage::Extending(_)
                | Stage::Looping { .. }
                | Stage::Trying(_)
                | Stage::Catching { .. },
                _,
            ) => Err(self.broken("a list went missing").into()),
            (Stage::Forked(_), _) => self.next_branch(task, open),
            (Stage::Retrying { until_ms, .. }, _) if *until_ms <= now_ms => {
                self.next_attempt(task, open)
            }
            (Stage::Waiting { until_ms }, _) if *until_ms <= now_ms => {
                let output = open.input.clone();
                self.complete(task, open, output, None)
            }
            (Stage::Preparing { .. } | Stage::Calling(_) | Stage::Acting { .. }, Some(result)) => {
                self.finished(task, open, result)
            }
            (
                Stage::Preparing { .. }
                | Stage::Calling(_)
                | Stage::Acting { .. }
                | Stage::Retrying { .. }
                | Stage::Waiting { .. },
                _,
            ) => {
                self.run.frames.push(Frame::Task(Box::new(open)));
                Ok(Move::Rest)
            }
        }
    }

    /// Leaves a task open that waits for something outside, and shows it as such.
    pub(super) fn rest(&mut self, task: &Task, open: OpenTask) -> Result<Move, Trouble> {
        self.show_open(task, &open);
        self.run.frames.push(Frame::Task(Box::new(open)));
        Ok(Move::Rest)
    }

    /// The state does not fit the definition: a checkpoint of another document.
    pub(super) fn broken(&self, detail: &str) -> Fault {
        FaultKind::Runtime.fault(
            format!("the state of the execution is broken: {detail}"),
            "",
        )
    }
}
