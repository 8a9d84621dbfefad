//! The loop: take the topmost frame, do what it asks for, until somebody outside has to act.

use super::arguments::check_depth;
use super::effect::{Effect, Event, Step};
use super::machine::{Machine, Move, Slice, Trouble};
use super::state::{Awaited, Frame, OpenTask, Phase, Run, Stage};
use crate::definition::{Definition, ROOT, Task};
use crate::fault::{Fault, FaultKind};
use crate::sandbox::{Sandbox, Stuck};
use serde_json::Value;

/// How many tasks one execution may begin. The next one faults the workflow.
pub const MAX_TASKS: u64 = 100_000;
/// How far a run has come, and what it asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Advanced {
    pub effect: Effect,
    /// The tasks that ended in this slice, in the order in which they ended, then the one that is open, if any.
    pub steps: Vec<Step>,
}

/// Advances a run as far as it goes without the world outside.
///
/// Deterministic: the same run, event and time give the same result. `now_ms` (milliseconds since 1970) is the only
/// clock; expressions see it as `now`. An event that does not fit what the run waits for changes nothing, and the effect
/// is given again.
///
/// # Errors
/// [`Stuck`] when an expression did not end in time. The run is then good for nothing: fail the execution.
pub fn advance(
    definition: &Definition,
    run: &mut Run,
    event: Event,
    now_ms: i64,
    sandbox: &Sandbox,
) -> Result<Advanced, Stuck> {
    let mut machine = Machine {
        definition,
        run,
        sandbox,
        now_ms,
        steps: Vec::new(),
        slice: Slice::new(),
    };
    let effect = machine.go(event)?;
    Ok(Advanced {
        effect,
        steps: machine.steps,
    })
}

impl Machine<'_> {
    fn go(&mut self, event: Event) -> Result<Effect, Stuck> {
        if let Event::Responded(_) = &event {
            self.bring_up_awaited();
        }
        let mut event = Some(event);
        loop {
            let moved = match &self.run.phase {
                Phase::Done(output) => return Ok(Effect::Done(output.clone())),
                Phase::Faulted(fault) => return Ok(Effect::Fault(fault.clone())),
                Phase::New => self.begin(),
                Phase::Running => match self.time_out() {
                    Some(fault) => Err(fault.into()),
                    None => self.step(&mut event),
                },
            };
            match moved {
                Ok(Move::On) => {}
                Ok(Move::Halt(effect)) => {
                    if effect == Effect::Continue || self.is_blocked() {
                        return Ok(effect);
                    }
                }
                Err(Trouble::Fault(fault)) => self.unwind(fault)?,
                Err(Trouble::Stuck(stuck)) => return Err(stuck),
            }
        }
    }

    fn begin(&mut self) -> Result<Move, Trouble> {
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

    fn step(&mut self, event: &mut Option<Event>) -> Result<Move, Trouble> {
        match self.run.frames.pop() {
            None => Err(self.broken("nothing is left to run").into()),
            Some(Frame::List { at, next, data }) => self.next_in_list(at, next, data),
            Some(Frame::Task(open)) => self.resume(*open, event),
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
            return self.list_ended(data);
        };
        let raw = data.clone();
        self.run.frames.push(Frame::List { at, next, data });
        if self.slice.is_used_up() {
            return Ok(Move::Halt(Effect::Continue));
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

    fn resume(&mut self, open: OpenTask, event: &mut Option<Event>) -> Result<Move, Trouble> {
        let Some(task) = self.definition.task(&open.at) else {
            return Err(self
                .broken(&format!("the document has no task at {}", open.at))
                .into());
        };
        match &open.stage {
            Stage::Nested | Stage::Looping { .. } | Stage::Trying(_) | Stage::Catching { .. } => {
                Err(self.broken("a list went missing").into())
            }
            Stage::Forked(_) => self.next_branch(task, open),
            Stage::Retrying { until_ms, .. } if *until_ms <= self.now_ms => self.next_attempt(open),
            Stage::Retrying { until_ms, .. } => {
                let until_ms = *until_ms;
                self.wait(task, open, until_ms)
            }
            Stage::Waiting { until_ms } if *until_ms <= self.now_ms => {
                let output = open.input.clone();
                self.complete(task, open, output, None)
            }
            Stage::Waiting { until_ms } => {
                let until_ms = *until_ms;
                self.wait(task, open, until_ms)
            }
            Stage::Describing(_) => match event.take_if(|_| self.awaits(&open)) {
                Some(Event::Responded(result)) => self.described(task, open, result),
                Some(Event::Start | Event::Resumed | Event::Continue) | None => {
                    self.call_again(task, open)
                }
            },
            Stage::Authenticating(_) => match event.take_if(|_| self.awaits(&open)) {
                Some(Event::Responded(result)) => self.token_answered(task, open, result),
                Some(Event::Start | Event::Resumed | Event::Continue) | None => {
                    self.call_again(task, open)
                }
            },
            Stage::Calling(_) => match event.take_if(|_| self.awaits(&open)) {
                Some(Event::Responded(result)) => self.answered(task, open, result),
                Some(Event::Start | Event::Resumed | Event::Continue) | None => {
                    self.call_again(task, open)
                }
            },
        }
    }

    /// Leaves a task open until its time has come, or somebody's deadline.
    pub(super) fn wait(
        &mut self,
        task: &Task,
        open: OpenTask,
        until_ms: i64,
    ) -> Result<Move, Trouble> {
        let until_ms = self.soonest(until_ms, &open);
        self.halt(task, open, Effect::Wait { until_ms })
    }

    /// Leaves a task open, shows it as such, and asks for `effect`.
    pub(super) fn halt(
        &mut self,
        task: &Task,
        open: OpenTask,
        effect: Effect,
    ) -> Result<Move, Trouble> {
        self.show_open(task, &open);
        self.run.awaited = Some(Awaited {
            at: open.at.clone(),
            visit: open.visit,
        });
        self.run.frames.push(Frame::Task(Box::new(open)));
        Ok(Move::Halt(effect))
    }

    /// Whether the result of the last effect is for this task.
    fn awaits(&self, open: &OpenTask) -> bool {
        let awaited = self.run.awaited.as_ref();
        awaited.is_some_and(|awaited| awaited.at == open.at && awaited.visit == open.visit)
    }

    /// The state does not fit the definition: a checkpoint of another document.
    pub(super) fn broken(&self, detail: &str) -> Fault {
        FaultKind::Runtime.fault(
            format!("the state of the execution is broken: {detail}"),
            "",
        )
    }
}
