//! Durations: an object of units, an ISO 8601 string, or an expression that gives either.

use super::diagnostics::Diagnostics;
use super::scope::{Position, Scope};
use super::template::Template;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde_json::Value;

/// A duration that may depend on expressions.
#[derive(Debug)]
pub(crate) struct Duration(Template);

/// The longest duration: ten years. A longer one is a mistake, and with the limit arithmetic on times cannot overflow.
const MAX_MS: i64 = 10 * 366 * 86_400_000;
/// The most months of a duration, for the same reason.
const MAX_MONTHS: f64 = 120.0;

impl Duration {
    pub(super) fn parse(
        value: &Value,
        pointer: &str,
        scope: &Scope,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let site = scope.at(Position::TaskDefinition);
        let template = Template::parse(value, pointer, site, diagnostics);
        if let Some(literal) = template.literal()
            && let Err(reason) = duration_ms(literal, 0)
        {
            diagnostics.add(pointer, reason);
        }
        Self(template)
    }

    pub(crate) fn template(&self) -> &Template {
        &self.0
    }
}

/// The duration in milliseconds, if it begins at `from_ms` (epoch milliseconds, UTC): months and years differ in length.
/// The error is a sentence for the author.
pub(crate) fn duration_ms(value: &Value, from_ms: i64) -> Result<i64, String> {
    let total = match value {
        Value::String(text) => iso_ms(text, from_ms)?,
        Value::Object(units) => {
            if units.is_empty() {
                return Err("a duration needs at least one unit".to_owned());
            }
            let mut total = 0_i64;
            for (unit, amount) in units {
                total = total.saturating_add(unit_ms(unit, amount)?);
            }
            total
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            return Err("a duration is an ISO 8601 string or an object of units".to_owned());
        }
    };
    if total > MAX_MS {
        Err(TOO_LONG.to_owned())
    } else {
        Ok(total)
    }
}

const TOO_LONG: &str = "a duration is at most ten years";

fn unit_ms(unit: &str, amount: &Value) -> Result<i64, String> {
    let unit_ms = match unit {
        "days" => 86_400_000_i64,
        "hours" => 3_600_000,
        "minutes" => 60_000,
        "seconds" => 1_000,
        "milliseconds" => 1,
        other => return Err(format!("`{other}` is not a unit of a duration")),
    };
    match amount
        .as_u64()
        .and_then(|amount| i64::try_from(amount).ok())
    {
        Some(amount) => Ok(amount.saturating_mul(unit_ms)),
        None => Err(format!("`{unit}` must be a whole number, zero or more")),
    }
}

fn iso_ms(text: &str, from_ms: i64) -> Result<i64, String> {
    let duration = IsoDuration::parse(text).ok_or_else(|| {
        format!("`{text}` is not an ISO 8601 duration, such as PT15S, P1DT12H or P0.5D")
    })?;
    let too_long = || TOO_LONG.to_owned();
    let months_ms = months_ms(duration.months, from_ms).ok_or_else(too_long)?;
    let total = months_ms + duration.ms;
    // Beyond the limit the conversion saturates, and the caller refuses the value.
    Ok(total.round() as i64)
}

/// The length of so many months from `from_ms` on. A part of a month is that part of the month in which it is.
fn months_ms(months: f64, from_ms: i64) -> Option<f64> {
    if months == 0.0 {
        return Some(0.0);
    }
    if months > MAX_MONTHS {
        return None;
    }
    let from = Timestamp::from_millisecond(from_ms).ok()?;
    let from = from.to_zoned(TimeZone::UTC);
    let after = |months: f64| {
        let end = from.checked_add((months as i64).months()).ok()?;
        Some((end.timestamp().as_millisecond() - from_ms) as f64)
    };
    let whole_ms = after(months.floor())?;
    let next_ms = after(months.floor() + 1.0)?;
    Some(whole_ms + months.fract() * (next_ms - whole_ms))
}

/// An ISO 8601 duration. Every unit may have a fraction, as in the schema of the DSL (`DurationLiteral`).
#[derive(Default)]
struct IsoDuration {
    months: f64,
    ms: f64,
}

