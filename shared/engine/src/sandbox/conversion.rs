//! How the interpreter makes values of its own literals.

use super::number::Num;
use super::value::Val;
use jaq_core::val::Range;
use std::rc::Rc;

impl From<bool> for Val {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<isize> for Val {
    fn from(value: isize) -> Self {
        Self::Num(Num::int(value as i128))
    }
}

impl From<usize> for Val {
    fn from(value: usize) -> Self {
        Self::Num(Num::int(value as i128))
    }
}

impl From<f64> for Val {
    fn from(value: f64) -> Self {
        Self::Num(Num::float(value))
    }
}

impl From<String> for Val {
    fn from(value: String) -> Self {
        Self::text(value)
    }
}

impl From<Range<Self>> for Val {
    fn from(range: Range<Self>) -> Self {
        let bounds = [("start", range.start), ("end", range.end)];
        // As jq writes a slice in a path: both bounds, null where one is missing.
        let given = bounds
            .into_iter()
            .map(|(name, bound)| (Rc::from(name), bound.unwrap_or_default()));
        Self::dict(given.collect())
    }
}
