//! Dates: seconds since 1970, and "broken down" arrays of year, month from 0, day, hour, minute, second, day of the week
//! and day of the year. Always UTC: the time zone of the process is no part of a workflow.

use super::failure::error;
use super::meter::charge_scan;
use super::value::Val;
use crate::limits::expression::MAX_DATE_FORMAT_CHARS;
use jaq_core::{Error, ValR};
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

fn out_of_range(_: jiff::Error) -> Error<Val> {
    error("the date is out of range")
}

fn timestamp(seconds: f64) -> Result<Timestamp, Error<Val>> {
    Timestamp::from_second(seconds.trunc() as i64).map_err(out_of_range)
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
    let zoned: Zoned = at.to_zoned(TimeZone::UTC);
    strtime::format(expanded(&format), &zoned)
        .map(Val::text)
        .map_err(|failed| error(format!("strftime/1: {failed}")))
}

/// The format with what `%c`, `%x`, `%X` and `%r` stand for in the C locale.
fn expanded(format: &str) -> String {
    let mut written = String::with_capacity(format.len());
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        let directive = (character == '%').then(|| characters.next()).flatten();
        match directive {
            Some('c') => written.push_str("%a %b %e %H:%M:%S %Y"),
            Some('x') => written.push_str("%m/%d/%y"),
            Some('X') => written.push_str("%H:%M:%S"),
            Some('r') => written.push_str("%I:%M:%S %p"),
            other => {
                written.push(character);
                written.extend(other);
            }
        }
    }
    written
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
    let (parsed, length) = parsed(&expanded(&format), text).ok_or_else(mismatch)?;
    let rest = text.get(length..).unwrap_or_default();
    if rest.starts_with(|next: char| !next.is_whitespace()) {
        return Err(mismatch());
    }
    let date = match (parsed.timestamp(), parsed.to_date()) {
        (Some(at), _) => array(at.to_zoned(TimeZone::UTC).datetime(), 0.0),
        (None, Ok(date)) => array(date.to_datetime(time_of(&parsed)), 0.0),
        (None, Err(_)) => incomplete(&parsed)?,
    };
    match rest {
        "" => Ok(date),
        rest => date + Val::list(vec![Val::text(rest)]),
    }
}

fn time_of(parsed: &BrokenDownTime) -> Time {
    let part = |part: Option<i8>| part.unwrap_or(0);
    let (hour, minute) = (part(parsed.hour()), part(parsed.minute()));
    Time::new(hour, minute, part(parsed.second()), 0).unwrap_or_default()
}

/// A text by a format, and how much of the text was read. An offset may be written as `+02:00`, `+0200`, `+02` or `Z`;
/// the name of a time zone is passed over.
fn parsed(format: &str, text: &str) -> Option<(BrokenDownTime, usize)> {
    if let Some((before, after)) = format.split_once("%Z") {
        let (_, read) = parsed(before, text)?;
        let zone = text.get(read..)?.trim_start();
        let rest = zone.trim_start_matches(|c: char| !c.is_whitespace());
        let without = format!("{}{rest}", text.get(..read)?);
        let (date, length) = parsed(&format!("{before}{after}"), &without)?;
        return Some((date, length + text.len() - without.len()));
    }
    let offsets = ["%z", "%:z", "%:::z", "Z"];
    let formats = offsets
        .into_iter()
        .map(|offset| format.replace("%z", offset));
    let formats = formats.take(if format.contains("%z") {
        offsets.len()
    } else {
        1
    });
    formats
        .filter_map(|format| BrokenDownTime::parse_prefix(&format, text).ok())
        .next()
}

/// A date of which parts are missing or contradict each other, as the C library leaves it: a day of the week and of the
/// year are worked out where there is a year, month or day, and are otherwise numbers that no day has.
fn incomplete(parsed: &BrokenDownTime) -> ValR<Val> {
    let (year, month, day) = (parsed.year(), parsed.month(), parsed.day());
    let has_date = year.is_some() || month.is_some() || day.is_some();
    let (year, month) = (year.unwrap_or(1900), month.unwrap_or(1));
    let first = Date::new(year, month, 1).map_err(out_of_range)?;
    let day = i32::from(day.unwrap_or(0));
    let weekday = parsed
        .weekday()
        .map(|day| day.to_sunday_zero_offset().into());
    let worked_out = i32::from(first.weekday().to_sunday_zero_offset()) + day - 1;
    let day_of_year = parsed.day_of_year().map(|day| i32::from(day) - 1);
    let time = time_of(parsed);
    let parts = [
        year.into(),
        i32::from(month) - 1,
        day,
        time.hour().into(),
        time.minute().into(),
        time.second().into(),
        weekday.unwrap_or(if has_date {
            worked_out.rem_euclid(7)
        } else {
            8
        }),
        day_of_year.unwrap_or(match has_date {
            true => i32::from(first.day_of_year()) + day - 2,
            false => 367,
        }),
    ];
    let parts = parts.into_iter().map(|part| Val::from(f64::from(part)));
    Ok(parts.collect())
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
