//! The grammar where it differs from that of the interpreter: what is accepted, and what is refused with which sentence.

use super::{definitions, expression};
use crate::nesting::on_large_stack;

#[test]
fn what_jq_reads_is_read() {
    for text in [
        ".",
        ".a.b",
        ".a[0]?",
        ".\"a b\"?",
        ".[1:]",
        ".a?//1",
        ".a?//= 1",
        ".1 + 1.",
        "1.5e3",
        "\"\\ud83d\\ude00\"",
        "\"a\\(1 + (2 | .))b\"",
        "@base64 \"x\\(.a)\"",
        "{a, \"b\": 1, (\"c\"): 2, $x, @text \"d\": 3, if: 4}",
        ". as [$a, {b: $c, $d: [$e], (\"f\"): $g}] | 1",
        ". as [$a] ?// $a | $a",
        "reduce .[] as [$a] ?// $a (0; . + $a)",
        "foreach .[] as $x (0; . + $x; [., $x])",
        "def f(g; $x): g + $x; f(1; 2)",
        "label $l | break $l",
        "try error(\"x\") catch .",
        "if . then 1 elif 2 then 3 end",
        "# comment\n1 # more \\\n still a comment\n",
        "-1 - -2",
        "[.[] | select(.a and .b or .c)]",
        ".a = 1 | .b |= . + 1",
        "..",
        ".. == 1",
        ".[]?.a",
        "$__loc__",
    ] {
        assert!(
            expression(text).is_ok(),
            "{text}: {:?}",
            expression(text).err()
        );
    }
}

#[test]
fn what_jq_does_not_read_is_refused_with_the_place() {
    for (text, sentence) in [
        ("", "expected an expression at the end"),
        ("1 +", "expected an expression at the end"),
        ("(1", "expected `)`"),
        ("[1, ]", "expected an expression"),
        ("{a:}", "expected an expression"),
        ("1 2", "expected an operator or the end, found `2`"),
        ("\"a", "a string does not end"),
        ("\"\\x\"", "expected an escape"),
        ("1 == 2 == 3", "brackets around one of these operators"),
        (". as x | 1", "expected a pattern"),
        ("if 1 then 2", "expected `end`"),
        ("def f: 1", "expected `;`"),
        ("&", "`&` has no meaning here"),
        ("!flatten(1)", "`!` has no meaning here"),
        ("and", "expected an expression"),
        (".a.", "expected a name"),
    ] {
        let refused = expression(text).unwrap_err();
        assert!(refused.contains(sentence), "{text}: {refused}");
    }
}

#[test]
fn nesting_has_a_limit() {
    let nested = |levels: usize| ["(".repeat(levels), "1".to_owned(), ")".repeat(levels)].concat();
    let refusal = |levels: usize| on_large_stack(|| expression(&nested(levels)).err()).unwrap();
    assert_eq!(refusal(100), None);
    assert!(refusal(500).unwrap().contains("levels"));
}

#[test]
fn only_the_library_can_spell_internal_names() {
    assert_eq!(definitions("def !a: 1; def b: !a;").unwrap().len(), 2);
    assert!(expression("!a").is_err());
}
