//! Errors as a document defines them, for `raise`.

use super::fields::{Fields, Findings};
use super::template::{Place, Scope, Templated};
use serde_json::Value;

/// An error whose texts may be expressions. Its instance is the task that raises it.
#[derive(Debug)]
pub(crate) struct ErrorTemplate {
    pub(crate) r#type: Templated,
    pub(crate) status: Templated,
    pub(crate) title: Option<Templated>,
    pub(crate) detail: Option<Templated>,
}

impl ErrorTemplate {
    pub(super) fn parse(
        value: &Value,
        pointer: &str,
        at: (&Scope, Place),
        findings: &mut Findings,
    ) -> Option<Self> {
        let mut fields = Fields::of(value, pointer, findings)?;
        fields.require("type", findings);
        fields.require("status", findings);
        let r#type = fields.template("type", at, findings);
        let status = fields.template("status", at, findings);
        let title = fields.template("title", at, findings);
        let detail = fields.template("detail", at, findings);
        fields.ignore("instance");
        if let Some(literal) = status.as_ref().and_then(Templated::literal)
            && status_code(literal).is_none()
        {
            findings.add(&fields.at("status"), "must be a status code, 100 to 599");
        }
        fields.end(findings);
        Some(Self {
            r#type: r#type?,
            status: status?,
            title,
            detail,
        })
    }
}

/// A status code, given as a number or as its digits.
pub(crate) fn status_code(value: &Value) -> Option<u16> {
    let number = match value {
        Value::String(text) => text.parse().ok()?,
        Value::Number(number) => number.as_u64()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    u16::try_from(number)
        .ok()
        .filter(|code| (100..600).contains(code))
}
