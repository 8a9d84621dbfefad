//! How much text one rendering may work on. Fuel counts steps, whatever a step has to read and make; this counts bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use minijinja::value::{Rest, Value, ValueKind};
use minijinja::{Error, ErrorKind, State};

use crate::MAX_BODY_BYTES;

/// What all filters and tests of one rendering take in and give out together, in bytes: 2 MB. Changing five parts of each of
/// 500 things takes about a tenth of it; using it up takes about 50 ms.
const BUDGET_BYTES: usize = 2 * 1024 * 1024;

/// What a value counts besides its text, so that a list of nothing is not free.
const VALUE_BYTES: usize = 32;

/// What is left of a rendering's budget.
#[derive(Debug)]
pub(super) struct Meter(AtomicUsize);

impl Default for Meter {
    fn default() -> Self {
        Self(AtomicUsize::new(BUDGET_BYTES))
    }
}

impl Meter {
    /// A filter or test, which is given nothing before it is paid for, and whose answer is paid for too.
    pub(super) fn metered(
        self: &Arc<Self>,
        function: Value,
    ) -> impl Fn(&State<'_, '_>, Rest<Value>) -> Result<Value, Error> + Send + Sync + 'static {
        let meter = Arc::clone(self);
        move |state, arguments| {
            arguments.iter().try_for_each(|value| meter.pay(value))?;
            let made = function.call(state, &arguments)?;
            within_bounds(made.as_bytes().map_or(0, <[u8]>::len))?;
            meter.pay(&made)?;
            Ok(made)
        }
    }

    /// Pays for all that is in a value, piece by piece: who has too little left does not even look at the rest of it.
    fn pay(&self, value: &Value) -> Result<(), Error> {
        self.take(VALUE_BYTES)?;
        match value.kind() {
            ValueKind::String | ValueKind::Bytes => {
                self.take(value.as_bytes().map_or(0, <[u8]>::len))
            }
            ValueKind::Map => value.try_iter()?.try_for_each(|key| {
                self.pay(&key)?;
                self.pay(&value.get_item(&key)?)
            }),
            ValueKind::Seq | ValueKind::Iterable => {
                value.try_iter()?.try_for_each(|item| self.pay(&item))
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

/// What one filter makes has as many bytes as a body at the most.
pub(super) fn within_bounds(bytes: usize) -> Result<(), Error> {
    match bytes <= MAX_BODY_BYTES {
        true => Ok(()),
        false => Err(out_of_bounds()),
    }
}

/// Too much text is told like too many steps.
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
    fn a_filter_pays_for_all_that_it_takes_and_makes() {
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
    fn every_filter_is_refused_what_cannot_be_paid_for() {
        for (name, _) in FILTERS {
            let meter = Arc::new(Meter::default());
            meter.take(BUDGET_BYTES - 100).unwrap();
            let environment = environment(&meter);
            let state = environment.empty_state();
            let refused = state.apply_filter(name, &[Value::from("1".repeat(100))]);
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::OutOfFuel, "{name}");
            // Nothing that costs less gets through afterwards.
            assert_eq!(spent_bytes(&meter), BUDGET_BYTES, "{name}");
            assert!(
                state.apply_filter(name, &[Value::from(1)]).is_err(),
                "{name}"
            );
        }
    }
}
