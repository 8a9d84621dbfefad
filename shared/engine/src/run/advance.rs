//! The loop of the interpreter: resumes the topmost frame until the run needs something from outside.

use super::effect::{Effect, Event, Step};
use super::evaluation::check_depth;
use super::interpreter::{ArrivedResult, Failure, Interpreter, SliceBudget, Transition};
use super::pending_work::{PendingWork, action_id, is_ready, wake};
use super::stage::Stage;
use super::state::{BranchProgress, Frame, OpenTask, Phase, Run};
use crate::definition::{Definition, ROOT};
use crate::fault::{Fault, FaultKind};
use crate::sandbox::{Sandbox, Stuck};
use crate::secrets::Secrets;

/// The outcome of a slice.
#[derive(Clone, Debug, PartialEq)]
pub struct Advanced {
    /// What the run needs next.
    pub effect: Effect,
    /// The tasks that ended or were suspended in this slice, in that order.
    pub steps: Vec<Step>,
}

/// Advances a run as far as it goes without the outside world. The signature is stable: the worker, the benches and the
/// tests depend on it.
///
/// Deterministic: the same run, event and time give the same result. `now_ms` (epoch milliseconds) is the only clock;
/// expressions see it as `now`. An event that the run does not wait for changes nothing, and the effect is returned
/// again. Results may be fed in any order; the same order gives the same run.
///
/// `secrets` are the values of the names in [`Definition::secrets`]. They are not part of the state, so every call needs
/// them. Steps, the output, the fault, events and the input of children do not show them. Calls and functions do, and so
/// does the state, if an expression put one there. A declared secret without a value faults the workflow when it begins.
///
/// # Errors
/// [`Stuck`] if an expression did not end in time. The run cannot be used any more: fail the execution.
pub fn advance(
    definition: &Definition,
    run: &mut Run,
    event: Event,
    now_ms: i64,
    secrets: &Secrets,
    sandbox: &Sandbox,
) -> Result<Advanced, Stuck> {
    let mut interpreter = Interpreter {
        definition,
        run,
        secrets,
        sandbox,
        now_ms,
        steps: Vec::new(),
        budget: SliceBudget::new(),
    };
    let effect = interpreter.run_slice(event)?;
    let mut effect = interpreter.limit_state(effect);
    let steps = interpreter.steps;
    match &mut effect {
        Effect::Done(output) => secrets.redact_value(output),
        Effect::Fault(fault) => fault.redact(secrets),
        Effect::Perform { .. } | Effect::Wait { .. } | Effect::Continue => {}
    }
    Ok(Advanced { effect, steps })
}

