//! Where indices and slices point to in an array or a string. Numbers in, numbers out.

use super::number::Num;
use super::value::Val;
use jaq_core::Error;
use jaq_core::val::Range;

/// The place that an index points to, counted from the end when it is negative.
pub(super) fn position(index: Num, length: usize) -> Option<usize> {
    let index = index.as_f64().floor();
    let from_start = if index < 0.0 {
        index + length as f64
    } else {
        index
    };
    (from_start >= 0.0 && from_start < length as f64).then_some(from_start as usize)
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
        Some(Val::Num(number)) => {
            let at = round(number.as_f64());
            let from_start = if at < 0.0 { at + length as f64 } else { at };
            Ok(from_start.clamp(0.0, length as f64) as usize)
        }
        Some(other) => Err(Error::typ(other.clone(), "slice bound")),
    }
}
