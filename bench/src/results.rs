//! The table of the last run, in a file. It does not know how it came about.

use crate::Outcome;
use crate::functions::root;
use crate::machine;
use crate::table::Section;

const FILE: &str = "bench/RESULTS.md";

const HEADING: &str = "\
# Results

Written by `cargo bench-table`. Behind a figure stands its budget, if it has one. Calls and units are those of the real
handlers, as DynamoDB bills them: indexes and conditions that did not hold included. Instructions, size, memory and start
are those of the deployed binary with nothing but loopback between it and its backends; a bare function answers and does
nothing else, and every ratio is of this one run.
";

pub fn write(sections: &[Section]) -> Outcome<()> {
    let mut text = format!("{HEADING}\n{}\n", machine::line());
    for section in sections {
        text += &format!("\n{section}");
    }
    Ok(std::fs::write(root().join(FILE), text)?)
}