impl IsoDuration {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('P')?;
        let (date, time) = match rest.split_once('T') {
            Some((_, "")) => return None,
            Some((date, time)) => (date, time),
            None => (rest, ""),
        };
        if date.is_empty() && time.is_empty() {
            return None;
        }
        let mut duration = Self::default();
        const DATE_UNITS: &[(char, f64, f64)] = &[
            ('Y', 12.0, 0.0),
            ('M', 1.0, 0.0),
            ('W', 0.0, 604_800_000.0),
            ('D', 0.0, 86_400_000.0),
        ];
        const TIME_UNITS: &[(char, f64, f64)] = &[
            ('H', 0.0, 3_600_000.0),
            ('M', 0.0, 60_000.0),
            ('S', 0.0, 1_000.0),
        ];
        duration.add(date, DATE_UNITS)?;
        duration.add(time, TIME_UNITS)?;
        Some(duration)
    }

    /// Adds amounts with units, each at most once and in this order. A unit has a length in months and in milliseconds.
    fn add(&mut self, text: &str, units: &[(char, f64, f64)]) -> Option<()> {
        let mut rest = text;
        for (unit, months, ms) in units {
            let Some((amount, after)) = rest.split_once(*unit) else {
                continue;
            };
            let amount = decimal(amount)?;
            self.months += amount * months;
            self.ms += amount * ms;
            rest = after;
        }
        rest.is_empty().then_some(())
    }
}

/// Digits, and a fraction after a point or a comma.
fn decimal(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let is_number =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    format!("{whole}.{fraction}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{MAX_MS, duration_ms};
    use serde_json::json;

    const DAY_MS: i64 = 86_400_000;

    #[test]
    fn every_unit_may_have_a_fraction() {
        for (text, expected) in [
            ("P0.5D", DAY_MS / 2),
            ("P1W", 7 * DAY_MS),
            ("P1.5W", 10 * DAY_MS + DAY_MS / 2),
            ("PT0.25S", 250),
            ("PT1,5M", 90_000),
            ("P1DT0.5H", DAY_MS + 1_800_000),
            ("PT0S", 0),
        ] {
            assert_eq!(duration_ms(&json!(text), 0), Ok(expected), "{text}");
        }
    }

    #[test]
    fn months_and_years_are_those_of_the_calendar() {
        // 2024-01-31T00:00:00Z; February of that year has 29 days.
        let from_ms = 1_706_659_200_000;
        for (text, days) in [("P1M", 29), ("P2M", 60), ("P1Y", 366), ("P0.5Y", 182)] {
            let duration = duration_ms(&json!(text), from_ms);
            assert_eq!(duration, Ok(days * DAY_MS), "{text}");
        }
        // Half of January 1970.
        assert_eq!(duration_ms(&json!("P0.5M"), 0), Ok(31 * DAY_MS / 2));
    }

    #[test]
    fn other_texts_and_durations_beyond_ten_years_are_refused() {
        for text in [
            "P",
            "PT",
            "P1",
            "1D",
            "P1DT",
            "P1S",
            "PT1D",
            "P-1D",
            "-P1D",
            "P.5D",
            "P5.D",
            "P1D1W",
            "P11Y",
            "P99999999999999999999D",
            "PT1e3S",
        ] {
            assert!(duration_ms(&json!(text), 0).is_err(), "{text}");
        }
    }

    #[test]
    fn a_duration_is_at_most_ten_years() {
        assert_eq!(MAX_MS, 3_660 * DAY_MS);
        for most in [
            json!({"days": 3_660}),
            json!({"milliseconds": MAX_MS}),
            json!("P3660D"),
        ] {
            assert_eq!(duration_ms(&most, 0), Ok(MAX_MS), "{most}");
        }
        for past in [
            json!({"days": 3_660, "milliseconds": 1}),
            json!("P3660DT0.001S"),
        ] {
            let refused = duration_ms(&past, 0);
            assert!(
                refused.is_err_and(|reason| reason.contains("ten years")),
                "{past}"
            );
        }
    }
}
