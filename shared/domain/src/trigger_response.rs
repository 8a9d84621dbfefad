//! What a trigger answers a webhook with, once its execution is recorded: at once, a fixed answer, or what the execution
//! gives. It does not evaluate expressions, nor know how long anybody waits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::{Answer, AnswerParts, InvalidAnswer};
use crate::xml::xml_document;

/// The response settings of a trigger, in bytes as compact JSON. A container keeps those of many triggers in memory.
pub const MAX_RESPONSE_BYTES: usize = 4_096;

/// The title of an error in an answer, in characters.
const MAX_TITLE_CHARS: usize = 200;

/// What a trigger answers with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TriggerResponse {
    /// The execution's id, in the words of the profile.
    #[default]
    Immediately,
    /// Always the same.
    Fixed(Answer),
    /// What the execution gives, if it ends in time.
    WhenDone(AnswerTemplate),
}

/// An answer of which some parts are expressions on the output of the execution: texts of the form `${ … }`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerTemplate {
    /// 200 by default.
    pub status: Option<StatusTemplate>,
    /// By default that of JSON, or of plain text where the body is a text.
    pub content_type: Option<String>,
    /// By name.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// By default the whole output.
    pub body: Option<String>,
    /// The answer where the execution does not succeed; by default one that says so, with the title of its error.
    pub failure: Option<Answer>,
}

/// A status, or an expression that gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StatusTemplate {
    /// A number.
    Literal(u16),
    /// `${ … }`.
    Expression(String),
}

/// What an execution answers the sender that waits for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ExecutionAnswer {
    /// As the trigger's template, or its answer to failures, says.
    Chosen(Answer),
    /// It did not succeed, and the trigger has no answer of its own to that.
    Failed {
        /// What went wrong, in a few words of the workflow's author or ours.
        title: String,
    },
}

impl TriggerResponse {
    /// Whether the sender gets the execution's id, as soon as it is recorded.
    pub fn is_immediate(&self) -> bool {
        *self == Self::Immediately
    }
}

impl AnswerTemplate {
    /// The expressions, each with the part that it gives: `status`, `contentType`, `headers/NAME`, `body`.
    pub fn expressions(&self) -> Vec<(String, &str)> {
        let status = match &self.status {
            Some(StatusTemplate::Expression(text)) => expression(text),
            Some(StatusTemplate::Literal(_)) | None => None,
        };
        let content_type = self.content_type.as_deref().and_then(expression);
        let mut expressions = Vec::new();
        expressions.extend(status.map(|text| ("status".to_owned(), text)));
        expressions.extend(content_type.map(|text| ("contentType".to_owned(), text)));
        for (name, value) in &self.headers {
            expressions.extend(expression(value).map(|text| (format!("headers/{name}"), text)));
        }
        let body = self.body.as_deref().map_or(Some("."), expression);
        expressions.extend(body.map(|text| ("body".to_owned(), text)));
        expressions
    }

    /// The answer with the results of the expressions, in their order.
    pub fn fill(&self, results: Vec<Value>) -> Result<Answer, InvalidAnswer> {
        let mut results = results.into_iter();
        let mut next = || results.next().unwrap_or_default();
        let mut text = |template: &str| match expression(template) {
            Some(_) => as_text(next()),
            None => template.to_owned(),
        };
        let status = match &self.status {
            None => None,
            Some(StatusTemplate::Literal(status)) => Some(*status),
            Some(StatusTemplate::Expression(template)) => Some(as_status(&text(template))?),
        };
        let content_type = self.content_type.as_deref().map(&mut text);
        let headers = self.headers.iter();
        let headers = headers
            .map(|(name, value)| (name.clone(), text(value)))
            .collect();
        let (body, is_text) = match self.body.as_deref() {
            Some(literal) if expression(literal).is_none() => (literal.to_owned(), true),
            Some(_) | None => {
                let value = next();
                let is_text = value.is_string();
                match content_type.as_deref() {
                    Some(kind) if !is_text && is_xml(kind) => (xml_document(&value), true),
                    Some(_) | None => (as_text(value), is_text),
                }
            }
        };
        let by_body = (!is_text).then(|| "application/json".to_owned());
        Answer::new(AnswerParts {
            status,
            content_type: content_type.or(by_body),
            headers,
            body,
        })
    }

    /// Checks what can be checked before an execution: the parts that are no expressions, and the names of headers.
    pub fn check(&self) -> Result<(), InvalidAnswer> {
        if let Some(StatusTemplate::Expression(text)) = &self.status
            && expression(text).is_none()
        {
            let reason = "A status is a number, or an expression such as ${ .status }.".to_owned();
            return Err(InvalidAnswer {
                part: "status".to_owned(),
                reason,
            });
        }
        let results = self
            .expressions()
            .into_iter()
            .map(|(part, _)| match part.as_str() {
                "status" => Value::from(200),
                "contentType" => Value::from("text/plain"),
                _ => Value::from(""),
            });
        self.fill(results.collect()).map(drop)
    }
}

impl ExecutionAnswer {
    /// The answer of an execution that did not succeed. The title is shortened; nothing else of the error is shown.
    pub fn failed(template: Option<&AnswerTemplate>, title: &str) -> Self {
        match template.and_then(|template| template.failure.clone()) {
            Some(answer) => Self::Chosen(answer),
            None => Self::Failed {
                title: title.chars().take(MAX_TITLE_CHARS).collect(),
            },
        }
    }
}

/// The expression in a text of the form `${ … }`.
fn expression(text: &str) -> Option<&str> {
    text.trim()
        .strip_prefix("${")?
        .strip_suffix('}')
        .map(str::trim)
}

/// Whether a content type is one of XML (RFC 7303), for which a value that is no text is written as XML.
fn is_xml(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    matches!(essence.as_str(), "application/xml" | "text/xml") || essence.ends_with("+xml")
}

/// A text as it is, any other value as JSON.
fn as_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

fn as_status(text: &str) -> Result<u16, InvalidAnswer> {
    text.parse().map_err(|_| InvalidAnswer {
        part: "status".to_owned(),
        reason: "The status that the expression gives is no number from 200 to 599.".to_owned(),
    })
}

#[cfg(test)]
mod tests;