impl Interpreter<'_> {
    fn run_slice(&mut self, event: Event) -> Result<Effect, Stuck> {
        let mut arrived = self.apply_event(event);
        loop {
            let transition = match &self.run.phase {
                Phase::Done(output) => return Ok(Effect::Done(output.clone())),
                Phase::Faulted(fault) => return Ok(Effect::Fault(fault.clone())),
                Phase::New => self.begin_workflow(),
                Phase::Running => match self.check_deadlines() {
                    Some(fault) => Err(fault.into()),
                    None => self.resume_top_frame(&mut arrived),
                },
            };
            match transition {
                Ok(Transition::Continue) => {}
                Ok(Transition::Yield) => return Ok(Effect::Continue),
                Ok(Transition::Suspend) => match self.next_effect() {
                    Ok(Some(effect)) => return Ok(effect),
                    Ok(None) => {}
                    Err(fault) => self.unwind(fault)?,
                },
                Err(Failure::Fault(fault)) => self.unwind(fault)?,
                Err(Failure::Stuck(stuck)) => return Err(stuck),
            }
        }
    }

    /// Applies an event to the state. A result is returned, for the task that waits for it.
    fn apply_event(&mut self, event: Event) -> Option<ArrivedResult> {
        match event {
            Event::Start | Event::Resumed | Event::Continue => None,
            Event::Awoken => {
                self.park_branches();
                wake(&mut self.run.frames);
                None
            }
            Event::Finished { id, result } => {
                self.activate_branch_for(&id);
                Some(ArrivedResult { id, result })
            }
        }
    }

    fn begin_workflow(&mut self) -> Result<Transition, Failure> {
        if let Some(missing) = self.secrets.missing(self.definition.secrets()) {
            let detail = format!("there is no secret `{missing}`");
            let fault = FaultKind::Authorization.fault(detail, "/use/secrets");
            return Err(fault.into());
        }
        check_depth(&self.run.input, "")?;
        let input = self.workflow_input()?;
        self.set_workflow_deadline(&input)?;
        self.run.exported = input.clone();
        self.run.phase = Phase::Running;
        self.run.frames.push(Frame::List {
            list: ROOT.to_owned(),
            next: 0,
            data: input,
        });
        Ok(Transition::Continue)
    }

    fn resume_top_frame(
        &mut self,
        arrived: &mut Option<ArrivedResult>,
    ) -> Result<Transition, Failure> {
        match self.run.frames.pop() {
            None => Err(self.corrupt_state("nothing is left to run").into()),
            Some(Frame::List { list, next, data }) => self.next_in_list(list, next, data),
            Some(Frame::Task(open)) => self.resume_task(*open, arrived),
            Some(Frame::Branch {
                list,
                index,
                progress,
            }) => match progress {
                BranchProgress::New(input) => self.begin_branch(list, index, input),
                BranchProgress::Ended(output) => self.end_branch(index, output),
                BranchProgress::Running => {
                    Err(self.corrupt_state("a branch has lost its task").into())
                }
            },
        }
    }

    fn resume_task(
        &mut self,
        open: OpenTask,
        arrived: &mut Option<ArrivedResult>,
    ) -> Result<Transition, Failure> {
        let task = self.task_of(&open)?;
        let now_ms = self.now_ms;
        let is_own = |arrived: &mut ArrivedResult| action_id(&open).as_ref() == Some(&arrived.id);
        let result = arrived.take_if(is_own).map(|arrived| arrived.result);
        match (&open.stage, result) {
            (Stage::Forked(_), _) => self.next_branch(task, open),
            (Stage::Retrying { until_ms, .. }, _) if *until_ms <= now_ms => {
                self.next_attempt(task, open)
            }
            (Stage::Waiting { until_ms }, _) if *until_ms <= now_ms => {
                let output = open.input().clone();
                self.complete(task, open, output, None)
            }
            (Stage::Preparing { .. } | Stage::Calling(_) | Stage::Acting { .. }, Some(result)) => {
                self.accept_result(task, open, result)
            }
            (stage, _) if awaits_outside(stage) => {
                self.run.frames.push(Frame::Task(Box::new(open)));
                Ok(Transition::Suspend)
            }
            (_, _) => Err(self.corrupt_state("a task has lost its list").into()),
        }
    }

    /// Parks every branch. Returns what the run waits for, or `None` if a branch can continue.
    fn next_effect(&mut self) -> Result<Option<Effect>, Fault> {
        self.park_branches();
        if is_ready(&self.run.frames, self.now_ms) {
            return Ok(None);
        }
        let PendingWork { actions, until_ms } = PendingWork::of(self.run, self.now_ms);
        match until_ms {
            _ if !actions.is_empty() => Ok(Some(Effect::Perform { actions, until_ms })),
            Some(until_ms) => Ok(Some(Effect::Wait { until_ms })),
            None => Err(self.corrupt_state("the run waits for nothing")),
        }
    }
}

/// Whether a task in this stage waits for a result or a time.
fn awaits_outside(stage: &Stage) -> bool {
    match stage {
        Stage::Preparing { .. }
        | Stage::Calling(_)
        | Stage::Acting { .. }
        | Stage::Retrying { .. }
        | Stage::Waiting { .. } => true,
        Stage::Nested
        | Stage::Extending(_)
        | Stage::Looping { .. }
        | Stage::Trying(_)
        | Stage::Catching { .. }
        | Stage::Forked(_) => false,
    }
}
