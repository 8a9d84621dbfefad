//! Performs a task that has begun: evaluates what its kind says, and applies the outcome.

use super::evaluation::is_true;
use super::interpreter::{Failure, Interpreter, Transition};
use super::shared::Shared;
use super::stage::{Branch, Prerequisite, Stage};
use super::state::{BranchProgress, Frame, OpenTask};
use crate::definition::{
    ErrorTemplate, FlowDirective, SwitchCase, Task, TaskKind, Template, status_code,
};
use crate::fault::{Fault, FaultKind};
use crate::nesting::MAX_BRANCHES;
use serde_json::Value;

/// What a task does next.
enum Outcome {
    /// It ends with this output; it may override the flow directive.
    Output(Shared, Option<FlowDirective>),
    /// It runs the list at this pointer, with this input.
    Nest(String, Shared),
    Wait {
        until_ms: i64,
    },
    /// It needs something from outside.
    Ask(Stage),
    Loop(Vec<Value>),
    Try,
    /// It runs as many branches, from the list at this pointer.
    Fork(String, usize),
}

impl Interpreter<'_> {
    pub(super) fn perform(&mut self, task: &Task, open: OpenTask) -> Result<Transition, Failure> {
        match self.outcome(task, &open) {
            Ok(outcome) => self.apply_outcome(task, open, outcome),
            Err(failure) => self.fail(task, &open, failure),
        }
    }

    fn outcome(&mut self, task: &Task, open: &OpenTask) -> Result<Outcome, Failure> {
        match &task.kind {
            TaskKind::Do { list } => Ok(Outcome::Nest(list.clone(), open.input().clone())),
            TaskKind::CallFunction(function) => {
                let input = match &function.arguments {
                    Some(arguments) => Shared::from(self.evaluate_on_input(arguments, task, open)?),
                    None => open.input().clone(),
                };
                Ok(Outcome::Nest(function.list.clone(), input))
            }
            TaskKind::Set(template) => {
                let output = self.evaluate_on_input(template, task, open)?;
                Ok(Outcome::Output(Shared::from(output), None))
            }
            TaskKind::Switch(cases) => {
                let then = self.matching_case(cases, task, open)?;
                Ok(Outcome::Output(open.input().clone(), then))
            }
            TaskKind::Raise(error) => Err(self.raised_error(error, task, open)?.into()),
            TaskKind::Wait(duration) => {
                let from_ms = open.started_at_ms;
                let wait_ms = self.evaluate_duration_ms(duration, task, open, from_ms)?;
                let until_ms = from_ms.saturating_add(wait_ms);
                Ok(Outcome::Wait { until_ms })
            }
            TaskKind::For(each) => {
                let items = self.evaluate_on_input(&each.items, task, open)?;
                Ok(Outcome::Loop(array(items, task)?))
            }
            TaskKind::Try(_) => Ok(Outcome::Try),
            TaskKind::Fork(fork) => Ok(Outcome::Fork(fork.branches.clone(), fork.count)),
            TaskKind::CallBuiltIn(_)
            | TaskKind::Emit(_)
            | TaskKind::Run(_)
            | TaskKind::CallOpenApi(_)
            | TaskKind::CallHttp(_) => Ok(Outcome::Ask(self.asking_stage(task, open)?)),
        }
    }

    /// The stage of a task that asks for an action.
    fn asking_stage(&mut self, task: &Task, open: &OpenTask) -> Result<Stage, Failure> {
        match &task.kind {
            TaskKind::CallBuiltIn(call) => Ok(Stage::acting(self.built_in_call(call, task, open)?)),
            TaskKind::Emit(template) => Ok(Stage::acting(self.cloud_event(template, task, open)?)),
            TaskKind::Run(child) => Ok(Stage::acting(self.child_workflow(child, task, open)?)),
            TaskKind::CallOpenApi(request) => {
                let call = self.description_call(request, task, open)?;
                Ok(Stage::preparing(Prerequisite::Description, call, None))
            }
            TaskKind::CallHttp(request) => {
                let call = self.request(request, task, open)?;
                self.authenticate(&request.options, call, task, open)
            }
            TaskKind::Do { .. }
            | TaskKind::Set(_)
            | TaskKind::Switch(_)
            | TaskKind::CallFunction(_)
            | TaskKind::Raise(_)
            | TaskKind::Wait(_)
            | TaskKind::For(_)
            | TaskKind::Try(_)
            | TaskKind::Fork(_) => Err(self.corrupt_state("the task asks for no action").into()),
        }
    }

    fn apply_outcome(
        &mut self,
        task: &Task,
        mut open: OpenTask,
        outcome: Outcome,
    ) -> Result<Transition, Failure> {
        match outcome {
            Outcome::Output(output, then) => self.complete(task, open, output, then),
            Outcome::Nest(list, data) => Ok(self.run_list(open, &list, data)),
            Outcome::Loop(items) => {
                let data = open.input().clone();
                self.next_iteration(task, open, items, 0, data)
            }
            Outcome::Try => self.first_attempt(task, open),
            Outcome::Fork(list, count) => {
                if let Err(fault) = self.check_branches(count, task) {
                    return self.fail_task(task, &open, fault);
                }
                open.stage = fork(&list, count, open.input());
                self.run.frames.push(Frame::Task(Box::new(open)));
                Ok(Transition::Continue)
            }
            Outcome::Wait { until_ms } if until_ms <= self.now_ms => {
                let output = open.input().clone();
                self.complete(task, open, output, None)
            }
            Outcome::Wait { until_ms } => {
                open.stage = Stage::Waiting { until_ms };
                self.suspend(task, open)
            }
            Outcome::Ask(stage) => {
                open.stage = stage;
                self.suspend(task, open)
            }
        }
    }

    /// Refuses a fork that would give the run too many branches.
    fn check_branches(&self, count: usize, task: &Task) -> Result<(), Fault> {
        if open_branches(&self.run.frames) + count <= MAX_BRANCHES {
            return Ok(());
        }
        let detail = format!("an execution has at most {MAX_BRANCHES} branches at once");
        Err(FaultKind::Runtime.fault(detail, &task.pointer))
    }

    /// The flow directive of the first case that matches, else that of the default, if there is one.
    fn matching_case(
        &mut self,
        cases: &[SwitchCase],
        task: &Task,
        open: &OpenTask,
    ) -> Result<Option<FlowDirective>, Failure> {
        let mut default = None;
        for case in cases {
            match &case.when {
                None => default = Some(case.then),
                Some(when) => {
                    if is_true(&self.evaluate_on_input(when, task, open)?) {
                        return Ok(Some(case.then));
                    }
                }
            }
        }
        Ok(default)
    }

    fn raised_error(
        &mut self,
        error: &ErrorTemplate,
        task: &Task,
        open: &OpenTask,
    ) -> Result<Fault, Failure> {
        let mut text = |template: &Template| {
            let value = self.evaluate_on_input(template, task, open)?;
            Ok::<_, Failure>(match value {
                Value::String(text) => text,
                other => other.to_string(),
            })
        };
        let r#type = text(&error.r#type)?;
        let title = error.title.as_ref().map(&mut text).transpose()?;
        let detail = error.detail.as_ref().map(&mut text).transpose()?;
        let status = self.evaluate_on_input(&error.status, task, open)?;
        let Some(status) = status_code(&status) else {
            let detail = format!("the status of an error cannot be {status}");
            return Ok(FaultKind::Expression.fault(detail, &task.pointer));
        };
        Ok(Fault {
            r#type,
            title,
            status,
            detail,
            instance: Some(task.pointer.clone()),
        })
    }
}

/// The stage of a fork whose branches have not begun.
fn fork(list: &str, count: usize, input: &Shared) -> Stage {
    let branch = |index| {
        Branch::Parked(vec![Frame::Branch {
            list: list.to_owned(),
            index,
            progress: BranchProgress::New(input.clone()),
        }])
    };
    Stage::Forked((0..count).map(branch).collect())
}

/// How many branches of these frames have not ended, those of nested forks included.
fn open_branches(frames: &[Frame]) -> usize {
    let forks = frames
        .iter()
        .filter_map(|frame| match &frame.task()?.stage {
            Stage::Forked(branches) => Some(branches),
            _ => None,
        });
    let open = forks.flatten().map(|branch| match branch {
        Branch::Active => 1,
        Branch::Parked(frames) => 1 + open_branches(frames),
        Branch::Done(_) => 0,
    });
    open.sum()
}

fn array(items: Value, task: &Task) -> Result<Vec<Value>, Fault> {
    match items {
        Value::Array(items) => Ok(items),
        other => {
            let detail = format!("`for` needs an array, and `in` is {}", kind_of(&other));
            Err(FaultKind::Expression.fault(detail, &task.pointer))
        }
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
