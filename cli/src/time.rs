//! Times and durations, as people write them and as the API does.

use std::time::Duration;

use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;

/// A duration such as `90s`, `10m`, `2h` or `7d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no duration: write it as 30s, 10m, 2h or 7d");
    let number = text.trim_end_matches(char::is_alphabetic);
    let seconds = match text.strip_prefix(number) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 3_600,
        Some("d") => 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = number.checked_mul(seconds).ok_or_else(wrong)?;
    // Times before 1970 are nobody's history.
    match seconds <= 36_500 * 86_400 {
        true => Ok(Duration::from_secs(seconds)),
        false => Err(wrong()),
    }
}

/// A moment as the API writes it: of a time of ISO 8601, a date in UTC, or how long ago it was.
pub(crate) fn moment(text: &str) -> Result<String, String> {
    if let Ok(ago) = duration(text) {
        return Ok(iso(now() - ago));
    }
    let midnight = format!("{text}T00:00:00Z");
    let at = parse(text).or_else(|| parse(&midnight).filter(|_| text.len() == 10));
    at.map(iso).ok_or_else(|| {
        format!(
            "{text:?} is no time: write 10m for ten minutes ago, 2026-01-31, or 2026-01-31T12:00:00Z"
        )
    })
}

/// Now, by the clock of this machine.
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// As the API writes times, with milliseconds.
pub(crate) fn iso(at: OffsetDateTime) -> String {
    let at = at.to_offset(::time::UtcOffset::UTC);
    let (date, time) = (at.date(), at.time());
    let (hour, minute, second, milli) = time.as_hms_milli();
    format!(
        "{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z",
        date.year(),
        u8::from(date.month()),
        date.day()
    )
}

/// Reads a time of the API.
pub(crate) fn parse(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        assert_eq!(duration("10m").unwrap(), Duration::from_secs(600));
        assert_eq!(duration("7d").unwrap(), Duration::from_secs(604_800));
        for wrong in [
            "",
            "m",
            "10",
            "10 m",
            "1w",
            "-1s",
            "99999999d",
            "99999999999999999999s",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn moments_are_dates_times_or_durations_ago() {
        assert_eq!(moment("2026-01-31").unwrap(), "2026-01-31T00:00:00.000Z");
        assert_eq!(
            moment("2026-01-31T12:00:00+01:00").unwrap(),
            "2026-01-31T11:00:00.000Z"
        );
        assert!(moment("1h").unwrap().ends_with('Z'));
        assert!(moment("yesterday").is_err());
        assert!(moment("2026-02-31").is_err());
    }

    #[test]
    fn times_are_written_as_the_api_does() {
        let text = "2026-06-16T12:17:30.031Z";
        assert_eq!(iso(parse(text).unwrap()), text);
    }
}
