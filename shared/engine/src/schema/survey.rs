//! What a schema consists of, and where its references lead: enough to refuse what would never end, and to reckon what
//! a check costs. Does not check anything itself.

use super::Refusal;
use super::keywords::{HOLDERS, Holds, Reach};
use crate::problem::child_pointer;
use regex_automata::nfa::thompson::{Config, NFA};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::error::Error as _;

/// How many schemas a schema may consist of.
const MAX_NODES: usize = 5_000;
/// How many patterns it may have; each is compiled.
const MAX_PATTERNS: usize = 100;
/// The greatest automaton of a pattern.
const MAX_AUTOMATON_BYTES: usize = 256 << 10;
/// How many bytes of a keyword's value are read for one unit of work.
const BYTES_PER_UNIT: usize = 32;

/// The schemas that a schema consists of; the first is the whole.
pub(super) struct Survey {
    pub(super) nodes: Vec<Node>,
    pub(super) patterns: usize,
}

/// One of them.
#[derive(Default)]
pub(super) struct Node {
    /// Schemas for the same value, those that references lead to included.
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
    /// Whether it looks at the same value's schemas once more, for what they left over.
    pub(super) looks_again: bool,
    /// Whether it compares the items of an array with each other.
    pub(super) is_unique: bool,
}

impl Survey {
    pub(super) fn of(schema: &Value) -> Result<Self, Vec<Refusal>> {
        let mut surveying = Surveying::default();
        surveying.node(schema, "");
        surveying.resolve();
        let mut refusals = surveying.refusals;
        let survey = Self {
            nodes: surveying.nodes,
            patterns: surveying.patterns,
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
    /// How often the schemas for the same value are gone through.
    pub(super) fn rounds(&self) -> u64 {
        if self.looks_again { 3 } else { 1 }
    }
}

#[derive(Default)]
struct Surveying {
    nodes: Vec<Node>,
    /// By their pointers.
    places: HashMap<String, usize>,
    /// From which node to which pointer, and where that stands.
    references: Vec<(usize, String, String)>,
    patterns: usize,
    refusals: Vec<Refusal>,
}

impl Surveying {
    fn refuse(&mut self, pointer: String, reason: impl Into<String>) {
        let reason = reason.into();
        self.refusals.push(Refusal { pointer, reason });
    }

    /// Takes in the schema at that pointer and everything inside it.
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
                let reason = format!("`{keyword}` may only stand at the top of a schema");
                self.refuse(child_pointer(pointer, keyword), reason);
            }
        }
    }

    fn keyword(&mut self, at: usize, keyword: &str, value: &Value, pointer: &str) {
        if let Some((_, holds, reach)) = HOLDERS.iter().find(|(name, ..)| *name == keyword) {
            self.holder(at, (*holds, *reach), value, pointer);
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
            ("unevaluatedProperties" | "unevaluatedItems", _) => self.nodes[at].looks_again = true,
            _ => {}
        }
    }

    fn holder(&mut self, at: usize, (holds, reach): (Holds, Reach), value: &Value, pointer: &str) {
        match (holds, value) {
            (Holds::List | Holds::OneOrList, Value::Array(schemas)) => {
                for (index, schema) in schemas.iter().enumerate() {
                    let inner = self.node(schema, &format!("{pointer}/{index}"));
                    self.apply(at, reach, "", inner);
                }
            }
            (Holds::Map | Holds::MapOrNames, Value::Object(schemas)) => {
                for (name, schema) in schemas {
                    // A list there names properties.
                    if holds == Holds::Map || !schema.is_array() {
                        let inner = self.node(schema, &child_pointer(pointer, name));
                        self.apply(at, reach, name, inner);
                    }
                }
            }
            (Holds::One | Holds::OneOrList, schema) => {
                let inner = self.node(schema, pointer);
                self.apply(at, reach, "", inner);
            }
            // No schema; compiling says so.
            (Holds::List | Holds::Map | Holds::MapOrNames, _) => {}
        }
    }

    fn apply(&mut self, at: usize, reach: Reach, name: &str, inner: usize) {
        let node = &mut self.nodes[at];
        match reach {
            Reach::Same => node.same.push(inner),
            Reach::Member => drop(node.members.insert(name.to_owned(), inner)),
            Reach::Members => node.all_members.push(inner),
            Reach::Items => node.items.push(inner),
            Reach::Names => node.names.push(inner),
            Reach::Nothing => {}
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

    /// Lets every reference lead to its schema.
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
        match states(pattern) {
            Ok(states) => states,
            Err(reason) => {
                self.refuse(pointer.to_owned(), reason);
                0
            }
        }
    }
}

/// How many states the automaton has that matches as the pattern does in ECMAScript.
fn states(pattern: &str) -> Result<u64, String> {
    let translated = jsonschema_regex::to_rust_regex(pattern)
        .map_err(|()| "the pattern is not a regular expression".to_owned())?;
    let limit = Config::new().nfa_size_limit(Some(MAX_AUTOMATON_BYTES));
    let built = NFA::compiler().configure(limit).build(&translated);
    let automaton = built.map_err(|error| {
        let cause = error
            .source()
            .map_or(String::new(), |cause| format!(": {cause}"));
        format!("the pattern needs look-around or back-references, or is too large{cause}")
    })?;
    Ok(automaton.states().len() as u64)
}
