//! What to do about an execution that is due: nobody came back to it in time. It does not know how
//! it was found, or how a message is sent.

use crate::{Execution, Phase, Timestamp};

/// How long after its last message a queued execution is due again: 90 s, doubled each time it was
/// sent without anybody claiming it, 24 minutes at the most.
pub fn redrive_backoff_ms(redrives: u32) -> i64 {
    90_000 << redrives.min(4)
}

/// What was last known of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Messages that nobody has received yet, about.
    pub visible: u64,
    pub seen: Option<Received>,
}

/// A message that a worker received, as a sign of how far the queue has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    pub sent_at: Timestamp,
    pub received_at: Timestamp,
}

/// A sign older than this says nothing about now.
const CURRENT_MS: i64 = 120_000;
/// A standard queue keeps the order only roughly.
const DISORDER_MS: i64 = 30_000;

impl Backlog {
    /// Whether a message that was sent at that time is most likely still in the queue. A backlog is
    /// not a loss: sending again would only lengthen it.
    pub fn may_hold(&self, sent_at: Timestamp, now: Timestamp) -> bool {
        if self.visible == 0 {
            return false;
        }
        match self.seen {
            Some(seen) if now.millis_since(seen.received_at) <= CURRENT_MS => {
                sent_at.millis_since(seen.sent_at) >= -DISORDER_MS
            }
            // Messages wait and nobody takes them: another one would wait as well.
            Some(_) | None => true,
        }
    }
}

/// What a sweep does about one execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryAction {
    /// Its index entry was out of date, or somebody else is on it.
    Leave,
    /// Have it claimed, after that many milliseconds.
    Send { delay_ms: i64 },
    /// Have subscribers told what it has come to.
    Announce,
}

/// Judges an execution that the index says is due, by its record. `has_news`: subscribers have yet to be told something
/// of it.
pub fn recovery_action(execution: &Execution, has_news: bool, now: Timestamp) -> RecoveryAction {
    let while_nobody_need_act = if has_news {
        RecoveryAction::Announce
    } else {
        RecoveryAction::Leave
    };
    match execution.phase {
        Phase::Ended { .. } => while_nobody_need_act,
        Phase::Queued => RecoveryAction::Send { delay_ms: 0 },
        Phase::Running { lease_until } if lease_until > now => while_nobody_need_act,
        Phase::Running { .. } => RecoveryAction::Send { delay_ms: 0 },
        Phase::Waiting { resume_at } if has_news && resume_at > now => RecoveryAction::Announce,
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
