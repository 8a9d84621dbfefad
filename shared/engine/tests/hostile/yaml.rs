//! The YAML parser, and the parser of workflows after it, with documents that were mutated.

use std::time::Duration;

use engine::{Definition, yaml_to_json};

use crate::memory::Turn;
use crate::mutations::{mutated, try_mutations};

const SEEDS: &[&str] = &[
    include_str!("../corpus/order.yaml"),
    include_str!("../corpus/odd.yaml"),
];

const TOKENS: &[&str] = &[
    "&a ",
    "*a",
    "- ",
    "- - - - ",
    "  ",
    "\t",
    "? ",
    ": ",
    "!!binary ",
    "!<tag:x> ",
    "|\n",
    ">-\n",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "<<: *a\n",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "%TAG ! x\n",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "1e999",
    ".inf",
    "0x",
    "~",
    "#",
    "\r",
    "\0",
    "é",
    "\u{10ffff}",
    "\\u",
    "${ ",
    " }",
    "$ref: '#'\n",
];

/// What the management API gives a definition: its request has 29 seconds, its function 512 MB. An unoptimised build is
/// some ten times slower.
const MAX_TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 15 } else { 2 });
const MAX_BYTES: usize = 200 << 20;
/// Larger definitions are refused before they are parsed.
const MAX_DEFINITION_BYTES: usize = 262_144;

#[test]
fn a_mutated_document_is_parsed_or_refused_within_its_time_and_memory() {
    let turn = Turn::wait();
    try_mutations(&mutated(SEEDS, TOKENS), |text| {
        let (parsed, taken) = turn.measure(|| yaml_to_json(&text));
        assert!(
            taken.time < MAX_TIME && taken.bytes < MAX_BYTES,
            "{taken:?}"
        );
        let Ok(document) = parsed else {
            return Ok(());
        };
        if document.to_string().len() <= MAX_DEFINITION_BYTES {
            let (_, taken) = turn.measure(|| Definition::parse(&document).is_ok());
            assert!(
                taken.time < MAX_TIME && taken.bytes < MAX_BYTES,
                "{taken:?}"
            );
        }
        Ok(())
    });
}

#[test]
fn the_first_seed_is_a_workflow() {
    let document = yaml_to_json(SEEDS[0]).expect("YAML");
    Definition::parse(&document).unwrap_or_else(|problems| panic!("{problems:?}"));
}
