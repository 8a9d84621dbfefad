//! Expressions in the settings of a trigger: checked when they are set, so that one that cannot run is refused with its
//! reason.

use api::Problem;
use api::resources::trigger;
use domain::TriggerResponse;

/// Checks the expressions of an answer.
pub(crate) fn check_response(response: &TriggerResponse) -> Result<(), Problem> {
    let TriggerResponse::WhenDone(template) = response else {
        return Ok(());
    };
    let expressions = template.expressions();
    let texts: Vec<&str> = expressions.iter().map(|(_, text)| *text).collect();
    let problems = engine::expression_problems(&texts);
    for ((part, _), problem) in expressions.iter().zip(problems) {
        if let Some(reason) = problem {
            return Err(trigger::expression_problem(part, &reason));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::Condition;
    use engine::Sandbox;
    use serde_json::{Value, json};

    /// What jq says: whether one of the results is neither `null` nor `false`; `None` where it fails.
    fn in_jq(sandbox: &Sandbox, condition: &str, event: &Value) -> Option<bool> {
        let expression = format!("[{condition}] | any");
        let results = engine::evaluate(sandbox, &[&expression], event.clone(), 0);
        let results = results.expect("it ends in time").ok()?;
        results[0].as_bool()
    }

    #[test]
    fn conditions_mean_in_jq_what_they_mean_here() {
        let events = [
            json!({"a": 1, "b": "Text", "c": [1, 2, null], "d": {"x": {"y": false}}, "e": null}),
            json!({"a": "1", "b": "text", "c": [], "d": [{"x": 1}, {"x": 2}], "e": false}),
            json!({"a": -2.5, "b": ["Text", "t"], "c": {"k": true}, "d": "xyz"}),
            json!({"a": [1], "b": 0, "c": "12", "d": {"x": 5, "z": [3]}, "e": true}),
            json!({}),
        ];
        let conditions = [
            ".",
            ".a",
            ".a == 1",
            ".a != 1",
            ".a < 2",
            ".a <= \"1\"",
            ".a > null",
            ".a >= -2.5",
            ".b == \"Text\" or .e",
            ".a == 1 and .b",
            ".e | not",
            ".e // .a",
            ".e // .c // false",
            ".c[]",
            ".c[0]",
            ".c[-1]",
            ".c[7]",
            ".c | any",
            ".c | all",
            ".c | any(. == 2)",
            ".c | all(. != 2)",
            ".d.x",
            ".d.x.y",
            ".d.x?",
            ".d.x.y?",
            ".d[\"x\"]",
            ".d[]",
            ".d[]?.x?",
            ".d[].x? == 2",
            ".b | length",
            ".c | length == 0",
            ".d | length > 1",
            ".e | length",
            ".a | type == \"number\"",
            ".b | ascii_downcase == \"text\"",
            ".b | ascii_upcase",
            ".b | startswith(\"T\")",
            ".b | endswith(\"t\")",
            ".b | contains(\"ex\")",
            ".d | has(\"x\")",
            ".c | has(1)",
            ".a | IN(1, \"1\", null)",
            ".c == .c",
            ".c < .d",
            ".d | contains(\"y\")",
            "select(.a == 1) | .b",
            ".c[] | select(. == 2)",
            "(.c | length) == (.d | length)",
            ".a == 1 | not",
            ".[\"a\"]",
            ".\"a\"",
            "null",
            "true",
            "1 == 1.0",
            ".c | . == []",
            "(.a, .b) == 1",
        ];
        let sandbox = Sandbox::new();
        let mut compared = 0;
        for text in conditions {
            let Ok(condition) = Condition::parse(text) else {
                continue;
            };
            for event in &events {
                let here = condition.holds(event).ok();
                assert_eq!(here, in_jq(&sandbox, text, event), "{text} on {event}");
                compared += 1;
            }
        }
        // Two of the texts are no conditions: a list that is made, and two values at once.
        assert_eq!(compared, (conditions.len() - 2) * events.len());
    }
}
