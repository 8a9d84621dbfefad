//! A moment, in milliseconds since the Unix epoch. Reading the clock happens elsewhere.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The clock that a handler reads once for each request; tests have one of their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Milliseconds since the Unix epoch. As JSON: ISO 8601 in UTC with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text is not an ISO 8601 (RFC 3339) date and time.
#[derive(Debug, thiserror::Error)]
#[error("expected an ISO 8601 date and time such as 2026-01-31T12:00:00.000Z")]
pub struct InvalidTimestamp;

/// 9999-12-31T23:59:59.999Z, the last moment that ISO 8601 writes with four digits of year.
const LATEST_MS: i64 = 253_402_300_799_999;

impl Timestamp {
    /// Moments outside the years 1970 to 9999 are moved to the nearest end.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, LATEST_MS))
    }

    /// Milliseconds since the Unix epoch.
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded up: DynamoDB's TTL unit.
    pub fn as_secs_rounded_up(self) -> i64 {
        self.0.div_euclid(1000) + i64::from(self.0 % 1000 != 0)
    }

    /// A later moment, or an earlier one.
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// A later moment, or an earlier one.
    pub fn plus_secs(self, secs: i64) -> Self {
        self.plus_millis(secs.saturating_mul(1000))
    }

    /// A later moment, or an earlier one.
    pub fn plus_days(self, days: i64) -> Self {
        self.plus_secs(days.saturating_mul(86_400))
    }

    /// Milliseconds from `earlier` to this moment; negative where this moment is the earlier one.
    pub fn millis_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Reads a date as HTTP writes it (RFC 9110, section 5.6.7).
    pub fn parse_http_date(text: &str) -> Option<Self> {
        let at = httpdate::parse_http_date(text).ok()?;
        let since_epoch = at.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(since_epoch.as_millis())
            .ok()
            .map(Self::from_millis)
    }

    /// Writes a date as HTTP and RFC 1123 do, to the second: `Tue, 07 Nov 2023 08:03:27 GMT`.
    pub fn to_http_date(self) -> String {
        let since_epoch = Duration::from_millis(self.0.unsigned_abs());
        httpdate::fmt_http_date(UNIX_EPOCH + since_epoch)
    }

    /// Reads a date and time with any offset (RFC 3339 section 5.6).
    pub fn parse(text: &str) -> Result<Self, InvalidTimestamp> {
        let parsed = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InvalidTimestamp)?;
        let millis = parsed.unix_timestamp_nanos().div_euclid(1_000_000);
        i64::try_from(millis)
            .map(Self::from_millis)
            .map_err(|_| InvalidTimestamp)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .map_err(|_| fmt::Error)?;
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            moment.year(),
            u8::from(moment.month()),
            moment.day(),
            moment.hour(),
            moment.minute(),
            moment.second(),
            moment.millisecond()
        )
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "examples": ["2026-06-16T12:17:30.231Z"],
        })
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_timestamp_is_written_with_milliseconds_in_utc() {
        let moment = Timestamp::from_millis(1_781_612_250_231);
        assert_eq!(moment.to_string(), "2026-06-16T12:17:30.231Z");
    }

    #[test]
    fn an_http_date_is_written_to_the_second_and_reads_back() {
        let moment = Timestamp::parse("2023-11-07T08:03:27.999Z").unwrap();
        assert_eq!(moment.to_http_date(), "Tue, 07 Nov 2023 08:03:27 GMT");
        let read = Timestamp::parse_http_date(&moment.to_http_date()).unwrap();
        assert_eq!(moment.millis_since(read), 999);
    }

    #[test]
    fn an_offset_is_taken_into_account() {
        let moment = Timestamp::parse("2026-06-16T14:17:30.231+02:00").unwrap();
        assert_eq!(moment.as_millis(), 1_781_612_250_231);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(millis in 0..LATEST_MS) {
            let moment = Timestamp::from_millis(millis);
            prop_assert_eq!(Timestamp::parse(&moment.to_string()).unwrap(), moment);
        }
    }
}
