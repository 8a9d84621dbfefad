//! Programs that would never end, or never come back up.

use super::{DEPTH, MEMORY, STEPS, fails, is_refused};

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
        "any(false | repeat(.); .)",
        "all(repeat(true); .)",
        "skip(1e12; repeat(1))",
        "nth(1e12; repeat(1))",
        "[range(30)] | [combinations(30)] | length",
        "[[range(10)], [range(10)], [range(10)], [range(10)], [range(10)], [range(10)], [range(10)]] | [combinations]",
        "[splits(\"\"; null)] | repeat(.) | select(false)",
        "add(range(1e12))",
        "INDEX(range(1e12); .)",
        "[range(0; 1e12; 1e-9)]",
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
        fails(
            text,
            &[STEPS, MEMORY, "cannot", "Cannot", "no ", "is refused"],
        );
    }
}
