//! The parts of a schema and the targets of its references: enough to refuse a schema that would never end, and to
//! estimate the work of a check. Checks no value itself.

use super::Refusal;
use super::keywords::{AppliesTo, HOLDERS, Holds};
use crate::limits::pattern::{MAX_AUTOMATON_BYTES, MAX_BYTES};
use crate::limits::schema::{MAX_NODES, MAX_PATTERN_WEIGHT, MAX_PATTERNS};
use crate::problem::child_pointer;
use crate::sandbox::pattern_weight;
use regex_automata::nfa::thompson::{Config, NFA};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::error::Error as _;

/// How many bytes of a keyword's value are read for one unit of work.
const BYTES_PER_UNIT: usize = 32;

/// All schemas within a schema; the first is the whole.
pub(super) struct Survey {
    pub(super) nodes: Vec<Node>,
    pub(super) patterns: usize,
}

/// One schema within a schema.
#[derive(Default)]
pub(super) struct Node {
    /// Schemas for the same value, with the targets of references.
    pub(super) same: Vec<usize>,
    pub(super) members: HashMap<String, usize>,
    pub(super) all_members: Vec<usize>,
    pub(super) items: Vec<usize>,
    pub(super) names: Vec<usize>,
    /// Units for its own keywords.
    pub(super) own_units: u64,
    /// The states of the automata that texts run through.
    pub(super) pattern_states: u64,
    /// The same for the names of members.
    pub(super) name_states: u64,
    /// Whether it applies the same value's schemas once more, for the parts that they did not evaluate.
    pub(super) applies_again: bool,
    /// Whether it compares the items of an array with each other.
    pub(super) is_unique: bool,
}

impl Survey {
    pub(super) fn of(schema: &Value) -> Result<Self, Vec<Refusal>> {
        let mut builder = SurveyBuilder::default();
        builder.node(schema, "");
        builder.resolve();
        let mut refusals = builder.refusals;
        let survey = Self {
            nodes: builder.nodes,
            patterns: builder.patterns,
        };
        if refusals.is_empty()
            && let Some(reason) = survey.growth()
        {
            let pointer = String::new();
            refusals.push(Refusal { pointer, reason });
        }
        if refusals.is_empty() {
            Ok(survey)
        } else {
            Err(refusals)
        }
    }
}

impl Node {
    /// How many times the schemas for the same value are applied.
    pub(super) fn rounds(&self) -> u64 {
        if self.applies_again { 3 } else { 1 }
    }
}

#[derive(Default)]
struct SurveyBuilder {
    nodes: Vec<Node>,
    /// The schemas by their pointers.
    places: HashMap<String, usize>,
    /// From which schema to which pointer, and the pointer of the reference itself.
    references: Vec<(usize, String, String)>,
    patterns: usize,
    /// The weight of the patterns so far.
    pattern_weight: u64,
    refusals: Vec<Refusal>,
}

impl SurveyBuilder {
    fn refuse(&mut self, pointer: String, reason: impl Into<String>) {
        let reason = reason.into();
        self.refusals.push(Refusal { pointer, reason });
    }

    /// Adds the schema at a pointer and everything inside it.
    fn node(&mut self, schema: &Value, pointer: &str) -> usize {
        let at = self.nodes.len();
        if at == MAX_NODES {
            let reason = format!("a schema consists of at most {MAX_NODES} schemas");
            self.refuse(String::new(), reason);
        }
        self.nodes.push(Node::default());
        self.places.insert(pointer.to_owned(), at);
        if at < MAX_NODES
            && let Some(map) = schema.as_object()
        {
            self.refuse_identities(map, pointer);
            for (keyword, value) in map {
                self.keyword(at, keyword, value, &child_pointer(pointer, keyword));
            }
        }
        at
    }

    /// References are pointers within the schema, nothing else.
    fn refuse_identities(&mut self, map: &Map<String, Value>, pointer: &str) {
        for keyword in ["$dynamicRef", "$recursiveRef", "$vocabulary"] {
            if map.contains_key(keyword) {
                let reason = format!("`{keyword}` is not supported");
                self.refuse(child_pointer(pointer, keyword), reason);
            }
        }
        for keyword in ["$id", "$schema"] {
            if !pointer.is_empty() && map.contains_key(keyword) {
                let reason = format!("`{keyword}` is only allowed at the top of a schema");
                self.refuse(child_pointer(pointer, keyword), reason);
            }
        }
    }

    fn keyword(&mut self, at: usize, keyword: &str, value: &Value, pointer: &str) {
        if let Some((_, holds, applies_to)) = HOLDERS.iter().find(|(name, ..)| *name == keyword) {
            self.holder(at, (*holds, *applies_to), value, pointer);
        } else {
            let bytes = value.to_string().len();
            self.nodes[at].own_units += (bytes / BYTES_PER_UNIT) as u64;
        }
        match (keyword, value) {
            ("$ref", Value::String(target)) => self.reference(at, target, pointer),
            ("pattern", Value::String(pattern)) => {
                self.nodes[at].pattern_states += self.pattern(pattern, pointer);
            }
            ("patternProperties", Value::Object(patterns)) => {
                for pattern in patterns.keys() {
                    let states = self.pattern(pattern, &child_pointer(pointer, pattern));
                    self.nodes[at].name_states += states;
                }
            }
            ("uniqueItems", Value::Bool(true)) => self.nodes[at].is_unique = true,
            ("unevaluatedProperties" | "unevaluatedItems", _) => {
                self.nodes[at].applies_again = true
            }
            _ => {}
        }
    }

