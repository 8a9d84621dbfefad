//! Expressions that authors of workflows write every day, with their results.

use super::{Request, Sandbox, Source};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

#[test]
fn ordinary_expressions_give_what_jq_gives() {
    let input = json!({
        "a": 1, "b": {"c": [1, 2, 3]}, "s": "héllo wörld", "n": null, "t": true, "f": 1.5,
        "rows": [{"k": "x", "v": 2}, {"k": "y", "v": 1}, {"k": "x", "v": 3}],
    });
    let sandbox = Sandbox::with_time_limit(Duration::from_secs(120));
    for (text, expected) in table() {
        let request = Request {
            sources: vec![Source {
                text: Arc::from(text),
                names: Arc::from(["$x".to_owned()]),
            }],
            input: input.clone(),
            arguments: vec![json!({"deep": [10, 20]})],
            now_ms: 1_700_000_000_500,
        };
        let outcome = sandbox.evaluate(request).expect("ends in time").outcome;
        assert_eq!(outcome, Ok(vec![expected]), "{text}");
    }
}

fn table() -> Vec<(&'static str, Value)> {
    let mut table = values();
    table.extend(texts());
    table.extend(collections());
    table.extend(control());
    table
}

fn values() -> Vec<(&'static str, Value)> {
    vec![
        (".a", json!(1)),
        (".b.c[1]", json!(2)),
        (".b.c[-1]", json!(3)),
        (".b.c[1:]", json!([2, 3])),
        (".missing", json!(null)),
        (".missing.deeper[0]", json!(null)),
        (".[\"a\"]", json!(1)),
        (".a + .f", json!(2.5)),
        ("4 / 2", json!(2)),
        ("1 / 4", json!(0.25)),
        ("7 % 3", json!(1)),
        ("-7 % 3", json!(-1)),
        (
            "18446744073709551615",
            json!(18_446_744_073_709_551_615_u64),
        ),
        ("9007199254740993 + 0", json!(9_007_199_254_740_993_i64)),
        ("1e3", json!(1000)),
        ("[1.2, 1.5, -1.5] | map(floor)", json!([1, 1, -2])),
        ("[1.2, 1.5, -1.5] | map(round)", json!([1, 2, -2])),
        ("9 | sqrt", json!(3)),
        ("pow(2; 10)", json!(1024)),
        ("nan | isnan", json!(true)),
        ("[nan] | .[0]", json!(null)),
        ("infinite", json!(f64::MAX)),
        ("now", json!(1_700_000_000.5)),
        ("now | floor | todate", json!("2023-11-14T22:13:20Z")),
        ("\"2015-03-05T23:51:47Z\" | fromdate", json!(1_425_599_507)),
        (
            "1425599507 | strftime(\"%A, %B %d, %Y\")",
            json!("Thursday, March 05, 2015"),
        ),
        (
            "\"2015-03-05\" | strptime(\"%Y-%m-%d\") | .[0:3]",
            json!([2015, 2, 5]),
        ),
        ("$x.deep[1]", json!(20)),
    ]
}

