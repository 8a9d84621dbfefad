//! Expressions that stand outside of a workflow document, such as those of a trigger's answer: evaluated on one value, in the
//! same sandbox, without arguments such as `$context`.

use std::sync::Arc;

use serde_json::Value;

use crate::sandbox::{Request, Sandbox, Source, Stuck, refusals};

/// For each expression, why it cannot be evaluated, if so: what is written wrong, or is not allowed.
pub fn expression_problems(expressions: &[&str]) -> Vec<Option<String>> {
    refusals(&sources(expressions))
}

/// Evaluates every expression on one value, in order, within one allowance. `Err` has a sentence that says what failed, and
/// may quote the value.
pub fn evaluate(
    sandbox: &Sandbox,
    expressions: &[&str],
    input: Value,
    now_ms: i64,
) -> Result<Result<Vec<Value>, String>, Stuck> {
    let request = Request {
        sources: sources(expressions),
        input,
        arguments: Vec::new(),
        now_ms,
    };
    Ok(sandbox.evaluate(request)?.outcome)
}

fn sources(expressions: &[&str]) -> Vec<Source> {
    let names: Arc<[String]> = Arc::from([]);
    let source = |text: &&str| Source {
        text: Arc::from(*text),
        names: Arc::clone(&names),
    };
    expressions.iter().map(source).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn expressions_are_evaluated_on_one_value_in_their_order() {
        let sandbox = Sandbox::new();
        let results = evaluate(&sandbox, &[".a", ". | length"], json!({"a": 1, "b": 2}), 0);
        assert_eq!(results.unwrap(), Ok(vec![json!(1), json!(2)]));
        let failed = evaluate(&sandbox, &["error(\"no\")"], json!(null), 0);
        assert_eq!(failed.unwrap(), Err("no".to_owned()));
    }

    #[test]
    fn what_a_workflow_may_not_write_is_refused_here_too() {
        let problems = expression_problems(&[".a", ".a[", "env", "$context.a"]);
        let is_refused: Vec<bool> = problems.iter().map(Option::is_some).collect();
        assert_eq!(is_refused, [false, true, true, true]);
    }
}
