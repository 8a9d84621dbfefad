//! What an org uses, counted by day of UTC. It does not know where the counts are kept.

use std::fmt;
use std::ops::AddAssign;
use std::str::FromStr;

use time::{Date, Month};

use crate::Timestamp;

/// The days that can be asked for, with today.
pub const USAGE_DAYS: i64 = 31;
const DAY_MS: i64 = 86_400_000;
/// The Julian day of 1970-01-01.
const EPOCH_JULIAN_DAY: i64 = 2_440_588;

/// A day of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    /// Days since the Unix epoch.
    number: i64,
}

/// The text is not a date such as `2026-06-16`.
#[derive(Debug, thiserror::Error)]
#[error("expected a date such as 2026-06-16")]
pub struct InvalidDay;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageKind {
    /// An execution that began to run.
    Execution,
    /// An execution that failed.
    Failure,
    /// A delivery that its receiver accepted.
    Delivery,
    /// A webhook that was refused although its token was right.
    Refusal,
}

/// How often each kind happened on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageCounts {
    /// Executions that began to run.
    pub executions: u64,
    /// Executions that failed.
    pub failures: u64,
    /// Deliveries that their receivers accepted.
    pub deliveries: u64,
    /// Webhooks that were refused although their tokens were right.
    pub refusals: u64,
}

impl Day {
    /// The day that a moment is in.
    pub fn of(at: Timestamp) -> Self {
        Self {
            number: at.as_millis().div_euclid(DAY_MS),
        }
    }

    /// A later day, or an earlier one.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self {
            number: self.number + days,
        }
    }

    /// When it begins.
    pub fn begins_at(self) -> Timestamp {
        Timestamp::from_millis(self.number.saturating_mul(DAY_MS))
    }

    /// The days that can be asked for, the earliest first; today is the last.
    pub fn asked_for(now: Timestamp) -> impl Iterator<Item = Self> {
        let today = Self::of(now);
        (1 - USAGE_DAYS..=0).map(move |days| today.plus(days))
    }
}

/// As ISO 8601 writes it: `2026-06-16`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let julian = i32::try_from(self.number + EPOCH_JULIAN_DAY).map_err(|_| fmt::Error)?;
        let date = Date::from_julian_day(julian).map_err(|_| fmt::Error)?;
        let month = u8::from(date.month());
        write!(f, "{:04}-{month:02}-{:02}", date.year(), date.day())
    }
}

impl FromStr for Day {
    type Err = InvalidDay;

    fn from_str(text: &str) -> Result<Self, InvalidDay> {
        let mut parts = text.splitn(3, '-');
        let mut next = || parts.next().ok_or(InvalidDay);
        let (year, month, day) = (next()?, next()?, next()?);
        let month: u8 = month.parse().map_err(|_| InvalidDay)?;
        let month = Month::try_from(month).map_err(|_| InvalidDay)?;
        let (year, day) = (year.parse(), day.parse());
        let (year, day) = (year.map_err(|_| InvalidDay)?, day.map_err(|_| InvalidDay)?);
        let date = Date::from_calendar_date(year, month, day).map_err(|_| InvalidDay)?;
        Ok(Self {
            number: i64::from(date.to_julian_day()) - EPOCH_JULIAN_DAY,
        })
    }
}

impl UsageCounts {
    /// Counts one more.
    pub fn count(&mut self, kind: UsageKind) {
        match kind {
            UsageKind::Execution => self.executions += 1,
            UsageKind::Failure => self.failures += 1,
            UsageKind::Delivery => self.deliveries += 1,
            UsageKind::Refusal => self.refusals += 1,
        }
    }
}

impl AddAssign for UsageCounts {
    fn add_assign(&mut self, other: Self) {
        self.executions += other.executions;
        self.failures += other.failures;
        self.deliveries += other.deliveries;
        self.refusals += other.refusals;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_as_a_date_and_reads_back() {
        let at = Timestamp::parse("2026-06-16T12:17:30.231Z").unwrap();
        let day = Day::of(at);
        assert_eq!(day.to_string(), "2026-06-16");
        assert_eq!("2026-06-16".parse::<Day>().unwrap(), day);
        assert_eq!(day.begins_at().to_string(), "2026-06-16T00:00:00.000Z");
        let (first, last) = ("1970-01-01", "9999-12-31");
        for text in [first, "2028-02-29", last] {
            assert_eq!(text.parse::<Day>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "2026-06",
            "2026-13-01",
            "2026-02-29",
            "2026-06-16T",
            "x-1-1",
        ] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_day_ends_at_midnight_of_utc() {
        let midnight = Day::of(Timestamp::from_millis(0)).plus(20_620).begins_at();
        assert_eq!(Day::of(midnight.plus_millis(-1)).plus(1), Day::of(midnight));
    }

    #[test]
    fn thirty_one_days_can_be_asked_for() {
        let now = Timestamp::parse("2026-03-01T00:00:00Z").unwrap();
        let days: Vec<String> = Day::asked_for(now).map(|day| day.to_string()).collect();
        assert_eq!(days.len(), 31);
        assert_eq!(
            (days[0].as_str(), days[30].as_str()),
            ("2026-01-30", "2026-03-01")
        );
    }
}