fn texts() -> Vec<(&'static str, Value)> {
    vec![
        (".s | length", json!(11)),
        (".s[1:5]", json!("éllo")),
        (".s | utf8bytelength", json!(13)),
        (".s | ascii_upcase", json!("HéLLO WöRLD")),
        (".s | split(\" \")", json!(["héllo", "wörld"])),
        ("\"a, b,c\" | [splits(\", *\")]", json!(["a", "b", "c"])),
        (".s | test(\"W\"; \"i\")", json!(true)),
        (".s | sub(\"l+\"; \"L\")", json!("héLo wörld")),
        (".s | gsub(\"l\"; \"L\")", json!("héLLo wörLd")),
        (
            "\"k=v\" | capture(\"(?<key>\\\\w)=(?<value>\\\\w)\")",
            json!({"key": "k", "value": "v"}),
        ),
        ("[\"abAB\" | match(\"b\"; \"gi\").offset]", json!([1, 3])),
        ("[\"a1b22\" | scan(\"[0-9]+\")]", json!(["1", "22"])),
        ("\"aaa\" | [match(\"\"; \"g\").offset]", json!([0, 1, 2, 3])),
        ("\"\\(.a) and \\(.b.c)\"", json!("1 and [1,2,3]")),
        ("[.a, .s] | @csv", json!("1,\"héllo wörld\"")),
        ("@base64 \"\\(.s)\"", json!("aMOpbGxvIHfDtnJsZA==")),
        ("\"aMOpbGxv\" | @base64d", json!("héllo")),
        ("\"a b/c\" | @uri", json!("a%20b%2Fc")),
        ("\"<&>\" | @html", json!("&lt;&amp;&gt;")),
        ("\"it's\" | @sh", json!("'it'\\''s'")),
        ("\"x-y\" | ltrimstr(\"x-\") | rtrimstr(\"z\")", json!("y")),
        ("\"  x \" | trim", json!("x")),
        ("\"ab\" * 3", json!("ababab")),
        ("\"ab\" | explode | implode", json!("ab")),
        ("\"42\" | tonumber", json!(42)),
        (".b | tojson | fromjson", json!({"c": [1, 2, 3]})),
        ("\"a,b\" / \",\"", json!(["a", "b"])),
        ("\"banana\" | indices(\"an\")", json!([1, 3])),
        (
            "\"abc\" | startswith(\"ab\") and endswith(\"bc\")",
            json!(true),
        ),
        ("\"foobar\" | contains(\"bar\")", json!(true)),
        ("[\"a\", 1, null] | join(\"-\")", json!("a-1-")),
    ]
}

fn collections() -> Vec<(&'static str, Value)> {
    vec![
        ("keys", json!(["a", "b", "f", "n", "rows", "s", "t"])),
        ("has(\"a\")", json!(true)),
        (".b.c | map(. * 2)", json!([2, 4, 6])),
        (".b.c | add", json!(6)),
        (".b.c | length", json!(3)),
        (".b.c | index(2)", json!(1)),
        ("[.rows[] | select(.k == \"x\") | .v]", json!([2, 3])),
        (".rows | map(.v) | sort", json!([1, 2, 3])),
        (".rows | sort_by(.v) | map(.k)", json!(["y", "x", "x"])),
        (".rows | group_by(.k) | map(map(.v))", json!([[2, 3], [1]])),
        (".rows | unique_by(.k) | length", json!(2)),
        (".rows | from_entries", json!({"x": 3, "y": 1})),
        (".b.c | from_entries?", json!(null)),
        (".b | to_entries", json!([{"key": "c", "value": [1, 2, 3]}])),
        ("{a: 1} | with_entries(.value += 1)", json!({"a": 2})),
        ("[{key: \"q\", value: 1}] | from_entries", json!({"q": 1})),
        ("{a: {b: 1}} * {a: {c: 2}}", json!({"a": {"b": 1, "c": 2}})),
        ("{a: 1} + {b: 2}", json!({"a": 1, "b": 2})),
        ("[1, 2, 3] - [2]", json!([1, 3])),
        (
            "del(.rows, .b, .s)",
            json!({"a": 1, "f": 1.5, "n": null, "t": true}),
        ),
        (".b.c |= map(. + 1) | .b", json!({"c": [2, 3, 4]})),
        (".new.path = 1 | .new", json!({"path": 1})),
        ("[] | .[0] = 5", json!([5])),
        ("[1, 2, 3] | .[1:] = [9]", json!([1, 9])),
        ("[[1, [2]], 3] | flatten", json!([1, 2, 3])),
        ("[[1, 2], [3]] | transpose", json!([[1, 3], [2, null]])),
        ("[1, 2, 1] | unique", json!([1, 2])),
        ("[range(0; 10; 3)]", json!([0, 3, 6, 9])),
        ("[range(0; 10; 0)]", json!([])),
        ("[limit(2; .b.c[])]", json!([1, 2])),
        ("first(.b.c[])", json!(1)),
        ("[paths(type == \"number\")] | length", json!(8)),
        ("getpath([\"b\", \"c\", 0])", json!(1)),
        (
            "{a: 1, b: null} | map_values(. // 0)",
            json!({"a": 1, "b": 0}),
        ),
        (
            "[1, [2, {a: 3}]] | walk(if type == \"number\" then . + 1 else . end)",
            json!([2, [3, {"a": 4}]]),
        ),
        ("any(.b.c[]; . > 2)", json!(true)),
        ("all(.b.c[]; . > 2)", json!(false)),
        ("[3, 1, 2] | min, max | select(. == 1)", json!(1)),
        ("INDEX(.rows[]; .v) | keys", json!(["1", "2", "3"])),
        ("[1, 2] | IN([1, 2], 3)", json!(true)),
        ("{\"a b\": 1} | .\"a b\"", json!(1)),
        ("{(\"k\" + \"1\"): 2, $x} | .x.deep[0] + .k1", json!(12)),
        (".b.c as [$p, $q] | $p + $q", json!(3)),
    ]
}

