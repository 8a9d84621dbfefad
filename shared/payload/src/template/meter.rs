//! The budget of text that one rendering may process. Fuel counts steps, whatever a step reads and writes; the meter
//! counts bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use minijinja::value::{Rest, Value, ValueKind};
use minijinja::{Error, ErrorKind, State};

use crate::MAX_BODY_BYTES;

/// What all filters and tests of one rendering may read and write together, in bytes: 2 MB. Changing five parts of each
/// of 500 items takes about a tenth of it; using it up takes about 50 ms.
const BUDGET_BYTES: usize = 2 * 1024 * 1024;

/// What each value counts besides its text, so that a list of empty values is not free.
const VALUE_BYTES: usize = 32;

/// The bytes that are left of a rendering's budget.
#[derive(Debug)]
pub(super) struct Meter(AtomicUsize);

impl Default for Meter {
    fn default() -> Self {
        Self(AtomicUsize::new(BUDGET_BYTES))
    }
}

impl Meter {
    /// Wraps a filter or test, so that its arguments are charged before it runs and its result afterwards.
    pub(super) fn metered(
        self: &Arc<Self>,
        function: Value,
    ) -> impl Fn(&State<'_, '_>, Rest<Value>) -> Result<Value, Error> + Send + Sync + 'static {
        let meter = Arc::clone(self);
        move |state, arguments| {
            arguments.iter().try_for_each(|value| meter.charge(value))?;
            let result = function.call(state, &arguments)?;
            within_bounds(result.as_bytes().map_or(0, <[u8]>::len))?;
            meter.charge(&result)?;
            Ok(result)
        }
    }

    /// Charges everything in a value, piece by piece: where the budget is too small, the rest of the value is not read.
    fn charge(&self, value: &Value) -> Result<(), Error> {
        self.take(VALUE_BYTES)?;
        match value.kind() {
            ValueKind::String | ValueKind::Bytes => {
                self.take(value.as_bytes().map_or(0, <[u8]>::len))
            }
            ValueKind::Map => value.try_iter()?.try_for_each(|key| {
                self.charge(&key)?;
                self.charge(&value.get_item(&key)?)
            }),
            ValueKind::Seq | ValueKind::Iterable => {
                value.try_iter()?.try_for_each(|item| self.charge(&item))
            }
            _ => Ok(()),
        }
    }

    fn take(&self, bytes: usize) -> Result<(), Error> {
        let left = self.0.load(Ordering::Relaxed).checked_sub(bytes);
        self.0.store(left.unwrap_or(0), Ordering::Relaxed);
        left.map(drop).ok_or_else(out_of_bounds)
    }
}

/// Refuses a result of a filter that is larger than a body may be.
pub(super) fn within_bounds(bytes: usize) -> Result<(), Error> {
    match bytes <= MAX_BODY_BYTES {
        true => Ok(()),
        false => Err(out_of_bounds()),
    }
}

/// Too much text is reported like too many steps.
fn out_of_bounds() -> Error {
    Error::from(ErrorKind::OutOfFuel)
}

#[cfg(test)]
mod tests {
    use super::super::filters::{FILTERS, environment};
    use super::*;

    fn spent_bytes(meter: &Meter) -> usize {
        BUDGET_BYTES - meter.0.load(Ordering::Relaxed)
    }

    #[test]
    fn a_filter_is_charged_for_its_arguments_and_its_result() {
        let meter = Arc::new(Meter::default());
        let environment = environment(&meter);
        let value = Value::from_serialize(["ab", "cde"]);
        let joined = environment
            .empty_state()
            .apply_filter("join", &[value, Value::from("--")]);
        assert_eq!(joined.unwrap(), Value::from("ab--cde"));
        let values = ["list", "ab", "cde", "--", "ab--cde"].len();
        assert_eq!(spent_bytes(&meter), values * VALUE_BYTES + 5 + 2 + 7);
    }

    #[test]
    fn every_filter_is_refused_when_the_budget_is_too_small() {
        for (name, _) in FILTERS {
            let meter = Arc::new(Meter::default());
            meter.take(BUDGET_BYTES - 100).unwrap();
            let environment = environment(&meter);
            let state = environment.empty_state();
            let refused = state.apply_filter(name, &[Value::from("1".repeat(100))]);
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::OutOfFuel, "{name}");
            // A cheaper call is refused afterwards, too.
            assert_eq!(spent_bytes(&meter), BUDGET_BYTES, "{name}");
            assert!(
                state.apply_filter(name, &[Value::from(1)]).is_err(),
                "{name}"
            );
        }
    }
}
