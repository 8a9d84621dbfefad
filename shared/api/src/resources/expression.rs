//! The request to evaluate an expression, and its answer. It does not know how expressions are evaluated.

use domain::MAX_DEFINITION_BYTES;
use domain::limits::MAX_EXPRESSION_INPUT_BYTES;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::body;
use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::status::Code;

/// An expression, and what to evaluate it on.
#[derive(Debug)]
pub struct Evaluation {
    /// The expression, without `${ … }`.
    pub expression: String,
    /// What `.` is.
    pub input: Value,
}

/// An expression, and what to evaluate it on.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ExpressionToEvaluate"))]
pub(crate) struct Fields {
    /// The expression in jq, with or without `${ … }`. Required.
    expression: Option<String>,
    /// What `.` is; `null` by default.
    input: Option<Value>,
}

/// What an expression gave, or why it gave nothing.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EvaluationView {
    /// What it gave; `null` where it failed.
    pub output: Option<Value>,
    /// Why it failed; `null` where it did not.
    pub error: Option<String>,
}

/// Reads the body of `POST /v1/expressions/evaluate`.
pub fn evaluation(inbound: &Inbound) -> Result<Evaluation, Problem> {
    let fields: Fields = body::typed(&body::object(inbound)?)?;
    let text = fields
        .expression
        .ok_or_else(|| Problem::invalid_field("/expression", "Give an expression."))?;
    if text.len() > MAX_DEFINITION_BYTES {
        let detail = format!("An expression has at most {MAX_DEFINITION_BYTES} bytes.");
        return Err(Problem::invalid_field("/expression", detail));
    }
    let input = fields.input.unwrap_or_default();
    if input.to_string().len() > MAX_EXPRESSION_INPUT_BYTES {
        let detail = format!("An input has at most {MAX_EXPRESSION_INPUT_BYTES} bytes as JSON.");
        return Err(Problem::new(Code::BodyTooLarge, detail));
    }
    Ok(Evaluation {
        expression: bare(&text).to_owned(),
        input,
    })
}

/// The expression that `${ … }` holds.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let inner = text
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    inner.map_or(text, str::trim)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::test_requests::with_body;

    #[test]
    fn an_expression_is_read_with_and_without_its_braces() {
        for text in [".a", "${ .a }", " ${.a} "] {
            let read = evaluation(&with_body(&json!({"expression": text}))).unwrap();
            assert_eq!((read.expression.as_str(), read.input), (".a", Value::Null));
        }
        let missing = evaluation(&with_body(&json!({"input": 1}))).unwrap_err();
        assert_eq!(missing.code(), Code::InvalidField);
    }

    #[test]
    fn an_input_at_its_limit_is_read_and_a_larger_one_is_refused() {
        let of = |bytes: usize| {
            let input = "x".repeat(bytes - 2);
            evaluation(&with_body(&json!({"expression": ".", "input": input}))).map(drop)
        };
        assert!(of(MAX_EXPRESSION_INPUT_BYTES).is_ok());
        let refused = of(MAX_EXPRESSION_INPUT_BYTES + 1).unwrap_err();
        assert_eq!(refused.code(), Code::BodyTooLarge);
        let long = "x".repeat(MAX_DEFINITION_BYTES + 1);
        let refused = evaluation(&with_body(&json!({ "expression": long }))).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidField);
    }
}
