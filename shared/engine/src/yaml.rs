//! Parses YAML to JSON, with limits on size, nesting and aliases. Knows nothing of workflows.

use crate::nesting::on_large_stack;
use crate::problem::Problem;
use serde_json::Value;

/// The most bytes of a text.
const MAX_TEXT_BYTES: usize = 1 << 20;
/// The most levels that a text may nest.
const MAX_DEPTH: usize = 100;
/// The most events of the parser; an alias counts the events of what it repeats.
const MAX_EVENTS: usize = 200_000;
/// The most aliases, and the most anchors.
const MAX_ALIASES: usize = 1_000;
/// The most sequences that begin on one line (`- - - …`): the scanner recurses for each before it applies its own limits.
const MAX_DASHES: usize = 50;

/// Parses one YAML document. JSON is YAML, too.
///
/// # Errors
/// One [`Problem`] with its line: the text is not one YAML document, or exceeds a limit.
pub fn yaml_to_json(text: &str) -> Result<Value, Problem> {
    if text.len() > MAX_TEXT_BYTES {
        let reason = format!("the document is longer than {MAX_TEXT_BYTES} bytes");
        return Err(Problem::at("", reason));
    }
    if let Some(line) = text.lines().position(|line| dashes(line) > MAX_DASHES) {
        return Err(Problem {
            line: u32::try_from(line + 1).ok(),
            ..Problem::at("", "too many sequences begin on one line")
        });
    }
    let failed = || Err(Problem::at("", "the document cannot be read"));
    on_large_stack(|| read(text)).unwrap_or_else(failed)
}

fn dashes(line: &str) -> usize {
    line.split_whitespace()
        .take_while(|word| *word == "-")
        .count()
}

fn read(text: &str) -> Result<Value, Problem> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_events: MAX_EVENTS,
            max_nodes: MAX_EVENTS,
            max_aliases: MAX_ALIASES,
            max_anchors: MAX_ALIASES,
        },
        with_snippet: false,
        // YAML 1.2: `y`, `no` and `on` are strings.
        strict_booleans: true,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let location = error.location();
        Problem {
            line: location.and_then(|location| u32::try_from(location.line()).ok()),
            column: location.and_then(|location| u32::try_from(location.column()).ok()),
            ..Problem::at("", error.to_string())
        }
    })
}
