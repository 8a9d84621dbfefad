//! How much an org may upload in a day, by its plan.

use crate::{Plan, Timestamp};

const DAY_MS: i64 = 86_400_000;

/// A day of UTC, in days since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileDay(i64);

/// What an org may upload in a day of UTC, over both environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileQuota {
    /// So many files.
    pub files: u64,
    /// So many bytes in all.
    pub bytes: u64,
}

impl FileDay {
    /// The day of a moment.
    pub fn of(now: Timestamp) -> Self {
        Self(now.as_millis().div_euclid(DAY_MS))
    }

    /// Its number.
    pub fn number(self) -> i64 {
        self.0
    }

    /// When it is over.
    pub fn end(self) -> Timestamp {
        Timestamp::from_millis((self.0 + 1).saturating_mul(DAY_MS))
    }
}

impl FileQuota {
    /// The quota of a plan.
    pub fn of_plan(plan: Plan) -> Self {
        match plan {
            Plan::Free => Self {
                files: 200,
                bytes: 1_000_000_000,
            },
            Plan::Pro => Self {
                files: 5_000,
                bytes: 25_000_000_000,
            },
            Plan::Ultra | Plan::Custom => Self {
                files: 50_000,
                bytes: 250_000_000_000,
            },
        }
    }

    /// What may have been uploaded before, so that this much more fits in; `None` where it never does.
    pub fn before(self, more: Self) -> Option<Self> {
        Some(Self {
            files: self.files.checked_sub(more.files)?,
            bytes: self.bytes.checked_sub(more.bytes)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_has_room_up_to_its_end_and_no_further() {
        let quota = FileQuota::of_plan(Plan::Free);
        let more = |files, bytes| FileQuota { files, bytes };
        assert_eq!(quota.before(quota), Some(more(0, 0)));
        assert_eq!(quota.before(more(quota.files + 1, 0)), None);
        assert_eq!(quota.before(more(1, quota.bytes + 1)), None);
    }

    #[test]
    fn a_day_ends_where_the_next_begins() {
        let noon = Timestamp::from_millis(19_000 * DAY_MS + DAY_MS / 2);
        let day = FileDay::of(noon);
        assert_eq!(day.number(), 19_000);
        assert_eq!(FileDay::of(day.end()).number(), 19_001);
        assert_eq!(FileDay::of(day.end().plus_millis(-1)), day);
    }
}
