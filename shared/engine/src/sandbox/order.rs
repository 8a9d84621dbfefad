//! The order and equality of values. Every value that is compared is charged: a shared part is compared once for each
//! place in which it occurs.

use super::meter::{charge, charge_scan};
use super::value::{Dict, ITEM_BYTES, Val};
use std::cmp::Ordering;
use std::rc::Rc;

/// The order of the jq manual: null, false, true, numbers, strings, arrays, objects.
impl Ord for Val {
    fn cmp(&self, other: &Self) -> Ordering {
        charge(1);
        match (self, other) {
            (Self::Bool(x), Self::Bool(y)) => x.cmp(y),
            (Self::Num(x), Self::Num(y)) => x.cmp(y),
            (Self::Text(x), Self::Text(y)) => x.as_str().cmp(y.as_str()),
            (Self::List(x), Self::List(y)) => x.items().cmp(y.items()),
            (Self::Dict(x), Self::Dict(y)) => compare_objects(x, y),
            (x, y) => rank(x).cmp(&rank(y)),
        }
    }
}

/// Objects compare by their sets of keys as sorted arrays, then by their values key by key.
fn compare_objects(x: &Dict, y: &Dict) -> Ordering {
    let (x_keys, y_keys) = (sorted_keys(x), sorted_keys(y));
    x_keys.cmp(&y_keys).then_with(|| {
        let pairs = x_keys.iter().map(|key| (x.get(key), y.get(key)));
        pairs
            .map(|(x, y)| x.cmp(&y))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    })
}

/// The names of an object's members, sorted.
pub(super) fn sorted_keys(dict: &Dict) -> Vec<Rc<str>> {
    let count = dict.entries().len();
    let rounds = 1 + count.checked_ilog2().unwrap_or(0) as usize;
    charge_scan(count * ITEM_BYTES * rounds);
    let mut keys: Vec<Rc<str>> = dict.entries().keys().cloned().collect();
    keys.sort_unstable();
    keys
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

/// As the operators `<` and `<=` see it: `NaN` is less than any number, itself included.
#[expect(
    clippy::non_canonical_partial_ord_impl,
    reason = "jq's operators and jq's sorting disagree about NaN"
)]
impl PartialOrd for Val {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Num(x), Self::Num(_)) if x.is_nan() => Some(Ordering::Less),
            _ => Some(self.cmp(other)),
        }
    }
}

impl PartialEq for Val {
    fn eq(&self, other: &Self) -> bool {
        charge(1);
        match (self, other) {
            (Self::Num(x), Self::Num(y)) => x == y && !x.is_nan(),
            (Self::List(x), Self::List(y)) => x.items() == y.items(),
            (Self::Dict(x), Self::Dict(y)) => {
                let (x, y) = (x.as_ref(), y.as_ref());
                let is_same = |(key, value): (&Rc<str>, &Self)| y.get(key) == Some(value);
                x.entries().len() == y.entries().len() && x.entries().iter().all(is_same)
            }
            _ => self.cmp(other) == Ordering::Equal,
        }
    }
}

impl Eq for Val {}
