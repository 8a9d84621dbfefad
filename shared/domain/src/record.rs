//! The rows of an org's own small tables: what they are called, how large they may be, and what a
//! writer can ask of the row that it meets. Does not know where rows are kept, nor who writes them.

use std::fmt;

use serde_json::Value;

use crate::Timestamp;

/// The largest row, as JSON without spaces: 64 KB.
pub const MAX_RECORD_BYTES: usize = 65_536;
/// The most rows that one environment of an org can have, over all its tables.
pub const MAX_RECORDS: u64 = 100_000;

const MAX_TABLE_CHARS: usize = 64;
const MAX_KEY_BYTES: usize = 256;

/// A table's name. A table exists while it has rows; there is no call that creates one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordTable(String);

/// The text is no name of a table.
#[derive(Debug, thiserror::Error)]
#[error("a table's name is 1 to {MAX_TABLE_CHARS} letters, digits, `-` and `_`")]
pub struct InvalidRecordTable;

impl RecordTable {
    /// Checks the name.
    pub fn parse(text: &str) -> Result<Self, InvalidRecordTable> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if (1..=MAX_TABLE_CHARS).contains(&text.len()) && text.bytes().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidRecordTable)
        }
    }
}

impl fmt::Display for RecordTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A row's key in its table. Rows are listed in the order of their keys' bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordKey(String);

/// The text is no key of a row.
#[derive(Debug, thiserror::Error)]
#[error("a row's key is 1 to {MAX_KEY_BYTES} bytes of text without control characters")]
pub struct InvalidRecordKey;

impl RecordKey {
    /// Checks the key.
    pub fn parse(text: &str) -> Result<Self, InvalidRecordKey> {
        if (1..=MAX_KEY_BYTES).contains(&text.len()) && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidRecordKey)
        }
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A row of an org's own table.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its key.
    pub key: RecordKey,
    /// What it holds.
    pub item: Value,
    /// Increases by one with each write.
    pub version: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
}

/// What a write requires of the row that it replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing: the last write wins.
    Anything,
    /// That there is none.
    Absent,
    /// That it has this version.
    Version(u64),
}

impl Expected {
    /// Whether the write may go ahead; `version` is that of the row, where there is one.
    pub fn admits(self, version: Option<u64>) -> bool {
        match self {
            Self::Anything => true,
            Self::Absent => version.is_none(),
            Self::Version(expected) => version == Some(expected),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_reach_another_table_are_refused() {
        assert!(RecordTable::parse("issues_2026-06").is_ok());
        for bad in ["", "a#b", "a b", "ü", &"a".repeat(65)] {
            assert!(RecordTable::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_is_any_short_text_that_can_be_shown() {
        assert!(RecordKey::parse("octo/hello #7 – ü").is_ok());
        assert!(RecordKey::parse(&"ü".repeat(128)).is_ok());
        for bad in ["", "a\nb", "a\0", &"ü".repeat(129)] {
            assert!(RecordKey::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_writer_meets_what_it_expects_or_nothing_happens() {
        assert!(Expected::Anything.admits(None) && Expected::Anything.admits(Some(3)));
        assert!(Expected::Absent.admits(None) && !Expected::Absent.admits(Some(3)));
        assert!(Expected::Version(3).admits(Some(3)));
        assert!(!Expected::Version(3).admits(Some(4)) && !Expected::Version(3).admits(None));
    }
}
