//! Files that webhooks name: what is known of one besides its bytes, and for how long it is kept. It does not know where the
//! bytes are.

mod name;
mod named;
mod quota;
mod retention;

pub use name::{ContentType, FileName, InvalidContentType, InvalidFileName};
pub use named::{NamedFiles, named_files};
pub use quota::{FileDay, FileQuota};
pub use retention::KeptDays;

use crate::limits::{MAX_FILE_DAYS, UNUSED_FILE_HOURS};
use crate::{FileKey, Timestamp};

/// How much longer than it has to a use keeps a file.
const SPARE_DAYS: i64 = 7;

/// A file of a tenant, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Its key, which is random, and means nothing in another tenant.
    pub key: FileKey,
    /// The name that its sender gave it.
    pub name: FileName,
    /// Its length.
    pub bytes: u64,
    /// The type that its sender gave it.
    pub content_type: ContentType,
    /// When it was uploaded, or its upload was announced.
    pub created_at: Timestamp,
    /// Whether an execution used it, and until when it is kept.
    pub state: FileState,
}

/// Whether an execution used a file, and until when it is kept. Afterwards the key is unknown, whether or not the bytes have
/// been removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// No execution used it.
    Unused {
        /// The end of its time.
        expires_at: Timestamp,
    },
    /// An execution used it.
    Used {
        /// The end of its time, which the next use moves on.
        kept_until: Timestamp,
    },
}

impl FileState {
    /// The end of the file's time.
    pub fn ends_at(self) -> Timestamp {
        match self {
            Self::Unused { expires_at } => expires_at,
            Self::Used { kept_until } => kept_until,
        }
    }
}

impl StoredFile {
    /// A file that is uploaded or announced now.
    pub fn new(
        key: FileKey,
        name: FileName,
        bytes: u64,
        content_type: ContentType,
        now: Timestamp,
    ) -> Self {
        Self {
            key,
            name,
            bytes,
            content_type,
            created_at: now,
            state: FileState::Unused {
                expires_at: now.plus_secs(UNUSED_FILE_HOURS * 3_600),
            },
        }
    }

    /// Whether its time is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.state.ends_at() <= now
    }

    /// Until when it is kept where an execution uses it that is itself kept until `wanted`; `None` where nothing changes. A
    /// change is good for some days more, so that executions that wait again and again do not write each time.
    pub fn extended_to(&self, wanted: Timestamp) -> Option<Timestamp> {
        let longest = self.created_at.plus_days(MAX_FILE_DAYS);
        let (wanted, spare) = (
            wanted.min(longest),
            wanted.plus_days(SPARE_DAYS).min(longest),
        );
        match self.state {
            FileState::Unused { .. } => Some(spare),
            FileState::Used { kept_until } => (kept_until < wanted).then_some(spare),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(now: Timestamp) -> StoredFile {
        let name = FileName::parse("a.txt").unwrap();
        let kind = ContentType::parse("text/plain").unwrap();
        StoredFile::new(FileKey::derived(&["a"]), name, 3, kind, now)
    }

    #[test]
    fn a_file_that_nobody_uses_ends_after_a_day() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let file = file(now);
        assert!(!file.is_expired(now.plus_days(1).plus_millis(-1)));
        assert!(file.is_expired(now.plus_days(1)));
    }

    #[test]
    fn a_use_only_ever_makes_a_file_last_longer_and_never_beyond_the_limit() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let unused = file(now);
        let soon = now.plus_days(1);
        assert_eq!(unused.extended_to(soon), Some(soon.plus_days(SPARE_DAYS)));
        let used = |kept_until| StoredFile {
            state: FileState::Used { kept_until },
            ..file(now)
        };
        assert_eq!(used(soon).extended_to(soon), None);
        assert_eq!(used(soon).extended_to(now), None);
        let last = now.plus_days(MAX_FILE_DAYS);
        assert_eq!(used(soon).extended_to(last.plus_days(1)), Some(last));
        assert_eq!(used(last).extended_to(last.plus_days(9)), None);
    }
}
