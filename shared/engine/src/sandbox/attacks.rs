//! What strangers may try. Every attempt ends with an error of its own, and the sandbox works on.

use super::{Request, Sandbox, Source, refusals};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Far beyond what any evaluation takes, so that work runs out first, on however slow a machine.
fn patient() -> Sandbox {
    Sandbox::with_time_limit(Duration::from_secs(120))
}

fn source(text: &str) -> Source {
    Source {
        text: Arc::from(text),
        names: Arc::from([]),
    }
}

fn evaluate(sandbox: &Sandbox, text: &str, input: Value) -> Result<Value, String> {
    let request = Request {
        sources: vec![source(text)],
        input,
        arguments: Vec::new(),
        now_ms: 1_700_000_000_123,
    };
    let mut values = sandbox.evaluate(request).expect("ends in time").outcome?;
    Ok(values.remove(0))
}

/// The attack fails for one of the `reasons`, and an innocent expression still works afterwards.
#[track_caller]
fn fails(text: &str, reasons: &[&str]) {
    let sandbox = patient();
    let reason = evaluate(&sandbox, text, json!({"a": [1, 2, 3]})).expect_err("must fail");
    assert!(
        reasons.iter().any(|known| reason.contains(known)),
        "{text}: {reason}"
    );
    assert_eq!(
        evaluate(&sandbox, ".a[1]", json!({"a": [1, 2, 3]})),
        Ok(json!(2))
    );
}

#[track_caller]
fn is_refused(text: &str, part_of_reason: &str) {
    let reason = refusals(&[source(text)])
        .remove(0)
        .expect("must be refused");
    assert!(reason.contains(part_of_reason), "{text}: {reason}");
    assert!(evaluate(&patient(), text, Value::Null).is_err());
}

const STEPS: &str = "too many steps";
const MEMORY: &str = "too much memory";
const TEXT: &str = "string that is too long";
const DEPTH: &str = "nests too deeply";

#[test]
fn the_environment_is_out_of_reach() {
    is_refused("env", "environment");
    is_refused("$ENV", "environment");
    is_refused("$ENV.AWS_SECRET_ACCESS_KEY", "environment");
    is_refused("[1] | map(env.PATH)", "environment");
}

#[test]
fn nothing_ends_the_process() {
    is_refused("halt", "end the worker");
    is_refused("halt(1)", "end the worker");
    is_refused("halt_error", "end the worker");
    is_refused("halt_error(3)", "end the worker");
    is_refused("try halt catch .", "end the worker");
}

#[test]
fn nothing_is_written_or_read() {
    is_refused("stderr", "log");
    is_refused("debug", "log");
    is_refused("debug(\"x\")", "log");
    is_refused("input", "one input");
    is_refused("[inputs]", "one input");
    is_refused("input_filename", "files");
    is_refused("localtime", "gmtime");
    is_refused("strflocaltime(\"%Y\")", "strftime");
    is_refused("import \"a\" as a; .", "");
    is_refused("include \"a\"; .", "");
    is_refused("unbounded_strftime(\"%Y\")", "no function");
}

#[test]
fn a_program_of_ones_own_cannot_get_at_what_is_refused() {
    is_refused("def f: env; f", "environment");
    is_refused("def halt_error: halt; halt_error", "end the worker");
    assert_eq!(
        evaluate(&patient(), "def env: 1; env", Value::Null),
        Ok(json!(1))
    );
}

#[test]
fn endless_recursion_runs_out_of_steps() {
    fails("def f: f; f", &[STEPS]);
    fails("def f: ., f; last(f)", &[STEPS, MEMORY]);
    fails("def f: f, 1; last(f)", &[STEPS, MEMORY]);
    fails("def f($x): f($x + 1); f(0)", &[STEPS]);
    fails("try (def f: f; f) catch 1", &[STEPS]);
    fails("[range(3)] | map(try (def f: f; f) catch 1)", &[STEPS]);
}

