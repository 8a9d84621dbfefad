//! The attributes that follow from the next state of an execution: its status, and when it is due.

use domain::{Ending, Shard};

use crate::dynamodb::attributes::{flag, moment, text};
use crate::dynamodb::due_attributes::{due_at, due_if_message_lost, wait_due_at};
use crate::dynamodb::update_expression::UpdateExpression;
use crate::executions::commit::Commit;
use crate::executions::state_attributes::{
    END_EVENT_PENDING, START_EVENT_PENDING, UNTIL_ENDED, UNTIL_FANNED_OUT, ended,
};
use crate::{NextState, OwnedExecution};

/// Which events have to be published after a write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventsAfter {
    start: bool,
    end: bool,
}

impl EventsAfter {
    pub(crate) fn of(owned: &OwnedExecution, next: &NextState) -> Self {
        Self {
            start: owned.has_unpublished_start(),
            end: owned.interest.end_of(next.status()),
        }
    }

    pub(crate) fn any(self) -> bool {
        self.start || self.end
    }
}

/// Sets the status, and when the execution is due.
pub(crate) fn set_status(changes: &mut UpdateExpression, shard: Shard, commit: &Commit<'_>) {
    let (now, events) = (commit.now, commit.events);
    if !events.start && !commit.next.is_end() {
        changes.remove(START_EVENT_PENDING);
    }
    match commit.next {
        NextState::Running => {}
        NextState::Queued => {
            changes.set("status", text("queued"));
            changes.remove("lease_until");
            changes.set_all(due_if_message_lost(shard, now, 0));
        }
        NextState::Waiting { resume_at } => {
            changes.set("status", text("waiting"));
            changes.set("resume_at", moment(*resume_at));
            changes.remove("lease_until");
            changes.remove("sent_at");
            let mut at = wait_due_at(*resume_at, now);
            if events.start {
                // The message that has the start event published may be lost, and the wait may be long.
                at = at.min(now.plus_millis(domain::redrive_backoff_ms(0)));
            }
            changes.set_all(due_at(shard, at));
        }
        NextState::Succeeded { .. } => end(changes, shard, Ending::Succeeded, commit),
        NextState::Failed { .. } => end(changes, shard, Ending::Failed, commit),
    }
}

/// Ends the execution. Where events are pending it stays due until they are published.
fn end(changes: &mut UpdateExpression, shard: Shard, ending: Ending, commit: &Commit<'_>) {
    let (now, events) = (commit.now, commit.events);
    changes.set_all(ended(ending, now, commit.expires_at));
    changes.remove_all(&UNTIL_ENDED);
    if !events.any() {
        changes.remove_all(&UNTIL_FANNED_OUT);
        return;
    }
    changes.set_all(due_if_message_lost(shard, now, 0));
    if events.end {
        changes.set(END_EVENT_PENDING, flag(true));
    }
    if !events.start {
        changes.remove(START_EVENT_PENDING);
    }
}
