//! Values that would grow without end, and patterns that would run without end.

use super::{DEPTH, MEMORY, STEPS, TEXT, evaluate, fails, patient};
use serde_json::{Value, json};

#[test]
fn strings_cannot_grow_without_end() {
    fails("\"x\" * 2e9", &[TEXT]);
    fails("\"x\" * 1e300", &[TEXT]);
    fails(
        "reduce range(64) as $i (\"x\"; . + .)",
        &[TEXT, MEMORY, STEPS],
    );
    fails(
        "reduce range(64) as $i (\"x\"; \"\\(.)\\(.)\")",
        &[TEXT, MEMORY, STEPS],
    );
    fails(
        "reduce range(64) as $i (\"xxxxxxxx\"; @base64)",
        &[TEXT, MEMORY, STEPS],
    );
    fails(
        "reduce range(64) as $i (\"%\"; . + . | @uri)",
        &[TEXT, MEMORY, STEPS],
    );
    fails(
        "reduce range(64) as $i (\"<\"; . + . | @html)",
        &[TEXT, MEMORY, STEPS],
    );
    fails(
        "reduce range(64) as $i (\"'\"; . + . | @sh)",
        &[TEXT, MEMORY, STEPS],
    );
    fails(
        "reduce range(64) as $i (\"\\\"\"; . + . | tojson)",
        &[TEXT, MEMORY, STEPS],
    );
    fails(
        "[limit(30; repeat(\"x\" * 4e6))] | add",
        &[TEXT, MEMORY, STEPS],
    );
    fails("[range(1e5) | \"x\" * 1e5]", &[MEMORY, STEPS]);
    fails("[range(5e6) | 65] | implode", &[MEMORY, STEPS]);
    fails("\"x\" * 4e6 | explode", &[MEMORY, STEPS]);
    fails("\"x\" * 4e6 | . / \"\"", &[MEMORY, STEPS]);
    fails("now | strftime(\"%Y\" * 1e6)", &["200"]);
    fails(
        "\"x\" * 4e6 | last(range(1e5) as $i | ltrimstr(\"y\"))",
        &[STEPS],
    );
    fails(
        "(\"x\" * 1e6) as $s | last(range(1e6) | $s == ($s + \"y\"))",
        &[STEPS],
    );
    fails(
        "(\"x\" * 1e6) as $s | {} | .[$s + (range(1e4) | tostring)] = 1",
        &[STEPS, MEMORY, TEXT, "more than one"],
    );
    fails(
        "reduce range(1e5) as $i ({}; .[\"x\" * 1e5 + ($i | tostring)] = 1)",
        &[STEPS, MEMORY],
    );
}

#[test]
fn patterns_are_bounded() {
    assert_eq!(
        evaluate(
            &patient(),
            "(\"a\" * 50000 + \"!\") | test(\"^(a+)+$\")",
            Value::Null
        ),
        Ok(json!(false)),
    );
    fails("\"a\" | test(\"a{1000}{1000}{1000}\")", &["regex"]);
    fails("\"a\" | test(\"((a{0,100}){0,100}){0,100}\")", &["regex"]);
    fails("\"a\" | test(\"(\" * 900 + \")\" * 900)", &["regex"]);
    fails("\"a\" | test(\"x\" * 2000)", &["at most 1000 bytes"]);
    fails(
        "\"a\" | test(\"\\\\w{200}\\\\w{200}\\\\w{200}\")",
        &["regex"],
    );
    fails("\"a\" * 4e6 | [match(\"a.*z|a\"; \"g\")]", &[STEPS, MEMORY]);
    fails("\"a\" * 4e6 | gsub(\"\"; \"b\")", &[STEPS, MEMORY]);
    fails(
        "\"a\" * 1e5 | last(range(1e6) as $i | test(\"(a*)*b\"))",
        &[STEPS],
    );
    fails(
        "last(range(1e6) | . as $i | \"a\" | test(\"a{\\($i)}\"))",
        &[STEPS, "regex"],
    );
}

