//! Generated programs: each ends with a value or an error, and the sandbox can evaluate the next one.

use super::{Request, Sandbox, Source};
use proptest::prelude::*;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Programs made of everything that loops, recurses, grows or updates. `f` is the program itself.
fn term() -> impl Strategy<Value = String> {
    let leaves = [
        ".", "1", "f", "\"ab\"", ".a", ".[0]", "..", "null", "[]", "{}", "empty", "1e9", "error",
    ];
    let leaf = prop::sample::select(leaves.to_vec()).prop_map(str::to_owned);
    let shapes = [
        "(A | B)",
        "(A, B)",
        "[A]",
        "{a: A}",
        "(A + B)",
        "(A * B)",
        "reduce A as $x (B; C)",
        "foreach A as $x (B; C)",
        "path(A)",
        "(A |= B)",
        "limit(1e5; A)",
        "repeat(A)",
        "recurse(A)",
        "try A catch B",
        "(label $l | A, break $l, B)",
        "if A then B else C end",
        "first(A)",
        "last(A)",
        "([A] | sort_by(B))",
        "(A as [$x] | B)",
        "walk(A)",
        "(A | tojson | fromjson)",
        "range(A; B)",
        "getpath([A])",
        "del(A)",
        "(A == B)",
        "(A | .[B:])",
        "until(A; B)",
        "([A] | combinations)",
        "(A | tostring | gsub(\"\"; B | tostring))",
        "\"\\(A)\\(B)\"",
        "([A] | flatten)",
    ];
    leaf.prop_recursive(4, 24, 3, move |inner| {
        let shape = prop::sample::select(shapes.to_vec());
        (shape, inner.clone(), inner.clone(), inner).prop_map(|(shape, a, b, c)| {
            let with_a = shape.replace('A', &a.replace('B', "b").replace('C', "c"));
            with_a.replace('B', &b.replace('C', "c")).replace('C', &c)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_program_ends_and_the_next_one_works(body in term(), main in term()) {
        let sandbox = Sandbox::with_time_limit(Duration::from_secs(120));
        let run = |text: String| {
            let source = Source { text: Arc::from(text), names: Arc::from([]) };
            let input = json!({"a": [1, 2, {"b": "xyz"}]});
            sandbox.evaluate(Request { sources: vec![source], input, arguments: Vec::new(), now_ms: 0 })
        };
        let ended = run(format!("def f: {body}; {main}")).expect("ends by itself");
        if let Err(reason) = ended.outcome {
            prop_assert!(!reason.contains("cannot be evaluated"), "{}", reason);
        }
        prop_assert_eq!(run("1 + 1".to_owned()).expect("works").outcome, Ok(vec![json!(2)]));
    }
}
