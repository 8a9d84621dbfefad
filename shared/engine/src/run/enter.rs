//! Begins tasks: condition, input, and what the task itself does.

use super::machine::{Machine, Move, Trouble};
use super::stage::{Need, Stage};
use super::state::{Frame, OpenTask};
use crate::definition::{
    Action, Case, ErrorTemplate, Task, Templated, Then, milliseconds, status_code,
};
use crate::fault::{Fault, FaultKind};
use serde_json::Value;

impl Machine<'_> {
    pub(super) fn enter(&mut self, task: &Task, raw: Value) -> Result<Move, Trouble> {
        let visit = self.run.visits.entry(task.pointer.clone()).or_insert(0);
        *visit += 1;
        let mut open = OpenTask {
            at: task.pointer.clone(),
            visit: *visit,
            started_at_ms: self.now_ms,
            deadline_ms: None,
            input: Value::Null,
            raw,
            stage: Stage::Nested,
        };
        match self.admit(task, &mut open) {
            Ok(true) => {}
            Ok(false) => return self.skip(task, open),
            Err(Trouble::Fault(fault)) => return self.fail_task(task, &open, fault),
            Err(Trouble::Stuck(stuck)) => return Err(stuck.into()),
        }
        self.before(task, open, 0)
    }

    /// Does what the task itself does.
    pub(super) fn perform(&mut self, task: &Task, open: OpenTask) -> Result<Move, Trouble> {
        match self.act(task, &open) {
            Ok(act) => self.follow(task, open, act),
            Err(Trouble::Fault(fault)) => self.fail_task(task, &open, fault),
            Err(Trouble::Stuck(stuck)) => Err(stuck.into()),
        }
    }

    /// Whether the task runs at all; if so, its input is set.
    fn admit(&mut self, task: &Task, open: &mut OpenTask) -> Result<bool, Trouble> {
        if let Some(condition) = &task.condition
            && !is_true(&self.on_raw(condition, task, open)?)
        {
            return Ok(false);
        }
        self.fits(&task.input, "input", &open.raw, &task.pointer)?;
        open.input = match &task.input.transformation {
            Some(from) => self.on_raw(from, task, open)?,
            None => open.raw.clone(),
        };
        self.set_deadline(task, open)?;
        Ok(true)
    }

    fn act(&mut self, task: &Task, open: &OpenTask) -> Result<Act, Trouble> {
        match &task.action {
            Action::Do { list } => Ok(Act::Nest(list.clone(), open.input.clone())),
            Action::CallFunction(function) => {
                let input = match &function.arguments {
                    Some(arguments) => self.on_input(arguments, task, open)?,
                    None => open.input.clone(),
                };
                Ok(Act::Nest(function.list.clone(), input))
            }
            Action::CallOffered(call) => {
                let action = self.offered_call(call, task, open)?;
                Ok(Act::Ask(Stage::acting(action)))
            }
            Action::Emit(emission) => {
                let action = self.emitted(emission, task, open)?;
                Ok(Act::Ask(Stage::acting(action)))
            }
            Action::Run(subflow) => {
                let action = self.child(subflow, task, open)?;
                Ok(Act::Ask(Stage::acting(action)))
            }
            Action::Set(template) => Ok(Act::Output(self.on_input(template, task, open)?, None)),
            Action::Switch(cases) => {
                let then = self.matching(cases, task, open)?;
                Ok(Act::Output(open.input.clone(), then))
            }
            Action::Raise(error) => Err(self.raised(error, task, open)?.into()),
            Action::Wait(duration) => {
                let value = self.on_input(duration.templated(), task, open)?;
                let wait_ms = milliseconds(&value)
                    .map_err(|reason| FaultKind::Expression.fault(reason, &task.pointer))?;
                Ok(Act::Wait(open.started_at_ms.saturating_add(wait_ms)))
            }
            Action::For(each) => match self.on_input(&each.items, task, open)? {
                Value::Array(items) => Ok(Act::Loop(items)),
                other => {
                    let detail =
                        format!("a loop goes over an array, and this is {}", kind_of(&other));
                    Err(FaultKind::Expression.fault(detail, &task.pointer).into())
                }
            },
            Action::Try(_) => Ok(Act::Try),
            Action::Fork(fork) => Ok(Act::Fork(fork.branches.clone(), fork.count)),
            Action::CallOpenApi(request) => {
                let call = self.description_call(request, task, open)?;
                Ok(Act::Ask(Stage::preparing(Need::Description, call, None)))
            }
            Action::CallHttp(request) => {
                let call = self.request(request, task, open)?;
                let stage = self.prove(&request.exchange, call, task, open)?;
                Ok(Act::Ask(stage))
            }
        }
    }

    fn follow(&mut self, task: &Task, mut open: OpenTask, act: Act) -> Result<Move, Trouble> {
        match act {
            Act::Output(output, then) => self.complete(task, open, output, then),
            Act::Nest(at, data) => {
                self.run.frames.push(Frame::Task(Box::new(open)));
                self.run.frames.push(Frame::List { at, next: 0, data });
                Ok(Move::On)
            }
            Act::Loop(items) => {
                let data = open.input.clone();
                self.round(task, open, (items, 0), data)
            }
            Act::Try => self.first_attempt(task, open),
            Act::Fork(branches, count) => self.fork(open, &branches, count),
            Act::Wait(until_ms) => {
                open.stage = Stage::Waiting { until_ms };
                if until_ms <= self.now_ms {
                    let output = open.input.clone();
                    return self.complete(task, open, output, None);
                }
                self.rest(task, open)
            }
            Act::Ask(stage) => {
                open.stage = stage;
                self.rest(task, open)
            }
        }
    }

    /// The way out of a `switch`: the first case that matches, else the default, else none.
    fn matching(
        &mut self,
        cases: &[Case],
        task: &Task,
        open: &OpenTask,
    ) -> Result<Option<Then>, Trouble> {
        let mut default = None;
        for case in cases {
            match &case.when {
                None => default = Some(case.then),
                Some(when) => {
                    if is_true(&self.on_input(when, task, open)?) {
                        return Ok(Some(case.then));
                    }
                }
            }
        }
        Ok(default)
    }

    fn raised(
        &mut self,
        error: &ErrorTemplate,
        task: &Task,
        open: &OpenTask,
    ) -> Result<Fault, Trouble> {
        let mut text = |template: &Templated| {
            let value = self.on_input(template, task, open)?;
            Ok::<_, Trouble>(match value {
                Value::String(text) => text,
                other => other.to_string(),
            })
        };
        let r#type = text(&error.r#type)?;
        let title = error.title.as_ref().map(&mut text).transpose()?;
        let detail = error.detail.as_ref().map(&mut text).transpose()?;
        let status = self.on_input(&error.status, task, open)?;
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

/// What a task does once it is let in.
enum Act {
    /// It is done; it may say itself where to go.
    Output(Value, Option<Then>),
    Nest(String, Value),
    Wait(i64),
    /// It needs something from outside.
    Ask(Stage),
    Loop(Vec<Value>),
    Try,
    Fork(String, usize),
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

/// As jq sees it: all but null and false.
pub(super) fn is_true(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}
