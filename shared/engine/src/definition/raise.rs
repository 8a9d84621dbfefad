//! `raise`: errors as the document defines them.

use super::diagnostics::Diagnostics;
use super::fields::Fields;
use super::scope::Site;
use super::template::Template;
use serde_json::Value;

/// An error whose properties may be expressions. Its instance is the task that raises it.
#[derive(Debug)]
pub(crate) struct ErrorTemplate {
    pub(crate) r#type: Template,
    pub(crate) status: Template,
    pub(crate) title: Option<Template>,
    pub(crate) detail: Option<Template>,
}

impl ErrorTemplate {
    pub(super) fn parse(
        value: &Value,
        pointer: &str,
        site: Site<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let mut fields = Fields::of(value, pointer, diagnostics)?;
        fields.require("type", diagnostics);
        fields.require("status", diagnostics);
        let r#type = fields.template("type", site, diagnostics);
        let status = fields.template("status", site, diagnostics);
        let title = fields.template("title", site, diagnostics);
        let detail = fields.template("detail", site, diagnostics);
        fields.ignore("instance");
        if let Some(literal) = status.as_ref().and_then(Template::literal)
            && status_code(literal).is_none()
        {
            diagnostics.add(&fields.at("status"), "must be a status code, 100 to 599");
        }
        fields.end(diagnostics);
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
