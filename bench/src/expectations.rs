//! The figures that were last accepted: a committed file, with which CI compares each run.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Outcome;
use crate::functions::root;
use crate::table::{Figure, Kind, Section};

const FILE: &str = "bench/expected.json";
/// How far a figure that varies may be from the expected one.
const TOLERANCE: f64 = 0.03;

/// What is not as expected, a line each: new, gone or changed.
pub fn surprises(sections: &[Section]) -> Outcome<Vec<String>> {
    let text = std::fs::read_to_string(root().join(FILE))?;
    Ok(compare(&serde_json::from_str(&text)?, sections))
}

/// What costs more than it should, a line each. That is known where it is expected, and no surprise.
pub fn over_budget(sections: &[Section]) -> Vec<String> {
    let all = sections.iter().flat_map(Section::figures);
    let over = all.filter(|(_, figure)| figure.is_over_budget());
    over.map(|(name, figure)| format!("{name}: {figure}"))
        .collect()
}

/// From now on these are expected.
pub fn accept(sections: &[Section]) -> Outcome<()> {
    let figures: BTreeMap<_, _> = reliable(sections)
        .map(|(name, figure)| (name, Value::from(rounded(figure.value))))
        .collect();
    let text = serde_json::to_string_pretty(&figures)?;
    Ok(std::fs::write(root().join(FILE), text + "\n")?)
}

fn reliable(sections: &[Section]) -> impl Iterator<Item = (String, Figure)> {
    let all = sections.iter().flat_map(Section::figures);
    all.filter(|(_, figure)| figure.kind != Kind::Loose)
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn compare(expected: &BTreeMap<String, f64>, sections: &[Section]) -> Vec<String> {
    let found: BTreeMap<String, Figure> = reliable(sections).collect();
    let mut surprises = Vec::new();
    for (name, figure) in &found {
        match expected.get(name) {
            None => surprises.push(format!("{name}: {figure}, which is new")),
            Some(expected) if differs(*figure, *expected) => {
                surprises.push(format!("{name}: {figure}, expected {expected}"));
            }
            Some(_) => {}
        }
    }
    let gone = expected.keys().filter(|name| !found.contains_key(*name));
    surprises.extend(gone.map(|name| format!("{name}: is no longer measured")));
    surprises
}

fn differs(figure: Figure, expected: f64) -> bool {
    let by = (rounded(figure.value) - expected).abs();
    match figure.kind {
        Kind::Exact => by > 0.0,
        Kind::Close => by > expected * TOLERANCE,
        Kind::Loose => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surprised_by(figure: Figure, expected: f64) -> usize {
        let mut section = Section::new("s", &["c"]);
        section.row("r", [Some(figure)]);
        let expected = BTreeMap::from([("s / r / c".to_owned(), expected)]);
        compare(&expected, &[section]).len()
    }

    #[test]
    fn a_changed_figure_is_reported_and_a_close_one_is_not() {
        assert_eq!(surprised_by(Figure::exact(8.0), 8.0), 0);
        assert_eq!(surprised_by(Figure::exact(8.5), 8.0), 1);
        assert_eq!(surprised_by(Figure::close(102.9, 0), 100.0), 0);
        assert_eq!(surprised_by(Figure::close(103.1, 0), 100.0), 1);
        assert_eq!(surprised_by(Figure::close(96.0, 0), 100.0), 1);
    }

    #[test]
    fn a_figure_over_its_budget_is_reported_unless_it_is_expected() {
        let dear = Figure::exact(8.0).within(7.0);
        assert_eq!(surprised_by(dear, 8.0), 0);
        let mut section = Section::new("s", &["c"]);
        section.row("r", [Some(dear), Some(Figure::exact(7.0).within(7.0))]);
        assert_eq!(over_budget(&[section]).len(), 1);
    }

    #[test]
    fn new_and_missing_figures_are_reported() {
        let mut section = Section::new("s", &["c"]);
        section.row("new", [Some(Figure::exact(1.0))]);
        let expected = BTreeMap::from([("s / gone / c".to_owned(), 1.0)]);
        assert_eq!(compare(&expected, &[section]).len(), 2);
    }
}
