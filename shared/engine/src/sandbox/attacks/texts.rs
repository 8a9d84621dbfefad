//! Texts made to exhaust the parsers.

use super::{DEPTH, MEMORY, STEPS, evaluate, fails, patient, source};
use crate::sandbox::refusals;
use serde_json::json;

#[test]
fn text_cannot_smuggle_depth() {
    fails("\"[\" * 1e6 | fromjson", &[DEPTH]);
    fails("(\"[\" * 120 + \"]\" * 120) | fromjson", &[DEPTH]);
    fails("\"{\\\"a\\\":\" * 1e5 | fromjson", &[DEPTH]);
    fails("\"[\" + \"1,\" * 2e6 + \"1]\" | fromjson", &[MEMORY, STEPS]);
}

#[test]
fn source_text_cannot_exhaust_the_parser() {
    let nested = |open: &str, inner: &str, close: &str| {
        let times = (8_000 - inner.len()) / (open.len() + close.len());
        [open.repeat(times), inner.to_owned(), close.repeat(times)].concat()
    };
    for text in [
        nested("(", "1", ")"),
        nested("[", "1", "]"),
        nested("{a:", "1", "}"),
        nested("-", "1", ""),
        nested("try ", "1", ""),
        nested("1+", "1", ""),
        nested("1|", "1", ""),
        nested("1,", "1", ""),
        nested(". as $x|", "1", ""),
        nested("if 1 then ", "1", " end"),
        nested("\"\\(", "1", ")\""),
        nested("def f:", "1", ";1"),
        nested("reduce ", "1", " as $x(0;1)"),
        nested("label $x|", "1", ""),
        nested(".a", ".b", ""),
        nested(".[", "0", "]"),
        nested("1 as [", "$x", "]"),
        nested("..", "", ""),
        nested("[..|", "1", "]"),
        "(".repeat(8_000),
        "\"\\(".repeat(2_000),
        "[{(".repeat(2_000),
        "1 as ".repeat(1_500),
        "a".repeat(100_000),
    ] {
        // Whether it compiles is not the point: it must come back.
        let _ = refusals(&[source(&text)]);
        let _ = evaluate(&patient(), &text, json!([1]));
    }
}
