//! Attempts: what catches an error, whether it is tried again and when, and what handles it in the end.

use super::effect::StepStatus;
use super::enter::is_true;
use super::machine::{Machine, Move, Trouble};
use super::stage::{Attempt, Stage};
use super::state::{Frame, OpenTask, Phase};
use crate::definition::{Action, Task, Templated, TryCatch};
use crate::fault::{Fault, is_same_type};
use crate::sandbox::Stuck;
use serde_json::Value;

/// What became of an error at a `try`.
enum Caught {
    Yes,
    No(Fault),
}

impl Machine<'_> {
    /// Hands a fault outwards until something catches it. What is passed on the way has failed with it.
    pub(super) fn unwind(&mut self, fault: Fault) -> Result<(), Stuck> {
        let mut fault = fault;
        while let Some(frame) = self.run.frames.pop() {
            let Frame::Task(mut open) = frame else {
                continue;
            };
            let Some(task) = self.definition.task(&open.at) else {
                continue;
            };
            self.cancel_branches(&open);
            fault = match self.catch(task, &mut open, fault) {
                Ok(Caught::Yes) => return Ok(()),
                Ok(Caught::No(fault)) | Err(Trouble::Fault(fault)) => fault,
                Err(Trouble::Stuck(stuck)) => return Err(stuck),
            };
            let mut step = self.step_of(task, &open, StepStatus::Failed, None);
            step.error = Some(fault.clone());
            self.show(step);
        }
        self.run.phase = Phase::Faulted(fault);
        Ok(())
    }

    /// Begins the first attempt.
    pub(super) fn first_attempt(&mut self, task: &Task, open: OpenTask) -> Result<Move, Trouble> {
        let inside = format!("{}/try/", open.at);
        let visits = self
            .run
            .visits
            .iter()
            .filter(|(pointer, _)| pointer.starts_with(&inside));
        let visits = visits
            .map(|(pointer, visit)| (pointer.clone(), *visit))
            .collect();
        let attempt = Attempt {
            number: 1,
            first_at_ms: self.now_ms,
            deadline_ms: None,
            visits,
        };
        self.attempt(task, open, attempt)
    }

    /// Begins the attempt that was put off.
    pub(super) fn next_attempt(
        &mut self,
        task: &Task,
        mut open: OpenTask,
    ) -> Result<Move, Trouble> {
        let Stage::Retrying { attempt, .. } = std::mem::replace(&mut open.stage, Stage::Nested)
        else {
            return Err(self.broken("no attempt is put off").into());
        };
        let inside = format!("{}/try/", open.at);
        self.run
            .visits
            .retain(|pointer, _| !pointer.starts_with(&inside));
        self.run.visits.extend(attempt.visits.clone());
        self.attempt(task, open, attempt)
    }

    fn attempt(
        &mut self,
        task: &Task,
        mut open: OpenTask,
        mut attempt: Attempt,
    ) -> Result<Move, Trouble> {
        if let Action::Try(attempted) = &task.action
            && let Some(retry) = &attempted.retry
            && let Some(longest) = &retry.attempt_duration
        {
            match self.length_ms(longest, task, &open) {
                Ok(longest_ms) => {
                    attempt.deadline_ms = Some(self.now_ms.saturating_add(longest_ms));
                }
                Err(Trouble::Fault(fault)) => return self.fail_task(task, &open, fault),
                Err(Trouble::Stuck(stuck)) => return Err(stuck.into()),
            }
        }
        let at = format!("{}/try", open.at);
        let data = open.input.clone();
        open.stage = Stage::Trying(attempt);
        self.run.frames.push(Frame::Task(Box::new(open)));
        self.run.frames.push(Frame::List { at, next: 0, data });
        Ok(Move::On)
    }

    fn catch(&mut self, task: &Task, open: &mut OpenTask, fault: Fault) -> Result<Caught, Trouble> {
        let (Action::Try(attempted), Stage::Trying(attempt)) = (&task.action, &open.stage) else {
            return Ok(Caught::No(fault));
        };
        let attempt = attempt.clone();
        open.stage = Stage::Catching {
            error: fault.clone(),
            attempt: attempt.number,
        };
        if !self.is_caught(attempted, task, open, &fault)? {
            return Ok(Caught::No(fault));
        }
        if let Some(retry) = &attempted.retry
            && let Some(until_ms) = self.retry_at(retry, task, open, &attempt)?
        {
            let attempt = Attempt {
                number: attempt.number + 1,
                ..attempt
            };
            open.stage = Stage::Retrying { attempt, until_ms };
            self.run.frames.push(Frame::Task(Box::new(open.clone())));
            return Ok(Caught::Yes);
        }
        let data = open.input.clone();
        match (&attempted.handler, &attempted.retry) {
            (Some(handler), _) => {
                self.run.frames.push(Frame::Task(Box::new(open.clone())));
                self.run.frames.push(Frame::List {
                    at: handler.clone(),
                    next: 0,
                    data,
                });
            }
            // Caught, and nothing to do about it: the task gives its input.
            (None, None) => {
                self.complete(task, open.clone(), data, None)?;
            }
            // Tried as often as allowed, and nobody handles it.
            (None, Some(_)) => return Ok(Caught::No(fault)),
        }
        Ok(Caught::Yes)
    }

    fn is_caught(
        &mut self,
        attempted: &TryCatch,
        task: &Task,
        open: &OpenTask,
        fault: &Fault,
    ) -> Result<bool, Trouble> {
        if let Some(filter) = &attempted.filter {
            let wanted = self.on_input(filter, task, open)?;
            if !has_properties(fault, &wanted) {
                return Ok(false);
            }
        }
        self.holds(
            attempted.when.as_ref(),
            attempted.except_when.as_ref(),
            task,
            open,
        )
    }

    /// `when` holds, and `exceptWhen` does not, where they are given.
    pub(super) fn holds(
        &mut self,
        when: Option<&Templated>,
        except_when: Option<&Templated>,
        task: &Task,
        open: &OpenTask,
    ) -> Result<bool, Trouble> {
        if let Some(when) = when
            && !is_true(&self.on_input(when, task, open)?)
        {
            return Ok(false);
        }
        if let Some(except_when) = except_when {
            return Ok(!is_true(&self.on_input(except_when, task, open)?));
        }
        Ok(true)
    }
}

/// Whether the fault has every property that the filter names.
fn has_properties(fault: &Fault, wanted: &Value) -> bool {
    let Some(wanted) = wanted.as_object() else {
        return true;
    };
    wanted.iter().all(|(name, value)| match name.as_str() {
        "type" => value
            .as_str()
            .is_some_and(|wanted| is_same_type(wanted, &fault.r#type)),
        "status" => value.as_u64() == Some(u64::from(fault.status)),
        "title" => value.as_str() == fault.title.as_deref(),
        "detail" | "details" => value.as_str() == fault.detail.as_deref(),
        "instance" => value.as_str() == fault.instance.as_deref(),
        _ => false,
    })
}
