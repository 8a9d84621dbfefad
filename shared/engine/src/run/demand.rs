//! What a run waits for: the actions that its open tasks ask for, in all branches, and the first time that matters.

use super::deadline::{deadline_in, own_deadline};
use super::effect::{Action, ActionKind, Effect, HttpCall};
use super::machine::Machine;
use super::stage::{Branch, Need, OpenCall, Stage};
use super::state::{Frame, OpenTask, Run};
use crate::fault::Fault;

/// What frames wait for, gathered.
struct Demand {
    actions: Vec<Action>,
    until_ms: Option<i64>,
}

impl Machine<'_> {
    /// Sets every branch aside. What the run then waits for, unless something in it can go on.
    pub(super) fn settle(&mut self) -> Result<Option<Effect>, Fault> {
        self.park();
        if is_ready(&self.run.frames, self.now_ms) {
            return Ok(None);
        }
        let mut demand = Demand {
            actions: Vec::new(),
            until_ms: self.run.deadline_ms,
        };
        demand.gather(&self.run.frames, self.now_ms);
        let Demand { actions, until_ms } = demand;
        match until_ms {
            _ if !actions.is_empty() => Ok(Some(Effect::Perform { actions, until_ms })),
            Some(until_ms) => Ok(Some(Effect::Wait { until_ms })),
            None => Err(self.broken("it waits for nothing")),
        }
    }
}

impl Demand {
    fn gather(&mut self, frames: &[Frame], now_ms: i64) {
        for deadline_ms in frames.iter().filter_map(own_deadline) {
            self.not_after(deadline_ms);
        }
        let Some(Frame::Task(open)) = frames.last() else {
            return;
        };
        match &open.stage {
            Stage::Waiting { until_ms } | Stage::Retrying { until_ms, .. } => {
                self.not_after(*until_ms);
            }
            Stage::Acting {
                pending_until_ms: Some(until_ms),
                ..
            } if *until_ms > now_ms => self.not_after(*until_ms),
            Stage::Forked(branches) => branches
                .iter()
                .filter_map(Branch::frames)
                .for_each(|frames| self.gather(frames, now_ms)),
            Stage::Acting { .. }
            | Stage::Preparing { .. }
            | Stage::Calling(_)
            | Stage::Nested
            | Stage::Extending(_)
            | Stage::Looping { .. }
            | Stage::Trying(_)
            | Stage::Catching { .. } => self.actions.extend(action_of(open)),
        }
    }

    fn not_after(&mut self, at_ms: i64) {
        self.until_ms = Some(self.until_ms.map_or(at_ms, |known_ms| known_ms.min(at_ms)));
    }
}

/// Whether something in these frames, all branches set aside, can go on without anybody outside.
pub(super) fn is_ready(frames: &[Frame], now_ms: i64) -> bool {
    if deadline_in(frames).is_some_and(|deadline_ms| deadline_ms <= now_ms) {
        return true;
    }
    let Some(Frame::Task(open)) = frames.last() else {
        return true;
    };
    match &open.stage {
        Stage::Waiting { until_ms } | Stage::Retrying { until_ms, .. } => *until_ms <= now_ms,
        Stage::Forked(branches) => {
            let mut parked = branches.iter().filter_map(Branch::frames).peekable();
            parked.peek().is_none() || parked.any(|frames| is_ready(frames, now_ms))
        }
        Stage::Preparing { .. } | Stage::Calling(_) | Stage::Acting { .. } => false,
        Stage::Nested
        | Stage::Extending(_)
        | Stage::Looping { .. }
        | Stage::Trying(_)
        | Stage::Catching { .. } => true,
    }
}

/// Whether the task that has asked for the action lies on top of these frames, or on top of a branch of theirs.
pub(super) fn asks_for(frames: &[Frame], id: &str) -> bool {
    let Some(Frame::Task(open)) = frames.last() else {
        return false;
    };
    match &open.stage {
        Stage::Forked(branches) => branches
            .iter()
            .filter_map(Branch::frames)
            .any(|frames| asks_for(frames, id)),
        _ => action_id(open).is_some_and(|own| own == id),
    }
}

/// The id of the action that the task has asked for, if any.
pub(super) fn action_id(open: &OpenTask) -> Option<String> {
    // A call for something that is needed first is another call than the one it is for.
    let part = match &open.stage {
        Stage::Calling(_) | Stage::Acting { .. } => "",
        Stage::Preparing { need, .. } => match need {
            Need::Description => "/document",
            Need::Discovery => "/discovery",
            Need::Token => "/token",
        },
        Stage::Nested
        | Stage::Extending(_)
        | Stage::Waiting { .. }
        | Stage::Looping { .. }
        | Stage::Trying(_)
        | Stage::Retrying { .. }
        | Stage::Catching { .. }
        | Stage::Forked(_) => return None,
    };
    Some(format!("{}/{}{part}", open.at, open.visit))
}

/// The action that the task has asked for: the same whenever it is asked for.
fn action_of(open: &OpenTask) -> Option<Action> {
    let kind = match &open.stage {
        Stage::Calling(call) | Stage::Preparing { ask: call, .. } => {
            ActionKind::Http(call.to_make())
        }
        Stage::Acting { action, .. } => action.clone(),
        Stage::Nested
        | Stage::Extending(_)
        | Stage::Waiting { .. }
        | Stage::Looping { .. }
        | Stage::Trying(_)
        | Stage::Retrying { .. }
        | Stage::Catching { .. }
        | Stage::Forked(_) => return None,
    };
    let id = action_id(open)?;
    Some(Action { id, kind })
}

impl OpenCall {
    fn to_make(&self) -> HttpCall {
        let authorization = self.authorization.clone();
        let authorization = authorization.map(|value| ("authorization".to_owned(), value));
        HttpCall {
            method: self.method.clone(),
            url: self.url.clone(),
            headers: self.headers.iter().cloned().chain(authorization).collect(),
            body: self.body.clone().map(String::into_bytes),
        }
    }
}

impl Run {
    /// Whether it waits for something that has begun and is not over.
    pub fn is_pending(&self) -> bool {
        has_pending(&self.frames)
    }
}

fn has_pending(frames: &[Frame]) -> bool {
    let Some(Frame::Task(open)) = frames.last() else {
        return false;
    };
    match &open.stage {
        Stage::Acting {
            pending_until_ms, ..
        } => pending_until_ms.is_some(),
        Stage::Forked(branches) => branches.iter().filter_map(Branch::frames).any(has_pending),
        Stage::Nested
        | Stage::Extending(_)
        | Stage::Preparing { .. }
        | Stage::Calling(_)
        | Stage::Waiting { .. }
        | Stage::Looping { .. }
        | Stage::Trying(_)
        | Stage::Retrying { .. }
        | Stage::Catching { .. } => false,
    }
}

/// Whatever is pending in these frames is to be asked for now.
pub(super) fn wake(frames: &mut [Frame]) {
    let Some(Frame::Task(open)) = frames.last_mut() else {
        return;
    };
    match &mut open.stage {
        Stage::Acting {
            pending_until_ms, ..
        } => *pending_until_ms = None,
        Stage::Forked(branches) => {
            for branch in branches {
                match branch {
                    Branch::Parked(frames) => wake(frames),
                    Branch::Active | Branch::Done(_) => {}
                }
            }
        }
        Stage::Nested
        | Stage::Extending(_)
        | Stage::Preparing { .. }
        | Stage::Calling(_)
        | Stage::Waiting { .. }
        | Stage::Looping { .. }
        | Stage::Trying(_)
        | Stage::Retrying { .. }
        | Stage::Catching { .. } => {}
    }
}
