//! Dates: seconds since 1970, and "broken down" arrays of year, month from 0, day, hour, minute, second, day of the week
//! and day of the year. Always UTC: the time zone of the process is no part of a workflow.

use super::failure::error;
use super::meter::charge_scan;
use super::value::Val;
use crate::limits::expression::MAX_DATE_FORMAT_CHARS;
use jaq_core::{Error, ValR};
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

fn out_of_range(_: jiff::Error) -> Error<Val> {
    error("the date is out of range")
}

fn timestamp(seconds: f64) -> Result<Timestamp, Error<Val>> {
    Timestamp::from_second(seconds.floor() as i64).map_err(out_of_range)
}

/// Seconds to a broken-down array; the fraction stays with the seconds.
pub(super) fn broken_down(value: &Val) -> ValR<Val> {
    let Val::Num(number) = value else {
        return Err(error("gmtime() requires numeric inputs"));
    };
    let seconds = number.as_f64();
    let civil = timestamp(seconds)?.to_zoned(TimeZone::UTC).datetime();
    Ok(array(civil, seconds - seconds.floor()))
}

fn array(civil: DateTime, fraction: f64) -> Val {
    let whole = |number: i64| Val::from(number as f64);
    [
        whole(civil.year().into()),
        whole(i64::from(civil.month()) - 1),
        whole(civil.day().into()),
        whole(civil.hour().into()),
        whole(civil.minute().into()),
        Val::from(f64::from(civil.second()) + fraction),
        whole(civil.weekday().to_sunday_zero_offset().into()),
        whole(i64::from(civil.day_of_year()) - 1),
    ]
    .into_iter()
    .collect()
}

/// A broken-down array as a date and time; what is too large in one part is carried into the next.
fn civil_of(value: &Val, requires: &str) -> Result<Timestamp, Error<Val>> {
    let Val::List(list) = value else {
        return Err(error(format!("{requires} array inputs")));
    };
    let part = |index: usize| match list.items().get(index) {
        Some(Val::Num(number)) => Ok(number.as_f64().floor().clamp(-1e9, 1e9) as i64),
        Some(_) | None => Err(error(format!("{requires} parsed datetime inputs"))),
    };
    let months = part(0)?.saturating_mul(12).saturating_add(part(1)?);
    let year =
        i16::try_from(months.div_euclid(12)).map_err(|_| error("the year is out of range"))?;
    let first = Date::new(year, months.rem_euclid(12) as i8 + 1, 1).map_err(out_of_range)?;
    let midnight = first.to_zoned(TimeZone::UTC).map_err(out_of_range)?;
    let days = (part(2)? - 1).saturating_mul(86_400);
    let time = part(3)?.saturating_mul(3_600) + part(4)?.saturating_mul(60) + part(5)?;
    Timestamp::from_second(midnight.timestamp().as_second() + days + time).map_err(out_of_range)
}

/// A broken-down array to seconds.
pub(super) fn seconds(value: &Val) -> ValR<Val> {
    Ok(Val::from(
        civil_of(value, "mktime requires")?.as_second() as f64
    ))
}

fn format_of(format: &Val, sentence: &str) -> Result<String, Error<Val>> {
    let text = format.as_str().ok_or_else(|| error(sentence))?;
    if text.chars().count() > MAX_DATE_FORMAT_CHARS {
        return Err(error(format!(
            "a date format is at most {MAX_DATE_FORMAT_CHARS} characters long"
        )));
    }
    Ok(text.to_owned())
}

/// Seconds or a broken-down array as text, in the C locale.
pub(super) fn written(value: &Val, format: &Val) -> ValR<Val> {
    let at = match value {
        Val::Num(number) => timestamp(number.as_f64())?,
        other => civil_of(other, "strftime/1 requires")?,
    };
    let format = format_of(format, "strftime/1 requires a string format")?;
    let format = format
        .replace("%c", "%a %b %e %H:%M:%S %Y")
        .replace("%x", "%m/%d/%y")
        .replace("%X", "%H:%M:%S")
        .replace("%r", "%I:%M:%S %p");
    let zoned: Zoned = at.to_zoned(TimeZone::UTC);
    strtime::format(&format, &zoned)
        .map(Val::text)
        .map_err(|failed| error(format!("strftime/1: {failed}")))
}

/// Text to a broken-down array. Parts that the format does not have are those of 1900-01-00 at midnight; an offset is
/// read and does not move the time, as in the C library.
pub(super) fn read(value: &Val, format: &Val) -> ValR<Val> {
    let Some(text) = value.as_str() else {
        return Err(error("strptime/1 requires string inputs and arguments"));
    };
    let format = format_of(format, "strptime/1 requires string inputs and arguments")?;
    charge_scan(text.len());
    let mismatch = || {
        error(format!(
            "date {value} does not match format {}",
            Val::text(format.as_str())
        ))
    };
    if format.contains("%Q") || format.contains("%:Q") {
        return Err(error("time zones by name are not read"));
    }
    let parsed = BrokenDownTime::parse(&format, text).map_err(|_| mismatch())?;
    if let Some(at) = parsed.timestamp() {
        return Ok(array(at.to_zoned(TimeZone::UTC).datetime(), 0.0));
    }
    let hour = parsed.hour().unwrap_or(0);
    let (minute, second) = (parsed.minute().unwrap_or(0), parsed.second().unwrap_or(0));
    if let Ok(date) = parsed.to_date() {
        return Ok(array(date.at(hour, minute, second, 0), 0.0));
    }
    let parts = [
        parsed.year().unwrap_or(1900).into(),
        i32::from(parsed.month().unwrap_or(1)) - 1,
        parsed.day().unwrap_or(0).into(),
        hour.into(),
        minute.into(),
        second.into(),
        0,
        0,
    ];
    Ok(parts
        .into_iter()
        .map(|part| Val::from(f64::from(part)))
        .collect())
}

/// A date of RFC 3339 to seconds; jq reads only `…Z` without a fraction.
pub(super) fn from_iso(value: &Val) -> ValR<Val> {
    let Some(text) = value.as_str() else {
        return Err(error("strptime/1 requires string inputs and arguments"));
    };
    charge_scan(text.len());
    let mismatch = |_| {
        error(format!(
            "date {value} does not match format \"%Y-%m-%dT%H:%M:%SZ\""
        ))
    };
    let at: Timestamp = text.parse().map_err(mismatch)?;
    if at.subsec_nanosecond() == 0 {
        return Ok(Val::from(at.as_second() as f64));
    }
    Ok(Val::from(at.as_microsecond() as f64 / 1e6))
}