#[test]
fn deep_recursion_runs_out_of_stack_that_is_set_aside() {
    fails("def f: 1 + f; f", &[DEPTH, STEPS]);
    fails("def f: [f]; f", &[DEPTH, STEPS]);
    fails("def f: f | f; f", &[DEPTH, STEPS]);
    fails("def f: f | .[0]; path(f)", &[DEPTH, STEPS, MEMORY]);
    fails("def f: f | .[0]; f |= 1", &[DEPTH, STEPS, MEMORY]);
    fails("def f: .[0] | f; null | path(f)", &[DEPTH, STEPS, MEMORY]);
    fails("def f: reduce f as $x (0; 1); f", &[DEPTH, STEPS, MEMORY]);
    fails("def f: try f catch 0; f", &[DEPTH, STEPS, MEMORY]);
    fails("def f: label $l | f; f", &[DEPTH, STEPS, MEMORY]);
    fails("def f: -f; f", &[DEPTH, STEPS]);
    fails("def f: {a: f}; f", &[DEPTH, STEPS]);
    fails("def f: \"\\(f)\"; f", &[DEPTH, STEPS]);
    fails("def f: if f then 1 else 2 end; f", &[DEPTH, STEPS]);
}

#[test]
fn closures_cannot_be_chained_without_end() {
    is_refused("def f(g): f(g | g); f(.)", "calls itself with a filter");
    is_refused(
        "def f(g): def h: f(g); h; f(.)",
        "calls itself with a filter",
    );
}

#[test]
fn endless_generators_run_out_of_steps_or_memory() {
    for text in [
        "[range(1e12)]",
        "last(range(1e12))",
        "[limit(1e12; repeat(1))]",
        "last(limit(1e12; repeat(1)))",
        "[recurse(. + 1)]",
        "last(0 | recurse(. + 1))",
        "[0 | while(true; . + 1)]",
        "0 | until(false; . + 1)",
        "isempty(repeat(1) | select(false))",
        "first(repeat(1) | select(false))",
        "reduce repeat(1) as $x (0; . + $x)",
        "last(foreach repeat(1) as $x (0; . + $x))",
        "reduce range(1e12) as $x (0; . + 1)",
        "label $out | repeat(1) | select(. == 2) | break $out",
        "label $out | foreach range(1e12) as $i (0; .; if $i < 0 then break $out else empty end)",
        "try error(repeat(1) | select(false)) catch 1",
        "last(repeat(try error(\"x\") catch .))",
        "[range(1e6) | range(1e6)] | length",
        "any(repeat(false); .)",
        "all(repeat(true); .)",
        "skip(1e12; repeat(1))",
        "nth(1e12; repeat(1))",
        "[range(30)] | [combinations(30)] | length",
        "[[range(10)], [range(10)], [range(10)], [range(10)], [range(10)], [range(10)], [range(10)]] | [combinations]",
        "[splits(\"\"; null)] | repeat(.) | select(false)",
        "add(range(1e12))",
        "INDEX(range(1e12); .)",
        "[range(0; 1e12; 0)]",
        "min_by(repeat(1))",
        "[.a[], .a[]] | sort_by(repeat(1))",
        "group_by(range(1e12))",
        ".a | map(range(1e12))",
        "(.a[] | select(repeat(false))) |= 1",
        "getpath([repeat(\"a\")])",
        "walk(repeat(1) | select(false))",
        "first(range(1e12) | select(. < 0))",
        ".[repeat(\"a\")] | select(false)",
        "$__prog as [$a] | 1",
    ] {
        fails(text, &[STEPS, MEMORY, "cannot", "no ", "is refused"]);
    }
}

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
    fails("null | .[1e9] = 1", &["past the end"]);
    fails("[] | .[1000000] = 1", &["past the end"]);
    fails("[] | .[-1] = 1", &["past the end"]);
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
    fails("[tostream]", &["no function"]);
}

#[test]
fn text_cannot_smuggle_depth() {
    fails("\"[\" * 1e6 | fromjson", &["cannot parse"]);
    fails("(\"[\" * 120 + \"]\" * 120) | fromjson", &[DEPTH]);
    fails("\"{\\\"a\\\":\" * 1e5 | fromjson", &["cannot parse"]);
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

#[test]
fn an_evaluation_that_overruns_is_given_up_and_the_next_one_works() {
    let sandbox = Sandbox::with_time_limit(Duration::from_nanos(1));
    let request = |text: &str| Request {
        sources: vec![source(text)],
        input: Value::Null,
        arguments: Vec::new(),
        now_ms: 0,
    };
    assert!(
        sandbox
            .evaluate(request("[range(100000)] | length"))
            .is_err()
    );
    let patient = Sandbox {
        time_limit: Duration::from_secs(120),
        ..sandbox
    };
    assert_eq!(
        patient.evaluate(request("1 + 1")).expect("works").outcome,
        Ok(vec![json!(2)])
    );
}