#[test]
fn arrays_and_objects_cannot_explode() {
    fails("null | .[1e9] = 1", &["too large"]);
    fails("[] | .[1000000] = 1", &[STEPS, MEMORY]);
    fails("[] | .[500000] = 1", &[STEPS, MEMORY, "larger than"]);
    fails("[] | .[-1] = 1", &["negative array index"]);
    fails(
        "reduce range(60) as $i ([1]; [., .])",
        &["larger than", STEPS, MEMORY],
    );
    fails("reduce range(60) as $i ([1]; . + .)", &[MEMORY, STEPS]);
    fails(
        "reduce range(60) as $i ([1]; [., .]) | tojson",
        &[TEXT, STEPS],
    );
    fails(
        "reduce range(60) as $i ([1]; [., .]) | [..] | length",
        &[STEPS, MEMORY],
    );
    fails(
        "reduce range(60) as $i ([1]; [., .]) | flatten",
        &[STEPS, MEMORY],
    );
    fails(
        "reduce range(60) as $i ([1]; [., .]) as $a | reduce range(60) as $i ([1]; [., .]) as $b | $a == $b",
        &[STEPS, "error", "syntax"],
    );
    fails(
        "(reduce range(60) as $i ([1]; [., .])) as $a | (reduce range(60) as $i ([1]; [., .])) as $b | $a == $b",
        &[STEPS],
    );
    fails(
        "(reduce range(60) as $i ([1]; [., .])) as $a | (reduce range(60) as $i ([1]; [., .])) as $b | $a | contains($b)",
        &[STEPS],
    );
    fails(
        "(reduce range(60) as $i ([1]; [., .])) as $a | [$a, (reduce range(60) as $i ([1]; [., .]))] | sort",
        &[STEPS],
    );
    fails(
        "(reduce range(60) as $i ({}; {a: ., b: .})) as $x | $x * $x | tojson",
        &[TEXT, STEPS],
    );
    fails("reduce range(1e6) as $i (0; [.])", &[DEPTH]);
    fails("reduce range(1e6) as $i (0; {a: .})", &[DEPTH]);
    fails("reduce range(1e6) as $i ([]; .[0] = [.])", &[DEPTH]);
    fails(
        "[range(1e5)] as $a | [range(1e5) | $a + [.]]",
        &[STEPS, MEMORY],
    );
    fails(
        "[limit(1000; repeat([range(1000)]))] | transpose | transpose | [., .] | tojson | . * 100",
        &[TEXT, STEPS, MEMORY],
    );
    fails(
        "[.[]?, .[]?] | reduce range(60) as $i (.; [.[]?, .[]?])",
        &[STEPS, MEMORY],
    );
    fails(
        "[paths(reduce range(60) as $i ([1]; [., .]) | true)] | last(repeat(.))",
        &[STEPS, MEMORY],
    );
    fails("null | [path(..)] | last(repeat(.))", &[STEPS]);
    fails("null | last(path(recurse(.[0])))", &[STEPS, MEMORY]);
    fails(
        "reduce range(60) as $i ([1]; [., .]) | [tostream]",
        &[STEPS, MEMORY],
    );
    fails(
        "fromstream(repeat([[0], 1]))",
        &[STEPS, MEMORY, "cannot", "Cannot"],
    );
    fails(
        "[range(1e5)] as $path | null | setpath($path; 1)",
        &[DEPTH, STEPS, MEMORY],
    );
    fails(
        "[range(1e5) | [.]] as $paths | [range(1e5)] | delpaths($paths) | repeat(.) | select(false)",
        &[STEPS, MEMORY],
    );
}

#[test]
fn an_assignment_reaches_the_index_536870911_and_none_beyond() {
    let too_large = "Array index too large";
    fails(".a[536870912] = 1", &[too_large]);
    // This one is a matter of steps and memory alone.
    let refused = evaluate(&patient(), ".a[536870911] = 1", json!({"a": []})).unwrap_err();
    assert!(
        [STEPS, MEMORY]
            .iter()
            .any(|reason| refused.contains(reason)),
        "{refused}"
    );
    let small = evaluate(&patient(), ".[3] = 1", json!([])).unwrap();
    assert_eq!(small, json!([null, null, null, 1]));
}

#[test]
fn a_date_format_has_at_most_200_characters() {
    let format = |chars: usize| format!("0 | strftime(\"{}\")", "x".repeat(chars));
    let written = evaluate(&patient(), &format(200), Value::Null);
    assert_eq!(written, Ok(json!("x".repeat(200))));
    fails(
        &format(201),
        &["a date format is at most 200 characters long"],
    );
}