    fn holder(
        &mut self,
        at: usize,
        (holds, applies_to): (Holds, AppliesTo),
        value: &Value,
        pointer: &str,
    ) {
        match (holds, value) {
            (Holds::List | Holds::OneOrList, Value::Array(schemas)) => {
                for (index, schema) in schemas.iter().enumerate() {
                    let inner = self.node(schema, &format!("{pointer}/{index}"));
                    self.apply(at, applies_to, "", inner);
                }
            }
            (Holds::Map | Holds::MapOrNames, Value::Object(schemas)) => {
                for (name, schema) in schemas {
                    // A list in it holds names of properties.
                    if holds == Holds::Map || !schema.is_array() {
                        let inner = self.node(schema, &child_pointer(pointer, name));
                        self.apply(at, applies_to, name, inner);
                    }
                }
            }
            (Holds::One | Holds::OneOrList, schema) => {
                let inner = self.node(schema, pointer);
                self.apply(at, applies_to, "", inner);
            }
            // Not a schema; compiling it reports that.
            (Holds::List | Holds::Map | Holds::MapOrNames, _) => {}
        }
    }

    fn apply(&mut self, at: usize, applies_to: AppliesTo, name: &str, inner: usize) {
        let node = &mut self.nodes[at];
        match applies_to {
            AppliesTo::Same => node.same.push(inner),
            AppliesTo::Member => drop(node.members.insert(name.to_owned(), inner)),
            AppliesTo::Members => node.all_members.push(inner),
            AppliesTo::Items => node.items.push(inner),
            AppliesTo::Names => node.names.push(inner),
            AppliesTo::Nothing => {}
        }
    }

    fn reference(&mut self, at: usize, target: &str, pointer: &str) {
        let fragment = target.strip_prefix('#').and_then(|fragment| {
            let decoded = percent_encoding::percent_decode_str(fragment);
            decoded.decode_utf8().ok()
        });
        match fragment {
            Some(fragment) if fragment.is_empty() || fragment.starts_with('/') => {
                let place = (at, fragment.into_owned(), pointer.to_owned());
                self.references.push(place);
            }
            Some(_) | None => {
                let reason =
                    "a reference must be a pointer within the schema, such as `#/$defs/name`";
                self.refuse(pointer.to_owned(), reason);
            }
        }
    }

    /// Connects every reference with its target.
    fn resolve(&mut self) {
        for (at, target, pointer) in std::mem::take(&mut self.references) {
            match self.places.get(&target) {
                Some(found) => self.nodes[at].same.push(*found),
                None => self.refuse(pointer, format!("there is no schema at `#{target}`")),
            }
        }
    }

    /// How many states the automaton of a pattern has; none where it is refused.
    fn pattern(&mut self, pattern: &str, pointer: &str) -> u64 {
        self.patterns += 1;
        if self.patterns > MAX_PATTERNS {
            let reason = format!("a schema has at most {MAX_PATTERNS} patterns");
            self.refuse(pointer.to_owned(), reason);
            return 0;
        }
        if self.pattern_weight > MAX_PATTERN_WEIGHT {
            // Refused once, at the pattern that went over the budget.
            return 0;
        }
        let states = light(pattern, &mut self.pattern_weight).and_then(|regex| states(&regex));
        states.unwrap_or_else(|reason| {
            self.refuse(pointer.to_owned(), reason);
            0
        })
    }
}

/// A pattern as a regular expression that matches as it does in ECMAScript, if it and those before it are not too much
/// work to compile.
fn light(pattern: &str, weight: &mut u64) -> Result<String, String> {
    if pattern.len() > MAX_BYTES {
        return Err(format!("a pattern is at most {MAX_BYTES} bytes long"));
    }
    let regex = jsonschema_regex::to_rust_regex(pattern)
        .map_err(|()| "the pattern is not a regular expression".to_owned())?;
    *weight = weight.saturating_add(pattern_weight::estimate(&regex, false, false)?);
    if *weight > MAX_PATTERN_WEIGHT {
        return Err("the patterns of the schema together are too large".to_owned());
    }
    Ok(regex.into_owned())
}

/// How many states the automaton of a regular expression has.
fn states(regex: &str) -> Result<u64, String> {
    let limit = Config::new().nfa_size_limit(Some(MAX_AUTOMATON_BYTES));
    let built = NFA::compiler().configure(limit).build(regex);
    let automaton = built.map_err(|error| {
        let cause = error
            .source()
            .map_or(String::new(), |cause| format!(": {cause}"));
        format!("the pattern is too large{cause}")
    })?;
    Ok(automaton.states().len() as u64)
}
