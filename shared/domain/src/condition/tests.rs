//! What conditions mean, what they refuse, and that their work is bounded. Whether jq agrees is tested where the engine is
//! at hand.

use serde_json::json;

use super::*;

fn event() -> Value {
    json!({
        "action": "opened",
        "number": 7,
        "draft": false,
        "label": null,
        "labels": [{"name": "bug"}, {"name": "P1"}],
        "sender": {"login": "Octocat", "site-admin": true},
        "tags": ["a", "b"],
    })
}

fn holds(text: &str) -> Result<bool, ConditionFailed> {
    Condition::parse(text).unwrap().holds(&event())
}

#[test]
fn a_condition_holds_where_one_of_its_results_is_true() {
    for text in [
        ".",
        ".action == \"opened\"",
        ".action != \"closed\" and .number > 3",
        ".missing.deeper == null",
        ".draft | not",
        ".draft or (.number >= 7 and .number < 8)",
        ".label // .action == \"opened\"",
        ".labels | any(.name == \"bug\")",
        ".labels[] | .name == \"P1\"",
        ".labels[0].name | startswith(\"b\")",
        ".labels[-1][\"name\"] | endswith(\"1\")",
        ".action | contains(\"pen\")",
        ".sender.\"site-admin\"",
        ".sender[\"login\"] | ascii_downcase == \"octocat\"",
        ".sender | has(\"login\")",
        ".action | IN(\"closed\", \"opened\")",
        ".labels | length == 2",
        ".number | type == \"number\"",
        "select(.number == 7) | .sender",
        ".number.x? // true",
        ".tags | all(length == 1)",
        "-1 < .number",
    ] {
        assert_eq!(holds(text), Ok(true), "{text}");
    }
    for text in [
        ".action == \"closed\"",
        ".missing",
        ".label",
        ".draft",
        ".labels | all(.name == \"bug\")",
        ".labels[] | select(.name == \"docs\")",
        ".number == \"7\"",
        "null",
    ] {
        assert_eq!(holds(text), Ok(false), "{text}");
    }
}

#[test]
fn a_condition_that_does_not_apply_says_so() {
    for text in [
        ".action.deeper",
        ".number[]",
        ".number | startswith(\"7\")",
        ".draft | length",
    ] {
        assert_eq!(holds(text), Err(ConditionFailed::WrongType), "{text}");
        let tried = format!("({text})? // true");
        assert_eq!(holds(&tried), Ok(true), "{tried}");
    }
}

#[test]
fn what_is_no_condition_is_refused_with_a_reason() {
    for (text, reason) in [
        ("", "ends too early"),
        (".a ==", "ends too early"),
        (".a == 1 == 2", "`==` is not understood"),
        ("(.a", "a `)` is missing"),
        (".a | test(\"x\")", "`test` is not available"),
        ("env", "`env` is not available"),
        ("input", "`input` is not available"),
        ("def f: f; f", "`def` is not available"),
        ("$ENV", "`$ENV` is not understood"),
        (".a + 1", "`+ 1` is not understood"),
        (".. | .a", "is not understood"),
        (".a = 1", "`= 1` is not understood"),
        ("[.a]", "`[` is not understood"),
        ("{a: 1}", "is not understood"),
        ("\"a\\(.b)\"", "is no text"),
        ("\"a", "no closing quote"),
        (".a[1.5]", "an index is a whole number"),
        ("1.2.3", "is no number"),
    ] {
        let refused = Condition::parse(text).unwrap_err().to_string();
        assert!(refused.contains(reason), "{text}: {refused}");
    }
}

#[test]
fn a_condition_of_1_024_bytes_passes_and_one_more_does_not() {
    let padded = |bytes: usize| format!("true{}", " ".repeat(bytes - 4));
    assert!(Condition::parse(&padded(MAX_CONDITION_BYTES)).is_ok());
    assert!(Condition::parse(&padded(MAX_CONDITION_BYTES + 1)).is_err());
}

#[test]
fn a_condition_nests_32_levels_and_no_more() {
    let nested = |levels: usize| format!("{}true{}", "(".repeat(levels), ")".repeat(levels));
    assert!(Condition::parse(&nested(MAX_CONDITION_NESTING)).is_ok());
    assert!(Condition::parse(&nested(MAX_CONDITION_NESTING + 1)).is_err());
}

#[test]
fn an_event_of_many_values_does_not_keep_a_condition_busy() {
    let event = json!({"a": vec![0; 2_000]});
    let once = Condition::parse(".a | any(. == 1)").unwrap();
    assert_eq!(once.holds(&event), Ok(false));
    let squared = Condition::parse("(.a[] == .a[])").unwrap();
    assert_eq!(squared.holds(&event), Err(ConditionFailed::TooManySteps));
    let tried = Condition::parse("(.a[] == .a[])?").unwrap();
    assert_eq!(tried.holds(&event), Err(ConditionFailed::TooManySteps));
}

#[test]
fn what_takes_exactly_the_allowed_steps_is_evaluated() {
    // One for the pipe, two for its sides, one for each element: `.[]` and `.` of each.
    let at = |count: usize| json!(vec![1; count]);
    let condition = Condition::parse(".[] | . ").unwrap();
    let most = (MAX_CONDITION_STEPS - 2) / 2;
    assert_eq!(condition.holds(&at(most)), Ok(true));
    assert_eq!(
        condition.holds(&at(most + 1)),
        Err(ConditionFailed::TooManySteps)
    );
}
