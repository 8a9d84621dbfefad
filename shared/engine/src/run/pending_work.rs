//! What a run waits for: the actions that its open tasks ask for, in all branches, and the first time at which it has to
//! resume.

use super::deadline::{deadline_in, frame_deadline};
use super::effect::{Action, ActionKind, HttpCall};
use super::stage::{Branch, OpenCall, Prerequisite, Stage};
use super::state::{Frame, OpenTask, Run};

/// What a run waits for.
pub(super) struct PendingWork {
    pub(super) actions: Vec<Action>,
    /// When the run has to resume without a result, in epoch milliseconds.
    pub(super) until_ms: Option<i64>,
}

impl PendingWork {
    /// What a run waits for whose branches are parked.
    pub(super) fn of(run: &Run, now_ms: i64) -> Self {
        let mut work = Self {
            actions: Vec::new(),
            until_ms: run.deadline_ms,
        };
        work.collect(&run.frames, now_ms);
        work
    }

    fn collect(&mut self, frames: &[Frame], now_ms: i64) {
        for deadline_ms in frames.iter().filter_map(frame_deadline) {
            self.lower_until(deadline_ms);
        }
        let Some(Frame::Task(open)) = frames.last() else {
            return;
        };
        match &open.stage {
            Stage::Waiting { until_ms } | Stage::Retrying { until_ms, .. } => {
                self.lower_until(*until_ms);
            }
            Stage::Acting {
                pending_until_ms: Some(until_ms),
                ..
            } if *until_ms > now_ms => self.lower_until(*until_ms),
            Stage::Forked(branches) => branches
                .iter()
                .filter_map(Branch::frames)
                .for_each(|frames| self.collect(frames, now_ms)),
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

    fn lower_until(&mut self, at_ms: i64) {
        self.until_ms = Some(self.until_ms.map_or(at_ms, |known_ms| known_ms.min(at_ms)));
    }
}

/// Whether something in these frames, whose branches are parked, can continue without a result from outside.
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

/// Whether the topmost task of these frames, or of a branch parked in them, waits for the action.
pub(super) fn awaits_action(frames: &[Frame], id: &str) -> bool {
    let Some(Frame::Task(open)) = frames.last() else {
        return false;
    };
    match &open.stage {
        Stage::Forked(branches) => branches
            .iter()
            .filter_map(Branch::frames)
            .any(|frames| awaits_action(frames, id)),
        _ => action_id(open).is_some_and(|own| own == id),
    }
}

/// The id of the action that the task waits for.
pub(super) fn action_id(open: &OpenTask) -> Option<String> {
    // A request for a prerequisite is another action than the call itself.
    let part = match &open.stage {
        Stage::Calling(_) | Stage::Acting { .. } => "",
        Stage::Preparing { prerequisite, .. } => match prerequisite {
            Prerequisite::Description => "/document",
            Prerequisite::Discovery => "/discovery",
            Prerequisite::Token => "/token",
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
    Some(format!("{}/{}{part}", open.pointer, open.visit))
}

/// The action that the task waits for; every repeat is the same.
fn action_of(open: &OpenTask) -> Option<Action> {
    let kind = match &open.stage {
        Stage::Calling(call) | Stage::Preparing { request: call, .. } => {
            ActionKind::Http(call.to_http_call())
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
    fn to_http_call(&self) -> HttpCall {
        let authorization = self.authorization.clone();
        let authorization = authorization.map(|value| ("authorization".to_owned(), value));
        HttpCall {
            method: self.method.clone(),
            url: self.url.clone(),
            headers: self.headers.iter().cloned().chain(authorization).collect(),
            body: self.body.clone().map(String::into_bytes),
            upload: self.upload.clone(),
        }
    }
}

impl Run {
    /// Whether the run waits for an action that is pending, such as a child workflow.
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

/// Makes the engine ask for every pending action of these frames now.
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
