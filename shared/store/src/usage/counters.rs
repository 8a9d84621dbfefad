//! The counts of one container since its last write. It does not know how they are written.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{Day, OrgId, Timestamp, UsageCounts, UsageKind};

/// Orgs, with their days, that a container counts between two writes: a transaction has room for them and ten more items.
/// Beyond it, nothing is counted of further orgs until the next write.
const MAX_COUNTED_ORGS: usize = 90;
/// From so many on, the counts are written before the minute is over: a batch has at most ten messages, so there is room
/// for the next ones.
const EARLY_WRITE_ORGS: usize = 50;
/// The time between two writes of a container.
const WRITE_EVERY_MS: i64 = 60_000;

/// What was counted of one org on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) org: OrgId,
    pub(super) day: Day,
    pub(super) counts: UsageCounts,
}

#[derive(Default)]
pub(super) struct UsageCounters(Mutex<Pending>);

#[derive(Default)]
struct Pending {
    counts: HashMap<(OrgId, Day), UsageCounts>,
    written_at: Option<Timestamp>,
}

impl UsageCounters {
    pub(super) fn count(&self, org: OrgId, day: Day, kind: UsageKind) {
        let mut pending = self.pending();
        let is_full = pending.counts.len() >= MAX_COUNTED_ORGS;
        match pending.counts.get_mut(&(org, day)) {
            Some(counts) => counts.count(kind),
            None if is_full => {}
            None => pending.counts.entry((org, day)).or_default().count(kind),
        }
    }

    /// All of one org, which is then no longer pending.
    pub(super) fn take_of(&self, org: OrgId) -> Vec<Counted> {
        let mut pending = self.pending();
        let of_org = pending.counts.extract_if(|(of, _), _| *of == org);
        counted(of_org)
    }

    /// Everything, where the last write is a minute ago or there is much; else nothing.
    pub(super) fn take_due(&self, now: Timestamp) -> Vec<Counted> {
        let mut pending = self.pending();
        let is_recent = pending
            .written_at
            .is_some_and(|at| now.millis_since(at) < WRITE_EVERY_MS);
        let has_room = pending.counts.len() < EARLY_WRITE_ORGS;
        if pending.counts.is_empty() || (is_recent && has_room) {
            return Vec::new();
        }
        pending.written_at = Some(now);
        counted(pending.counts.drain())
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn counted(pending: impl Iterator<Item = ((OrgId, Day), UsageCounts)>) -> Vec<Counted> {
    let counted = pending.map(|((org, day), counts)| Counted { org, day, counts });
    counted.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn org(n: usize) -> OrgId {
        OrgId::derived(&[&n.to_string()])
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn count(counters: &UsageCounters, orgs: std::ops::Range<usize>) {
        for n in orgs {
            counters.count(org(n), Day::of(at(0)), UsageKind::Execution);
        }
    }

    #[test]
    fn counts_are_written_at_once_and_then_once_a_minute() {
        let counters = UsageCounters::default();
        assert!(counters.take_due(at(0)).is_empty(), "nothing is counted");
        count(&counters, 0..1);
        assert_eq!(counters.take_due(at(0)).len(), 1);
        count(&counters, 0..1);
        count(&counters, 0..1);
        assert!(counters.take_due(at(59_999)).is_empty());
        let written = counters.take_due(at(60_000));
        assert_eq!(written[0].counts.executions, 2);
        assert!(counters.take_due(at(999_999)).is_empty());
    }

    #[test]
    fn fifty_orgs_are_written_before_the_minute_is_over_and_49_are_not() {
        let counters = UsageCounters::default();
        count(&counters, 0..1);
        counters.take_due(at(0));
        count(&counters, 0..49);
        assert!(counters.take_due(at(1)).is_empty());
        count(&counters, 49..50);
        assert_eq!(counters.take_due(at(2)).len(), 50);
    }

    #[test]
    fn ninety_orgs_are_counted_and_the_next_is_not() {
        let counters = UsageCounters::default();
        count(&counters, 0..90);
        count(&counters, 0..91);
        let written = counters.take_due(at(0));
        assert_eq!(written.len(), 90);
        assert!(written.iter().all(|counted| counted.counts.executions == 2));
        assert!(written.iter().all(|counted| counted.org != org(90)));
    }

    #[test]
    fn what_is_taken_of_one_org_leaves_the_others_and_keeps_days_apart() {
        let counters = UsageCounters::default();
        count(&counters, 0..2);
        let tomorrow = Day::of(at(0)).plus(1);
        counters.count(org(1), tomorrow, UsageKind::Refusal);
        let mut of_one = counters.take_of(org(1));
        of_one.sort_by_key(|counted| counted.day);
        assert_eq!(of_one.len(), 2);
        assert_eq!(of_one[1].counts.refusals, 1);
        let rest = counters.take_due(at(0));
        assert_eq!((rest.len(), rest[0].org), (1, org(0)));
    }
}
