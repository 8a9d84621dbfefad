//! Which elements of an array or characters of a string an index or a slice means. Numbers in, numbers out.

use super::failure;
use super::number::Num;
use super::value::{Dict, Val};
use jaq_core::Error;
use jaq_core::val::Range;

/// The place that an index points to, counted from the end when it is negative; nothing outside the array.
pub(super) fn position(index: &Num, length: usize) -> Option<usize> {
    let index = index.as_f64().floor();
    let from_start = if index < 0.0 {
        index + length as f64
    } else {
        index
    };
    (from_start >= 0.0 && from_start < length as f64).then_some(from_start as usize)
}

/// The bounds of a slice that is written as an object, which has both `start` and `end`.
pub(super) fn slice_bounds(dict: &Dict) -> Result<(Val, Val), Error<Val>> {
    let bounds = dict.get("start").cloned().zip(dict.get("end").cloned());
    bounds.ok_or_else(no_integer)
}

fn no_integer() -> Error<Val> {
    failure::error("Array/string slice indices must be integers")
}

/// The bounds of a slice, clipped to what is there; the end is never before the start.
pub(super) fn bounds(range: &Range<&Val>, length: usize) -> Result<(usize, usize), Error<Val>> {
    let start = bound(range.start, length, 0, f64::floor)?;
    let end = bound(range.end, length, length, f64::ceil)?;
    Ok((start, end.max(start)))
}

fn bound(
    given: Option<&Val>,
    length: usize,
    default: usize,
    round: fn(f64) -> f64,
) -> Result<usize, Error<Val>> {
    match given {
        None | Some(Val::Null) => Ok(default),
        Some(Val::Num(number)) if number.is_nan() => Ok(default),
        Some(Val::Num(number)) => {
            let number = number.as_f64();
            let from_start = if number < 0.0 {
                number + length as f64
            } else {
                number
            };
            Ok(round(from_start).clamp(0.0, length as f64) as usize)
        }
        Some(_) => Err(no_integer()),
    }
}