fn control() -> Vec<(&'static str, Value)> {
    vec![
        (
            "if .a == 1 then \"one\" elif .a == 2 then \"two\" else \"many\" end",
            json!("one"),
        ),
        (".n // \"default\"", json!("default")),
        (".t and (.n | not)", json!(true)),
        ("try error(\"x\") catch .", json!("x")),
        ("try error({a: 1}) catch .a", json!(1)),
        ("[.a[]?]", json!([])),
        ("reduce .b.c[] as $i (0; . + $i)", json!(6)),
        ("[foreach .b.c[] as $i (0; . + $i)]", json!([1, 3, 6])),
        (
            "def fac: if . < 2 then 1 else . * (. - 1 | fac) end; 5 | fac",
            json!(120),
        ),
        ("def inc($n): . + $n; .a | inc(2)", json!(3)),
        (
            "[label $f | .b.c[] | if . > 1 then break $f else . end]",
            json!([1]),
        ),
        ("[.b.c | .[] | tostring] | join(\",\")", json!("1,2,3")),
        ("empty", json!(null)),
        (
            "[1, null, \"a\", [0], {}, true] | sort",
            json!([null, true, 1, "a", [0], {}]),
        ),
        (
            "[.a, .s, .n, .t, .b, .rows] | map(type)",
            json!(["number", "string", "null", "boolean", "object", "array"]),
        ),
    ]
}

#[test]
fn the_table_is_long_enough_to_mean_something() {
    assert!(table().len() >= 100);
}

#[test]
fn a_large_input_leaves_an_expression_all_its_work() {
    let rows: Vec<Value> = (0..10_000)
        .map(|at| json!({"id": at, "tags": ["a", "b"], "ok": true}))
        .collect();
    let request = Request {
        sources: vec![Source {
            text: Arc::from("map(select(.id < 3) | .tags[0]) | length"),
            names: Arc::from([]),
        }],
        input: Value::from(rows),
        arguments: Vec::new(),
        now_ms: 0,
    };
    let sandbox = Sandbox::with_time_limit(Duration::from_secs(120));
    assert_eq!(
        sandbox.evaluate(request).expect("ends in time").outcome,
        Ok(vec![json!(3)])
    );
}

#[test]
fn members_keep_their_order_and_numbers_every_digit() {
    let text = r#"{"z":123456789012345678901234567890,"a":[1e+400,0.1000000000000000000000001],"m":18446744073709551615}"#;
    let input: Value = serde_json::from_str(text).unwrap();
    let sandbox = Sandbox::with_time_limit(Duration::from_secs(120));
    let outcome = |expression: &str| {
        let source = Source {
            text: Arc::from(expression),
            names: Arc::from([]),
        };
        let request = Request {
            sources: vec![source],
            input: input.clone(),
            arguments: Vec::new(),
            now_ms: 0,
        };
        sandbox.evaluate(request).expect("ends in time").outcome
    };
    assert_eq!(outcome(".").unwrap()[0].to_string(), text);
    assert_eq!(outcome("tojson"), Ok(vec![json!(text)]));
    assert_eq!(outcome("tojson | fromjson").unwrap()[0].to_string(), text);
    assert_eq!(outcome("keys_unsorted"), Ok(vec![json!(["z", "a", "m"])]));
}
