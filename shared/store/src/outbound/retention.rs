//! How long executions, events and deliveries are kept. An event is kept longer than its deliveries, also than those that
//! are restarted.

use domain::Timestamp;
use domain::outbound::worst_case_secs;

/// An event is kept so much longer than a delivery that is recorded with it.
const SPARE_DAYS: i64 = 1;

/// The operator's retention, in days.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retention {
    days: i64,
}

impl Retention {
    pub(crate) fn new(days: i64) -> Self {
        Self { days }
    }

    /// Until when a record is kept that ended then.
    pub(crate) fn after_end(self, ended_at: Timestamp) -> Timestamp {
        ended_at.plus_days(self.days)
    }

    /// Until when an event is kept whose deliveries start then: they take their whole schedule at the most, and are kept
    /// from their end.
    pub(crate) fn of_event(self, from: Timestamp) -> Timestamp {
        from.plus_secs(worst_case_secs())
            .plus_days(self.days + SPARE_DAYS)
    }

    /// The same without the spare days: an event that is kept until then need not be extended.
    pub(crate) fn least_of_event(self, from: Timestamp) -> Timestamp {
        self.of_event(from).plus_days(-SPARE_DAYS)
    }

    /// Until when an attempt is kept: as long as its delivery can be there.
    pub(crate) fn of_attempt(self, made_at: Timestamp) -> Timestamp {
        self.of_event(made_at)
    }

    /// A subscription that was deleted before this has no delivery left.
    pub(crate) fn oldest_delivery(self, now: Timestamp) -> Timestamp {
        now.plus_secs(-worst_case_secs())
            .plus_days(-self.days - SPARE_DAYS)
    }

    /// The retention, and at least so many days.
    pub(crate) fn at_least(self, days: i64, from: Timestamp) -> Timestamp {
        from.plus_days(self.days.max(days))
    }
}
