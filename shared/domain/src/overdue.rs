//! What the sweep does about an execution that is overdue: no worker has taken it up in time. It does not know how the
//! sweep finds one, or sends a message.

use crate::{Execution, Phase, Timestamp};

/// How long after its last message a queued execution is due again: 90 s, doubled for each message after which no worker
/// claimed it, at most 24 minutes.
pub fn redrive_backoff_ms(redrives: u32) -> i64 {
    90_000 << redrives.min(4)
}

/// The last known state of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// About how many messages no worker has received yet.
    pub visible: u64,
    /// A message that a worker received lately.
    pub seen: Option<Received>,
}

/// A message that a worker received: messages that were sent earlier have most likely been received as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When a worker received it.
    pub received_at: Timestamp,
}

/// A message that was received longer ago says nothing about the queue now.
const CURRENT_MS: i64 = 120_000;
/// How far a standard queue may deviate from the order of sending.
const DISORDER_MS: i64 = 30_000;

impl Backlog {
    /// Whether a message that was sent at that time is most likely still in the queue. Then it is not lost, and a second
    /// message would only make the queue longer.
    pub fn may_hold(&self, sent_at: Timestamp, now: Timestamp) -> bool {
        if self.visible == 0 {
            return false;
        }
        match self.seen {
            Some(seen) if now.millis_since(seen.received_at) <= CURRENT_MS => {
                sent_at.millis_since(seen.sent_at) >= -DISORDER_MS
            }
            // Messages wait and no worker receives them: another one would wait as well.
            Some(_) | None => true,
        }
    }
}

/// What the sweep does about one execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryAction {
    /// Nothing: its index entry is out of date, or a worker owns it.
    Leave,
    /// Send a message, so that a worker claims it.
    Send {
        /// How long the queue holds the message back.
        delay_ms: i64,
    },
    /// Send a message, so that its pending lifecycle events are fanned out to subscriptions.
    Announce,
}

/// Decides by the record of an execution that the index says is due. `has_pending_events`: a lifecycle event of it has not
/// been fanned out yet.
pub fn recovery_action(
    execution: &Execution,
    has_pending_events: bool,
    now: Timestamp,
) -> RecoveryAction {
    let without_redispatch = if has_pending_events {
        RecoveryAction::Announce
    } else {
        RecoveryAction::Leave
    };
    match execution.phase {
        Phase::Ended { .. } => without_redispatch,
        Phase::Queued => RecoveryAction::Send { delay_ms: 0 },
        Phase::Running { lease_until } if lease_until > now => without_redispatch,
        Phase::Running { .. } => RecoveryAction::Send { delay_ms: 0 },
        Phase::Waiting { resume_at } if has_pending_events && resume_at > now => {
            RecoveryAction::Announce
        }
        Phase::Waiting { resume_at } => RecoveryAction::Send {
            delay_ms: resume_at.millis_since(now).max(0),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(0).plus_secs(secs)
    }

    #[test]
    fn a_backlog_holds_what_was_sent_after_the_message_last_seen() {
        let seen = Received {
            sent_at: at(1_000),
            received_at: at(1_600),
        };
        let backlog = Backlog {
            visible: 5,
            seen: Some(seen),
        };
        assert!(backlog.may_hold(at(1_500), at(1_610)));
        assert!(backlog.may_hold(at(980), at(1_610)), "roughly in order");
        assert!(
            !backlog.may_hold(at(900), at(1_610)),
            "it should have come by now"
        );
    }

    #[test]
    fn an_empty_queue_holds_nothing_and_a_stalled_one_everything() {
        let seen = Received {
            sent_at: at(1_000),
            received_at: at(1_000),
        };
        let empty = Backlog {
            visible: 0,
            seen: Some(seen),
        };
        assert!(!empty.may_hold(at(1_500), at(1_501)));
        let stalled = Backlog {
            visible: 1,
            seen: Some(seen),
        };
        assert!(stalled.may_hold(at(500), at(1_200)));
        assert!(
            Backlog {
                visible: 1,
                seen: None
            }
            .may_hold(at(500), at(501))
        );
    }

    #[test]
    fn the_time_to_the_next_look_doubles_up_to_24_minutes() {
        let looks: Vec<i64> = (0..7).map(|n| redrive_backoff_ms(n) / 1000).collect();
        assert_eq!(looks, [90, 180, 360, 720, 1440, 1440, 1440]);
    }
}
