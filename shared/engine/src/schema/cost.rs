//! Estimates how much work it is to check a value against a schema, without checking it. The estimate is an upper bound:
//! it counts every part of the schema that could apply to a part of the value.

use super::survey::{Node, Survey};
use crate::limits::schema::{MAX_CHECK_UNITS, MAX_ESTIMATE_STEPS};
use serde_json::Value;
use std::collections::HashMap;

/// How many steps from state to state of an automaton make a unit.
const STEPS_PER_UNIT: u64 = 1_000;
/// How many bytes are compared for a unit.
const BYTES_PER_UNIT: u64 = 32;

impl Survey {
    /// At most how many units of work a check is; nothing where that is over the limit.
    pub(super) fn cost(&self, value: &Value) -> Option<u64> {
        let mut estimate = Estimate {
            survey: self,
            known: HashMap::new(),
            steps: 0,
        };
        let units = estimate.units(0, value);
        (units <= MAX_CHECK_UNITS).then_some(units)
    }
}

struct Estimate<'s> {
    survey: &'s Survey,
    /// By schema, and the address of the value.
    known: HashMap<(usize, usize), u64>,
    /// Pairs of a schema and a value visited so far.
    steps: u64,
}

impl Estimate<'_> {
    fn units(&mut self, at: usize, value: &Value) -> u64 {
        let pair = (at, std::ptr::from_ref(value) as usize);
        if let Some(units) = self.known.get(&pair) {
            return *units;
        }
        if self.takes_too_long(1) {
            return u64::MAX;
        }
        let node = &self.survey.nodes[at];
        let mut units = 1 + node.own_units;
        units = units.saturating_add(match value {
            Value::String(text) => scan(text, node.pattern_states),
            Value::Array(items) => self.items(node, items),
            Value::Object(members) => self.members(node, members),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        });
        for same in &node.same {
            let inner = self.units(*same, value).saturating_mul(node.rounds());
            units = units.saturating_add(inner);
        }
        self.known.insert(pair, units);
        units
    }

    fn takes_too_long(&mut self, steps: u64) -> bool {
        self.steps = self.steps.saturating_add(steps);
        self.steps > MAX_ESTIMATE_STEPS
    }

    fn items(&mut self, node: &Node, items: &[Value]) -> u64 {
        let compared = if node.is_unique {
            items.iter().map(size).sum::<u64>() / BYTES_PER_UNIT
        } else {
            0
        };
        if self.takes_too_long(compared) {
            return u64::MAX;
        }
        let each = node.items.iter();
        each.flat_map(|inner| items.iter().map(move |item| (*inner, item)))
            .fold(compared, |units, (inner, item)| {
                units.saturating_add(self.units(inner, item))
            })
    }

    fn members(&mut self, node: &Node, members: &serde_json::Map<String, Value>) -> u64 {
        let mut units = 0_u64;
        for (name, member) in members {
            units = units.saturating_add(scan(name, node.name_states));
            let own = node.members.get(name).into_iter();
            for inner in own.chain(&node.all_members) {
                units = units.saturating_add(self.units(*inner, member));
            }
            for inner in &node.names {
                units = units.saturating_add(self.of_name(*inner, name));
            }
        }
        units
    }

    /// A name is no value with an address of its own, so its estimate is not kept.
    fn of_name(&mut self, at: usize, name: &str) -> u64 {
        if self.takes_too_long(1) {
            return u64::MAX;
        }
        let node = &self.survey.nodes[at];
        let own = scan(name, node.pattern_states).saturating_add(1 + node.own_units);
        node.same.iter().fold(own, |units, same| {
            let inner = self.of_name(*same, name).saturating_mul(node.rounds());
            units.saturating_add(inner)
        })
    }
}

/// The units for a text that runs through automata with so many states.
fn scan(text: &str, states: u64) -> u64 {
    let length = text.len() as u64;
    length / BYTES_PER_UNIT + length.saturating_mul(states) / STEPS_PER_UNIT
}

/// About how many bytes there are to compare.
fn size(value: &Value) -> u64 {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => 8 + text.len() as u64,
        Value::Array(items) => 8 + items.iter().map(size).sum::<u64>(),
        Value::Object(members) => members.iter().fold(8, |bytes, (name, member)| {
            bytes + name.len() as u64 + size(member)
        }),
    }
}
