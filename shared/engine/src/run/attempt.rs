//! `try`: which errors are caught, whether and when the list is retried, and the list that handles the error.

use super::arguments::CaughtError;
use super::effect::StepStatus;
use super::interpreter::{Failure, Interpreter, Transition};
use super::stage::{Attempt, Stage};
use super::state::{Frame, OpenTask, Phase};
use crate::definition::{Task, TaskKind, TryCatch};
use crate::fault::{Fault, is_same_type};
use crate::sandbox::Stuck;
use serde_json::Value;

/// What a task did with a fault.
enum CatchOutcome {
    Caught,
    Uncaught(Fault),
}

impl Interpreter<'_> {
    /// Hands a fault outwards until a `try` catches it. The tasks on the way are recorded as failed.
    pub(super) fn unwind(&mut self, fault: Fault) -> Result<(), Stuck> {
        let mut fault = fault;
        while let Some(frame) = self.run.frames.pop() {
            let Frame::Task(mut open) = frame else {
                continue;
            };
            let Some(task) = self.definition.task(&open.pointer) else {
                continue;
            };
            self.cancel_branches(&open);
            fault = match self.catch(task, &mut open, fault) {
                Ok(CatchOutcome::Caught) => return Ok(()),
                Ok(CatchOutcome::Uncaught(fault)) | Err(Failure::Fault(fault)) => fault,
                Err(Failure::Stuck(stuck)) => return Err(stuck),
            };
            let mut step = self.step_for(task, &open, StepStatus::Failed, None);
            step.error = Some(fault.clone());
            self.record(step);
        }
        self.run.phase = Phase::Faulted(fault);
        Ok(())
    }

    pub(super) fn first_attempt(
        &mut self,
        task: &Task,
        open: OpenTask,
    ) -> Result<Transition, Failure> {
        let inside = format!("{}/try/", open.pointer);
        let visits = self.run.visits.iter();
        let attempt = Attempt {
            number: 1,
            first_at_ms: self.now_ms,
            deadline_ms: None,
            visits: visits
                .filter(|(pointer, _)| pointer.starts_with(&inside))
                .map(|(pointer, visit)| (pointer.clone(), *visit))
                .collect(),
        };
        self.begin_attempt(task, open, attempt)
    }

    /// Begins the attempt of a task whose retry delay is over.
    pub(super) fn next_attempt(
        &mut self,
        task: &Task,
        mut open: OpenTask,
    ) -> Result<Transition, Failure> {
        let Stage::Retrying { attempt, .. } = std::mem::replace(&mut open.stage, Stage::Nested)
        else {
            return Err(self.corrupt_state("no retry is scheduled").into());
        };
        let inside = format!("{}/try/", open.pointer);
        self.run
            .visits
            .retain(|pointer, _| !pointer.starts_with(&inside));
        self.run.visits.extend(attempt.visits.clone());
        self.begin_attempt(task, open, attempt)
    }

    fn begin_attempt(
        &mut self,
        task: &Task,
        mut open: OpenTask,
        mut attempt: Attempt,
    ) -> Result<Transition, Failure> {
        if let TaskKind::Try(try_catch) = &task.kind
            && let Some(retry) = &try_catch.retry
            && let Some(timeout) = &retry.attempt_duration
        {
            match self.evaluate_duration_ms(timeout, task, &open, self.now_ms) {
                Ok(timeout_ms) => {
                    attempt.deadline_ms = Some(self.now_ms.saturating_add(timeout_ms));
                }
                Err(failure) => return self.fail(task, &open, failure),
            }
        }
        let list = format!("{}/try", open.pointer);
        let data = open.input().clone();
        open.stage = Stage::Trying(attempt);
        Ok(self.run_list(open, &list, data))
    }

    fn catch(
        &mut self,
        task: &Task,
        open: &mut OpenTask,
        fault: Fault,
    ) -> Result<CatchOutcome, Failure> {
        let (TaskKind::Try(try_catch), Stage::Trying(attempt)) = (&task.kind, &open.stage) else {
            return Ok(CatchOutcome::Uncaught(fault));
        };
        let attempt = attempt.clone();
        open.stage = Stage::Catching {
            error: fault.clone(),
            attempt: attempt.number,
        };
        let error = serde_json::to_value(&fault).unwrap_or_default();
        if !self.is_caught(try_catch, task, open, &fault, &error)? {
            return Ok(CatchOutcome::Uncaught(fault));
        }
        if let Some(retry) = &try_catch.retry
            && let Some(until_ms) = self.retry_at(retry, task, open, &attempt, &error)?
        {
            let attempt = Attempt {
                number: attempt.number + 1,
                ..attempt
            };
            open.stage = Stage::Retrying { attempt, until_ms };
            self.run.frames.push(Frame::Task(Box::new(open.clone())));
            return Ok(CatchOutcome::Caught);
        }
        self.handle(try_catch, task, open, fault)
    }

    /// Handles an error that is caught and not retried.
    fn handle(
        &mut self,
        try_catch: &TryCatch,
        task: &Task,
        open: &OpenTask,
        fault: Fault,
    ) -> Result<CatchOutcome, Failure> {
        let data = open.input().clone();
        if let Some(handler) = &try_catch.handler {
            self.run_list(open.clone(), handler, data);
            return Ok(CatchOutcome::Caught);
        }
        if try_catch.retry.is_some() && try_catch.then.is_none() {
            // The retries are used up, and `catch` says nothing else about the error.
            return Ok(CatchOutcome::Uncaught(fault));
        }
        // An error that is caught without a handler: the output of the task is its input.
        self.complete(task, open.clone(), data, try_catch.then)?;
        Ok(CatchOutcome::Caught)
    }

    fn is_caught(
        &mut self,
        try_catch: &TryCatch,
        task: &Task,
        open: &OpenTask,
        fault: &Fault,
        error: &Value,
    ) -> Result<bool, Failure> {
        if let Some(filter) = &try_catch.error_filter {
            let filter = self.evaluate_on_input(filter, task, open)?;
            if !matches_filter(fault, &filter) {
                return Ok(false);
            }
        }
        let (when, except_when) = (try_catch.when.as_ref(), try_catch.except_when.as_ref());
        let caught = CaughtError {
            name: &try_catch.error_name,
            error,
        };
        self.conditions_hold(when, except_when, task, open, caught)
    }
}

/// Whether the fault has every property that `errors.with` names.
fn matches_filter(fault: &Fault, filter: &Value) -> bool {
    let Some(filter) = filter.as_object() else {
        return true;
    };
    filter.iter().all(|(name, value)| match name.as_str() {
        "type" => value
            .as_str()
            .is_some_and(|r#type| is_same_type(r#type, &fault.r#type)),
        "status" => value.as_u64() == Some(u64::from(fault.status)),
        "title" => value.as_str() == fault.title.as_deref(),
        "detail" | "details" => value.as_str() == fault.detail.as_deref(),
        "instance" => value.as_str() == fault.instance.as_deref(),
        _ => false,
    })
}
