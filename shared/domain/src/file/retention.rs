//! For how long the bucket keeps the bytes of a file. A rule of the bucket counts days from the upload, and a tag says which
//! rule applies, so the days that are wanted are rounded up to one of a few steps.

use crate::Timestamp;
use crate::limits::MAX_FILE_DAYS;

const DAY_MS: i64 = 86_400_000;

/// The days after its upload for which the bucket keeps a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeptDays(u16);

impl KeptDays {
    /// For a file that nobody used: more than the record of one lasts.
    pub const UNUSED: Self = Self(2);
    /// For files that were used.
    pub const USED: [Self; 4] = [Self(64), Self(256), Self(512), Self(1_024)];

    /// The step that keeps a file until then.
    pub fn until(kept_until: Timestamp, created_at: Timestamp) -> Self {
        let days = kept_until.millis_since(created_at).div_euclid(DAY_MS) + 1;
        debug_assert!(days <= MAX_FILE_DAYS + 1);
        let fits = |step: &&Self| i64::from(step.0) >= days;
        let [.., longest] = Self::USED;
        Self::USED.iter().find(fits).copied().unwrap_or(longest)
    }

    /// The value of the tag that names the step.
    pub fn tag(self) -> String {
        match self {
            Self::UNUSED => "unused".to_owned(),
            Self(days) => format!("{days}-days"),
        }
    }

    /// The number of days.
    pub fn days(self) -> u16 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_last_longer_than_the_record() {
        let created_at = Timestamp::from_millis(1_700_000_000_000);
        for days in [0, 1, 31, 62, 63, 64, 255, 256, 400, 511, 512, MAX_FILE_DAYS] {
            let step = KeptDays::until(created_at.plus_days(days), created_at);
            assert!(i64::from(step.days()) > days, "{days}: {step:?}");
        }
        let first = KeptDays::until(created_at.plus_days(32), created_at);
        assert_eq!(first.tag(), "64-days");
        assert_eq!(KeptDays::UNUSED.tag(), "unused");
    }
}
