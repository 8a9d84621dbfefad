//! The order and equality of values. Every value that is looked at is charged: shared parts are looked at once for each
//! place in which they stand.

use super::meter::{charge, charge_scan};
use super::value::{ITEM_BYTES, Val};
use std::cmp::Ordering;

/// The order of the jq manual: null, false, true, numbers, strings, arrays, objects.
impl Ord for Val {
    fn cmp(&self, other: &Self) -> Ordering {
        charge(1);
        match (self, other) {
            (Self::Bool(x), Self::Bool(y)) => x.cmp(y),
            (Self::Num(x), Self::Num(y)) => x.cmp(y),
            (Self::Text(x), Self::Text(y)) => x.as_str().cmp(y.as_str()),
            (Self::List(x), Self::List(y)) => x.items().cmp(y.items()),
            (Self::Dict(x), Self::Dict(y)) => {
                let by_keys = x.entries().keys().cmp(y.entries().keys());
                charge_scan(x.entries().len() * ITEM_BYTES);
                by_keys.then_with(|| x.entries().values().cmp(y.entries().values()))
            }
            (x, y) => rank(x).cmp(&rank(y)),
        }
    }
}

fn rank(value: &Val) -> u8 {
    match value {
        Val::Null => 0,
        Val::Bool(_) => 1,
        Val::Num(_) => 2,
        Val::Text(_) => 3,
        Val::List(_) => 4,
        Val::Dict(_) => 5,
    }
}

impl PartialOrd for Val {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Val {
    fn eq(&self, other: &Self) -> bool {
        if let (Self::Num(x), Self::Num(y)) = (self, other) {
            return x == y && !x.is_nan();
        }
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Val {}
