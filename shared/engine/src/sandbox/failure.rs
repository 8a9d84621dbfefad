//! The errors of expressions, in the words of jq: `catch` hands them to the expression as strings.

use super::value::Val;
use jaq_core::Error;

/// The type of a value and its beginning, as error messages show both.
pub(super) fn shown(value: &Val) -> String {
    format!("{} ({value})", value.type_name())
}

/// An error with this sentence.
pub(super) fn error(sentence: impl Into<String>) -> Error<Val> {
    Error::new(Val::text(sentence.into()))
}

pub(super) fn not_iterable(value: &Val) -> Error<Val> {
    error(format!("Cannot iterate over {}", shown(value)))
}

pub(super) fn cannot_index(value: &Val, index: &Val) -> Error<Val> {
    let kind = value.type_name();
    error(format!("Cannot index {kind} with {}", shown(index)))
}

pub(super) fn not_a_key(value: &Val) -> Error<Val> {
    error(format!("Cannot use {} as object key", shown(value)))
}

/// One operand of the wrong type: `must` says what is expected of it.
pub(super) fn unsuitable(value: &Val, must: &str) -> Error<Val> {
    error(format!("{} {must}", shown(value)))
}

/// Two operands that an operation does not take together.
pub(super) fn unsuitable_pair(x: &Val, y: &Val, cannot: &str) -> Error<Val> {
    error(format!("{} and {} {cannot}", shown(x), shown(y)))
}
