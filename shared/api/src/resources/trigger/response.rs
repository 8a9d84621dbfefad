//! What a trigger answers with, as JSON: `{"mode": "immediately"}`, a `fixed` answer, or `whenDone`, in which texts of the
//! form `${ … }` are expressions on the output of the execution.

use std::collections::BTreeMap;

use domain::{
    Answer, AnswerParts, AnswerTemplate, InvalidAnswer, MAX_RESPONSE_BYTES, StatusTemplate,
    TriggerResponse,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::problem::Problem;

const IMMEDIATELY: &str = "immediately";
const FIXED: &str = "fixed";
const WHEN_DONE: &str = "whenDone";

/// What webhooks are answered with.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ResponseSettings"))]
pub(super) struct Fields {
    /// When webhooks are answered: at once, with a fixed answer, or when the execution has ended. Required.
    #[cfg_attr(test, schemars(extend("enum" = ["immediately", "fixed", "whenDone", null])))]
    mode: Option<String>,
    /// The status: a number, or with `whenDone` an expression in a text; 200 by default.
    #[cfg_attr(test, schemars(with = "Option<StatusSchema>"))]
    status: Option<Value>,
    /// The content type; `application/json` by default.
    content_type: Option<String>,
    /// Headers of the answer.
    headers: Option<BTreeMap<String, String>>,
    /// The body; with `whenDone`, texts of the form `${ … }` are expressions on the output.
    body: Option<String>,
    /// With `whenDone`: the answer where the execution does not succeed.
    failure: Option<FailureFields>,
}

/// A number, or an expression in a text.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "only its schema is of interest")]
enum StatusSchema {
    Literal(u16),
    Expression(String),
}

/// The answer where an execution does not succeed: always a fixed one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "FailureResponseSettings"))]
struct FailureFields {
    /// The status; 500 by default.
    status: Option<u16>,
    /// The content type; `application/json` by default.
    content_type: Option<String>,
    /// Headers of the answer.
    headers: Option<BTreeMap<String, String>>,
    /// The body; empty by default.
    body: Option<String>,
}

/// What webhooks are answered with.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "TriggerResponse"))]
pub(super) enum ResponseView<'a> {
    /// At once, with the id of the execution.
    Immediately(ImmediateView),
    /// At once, with this answer.
    Fixed(FixedView<'a>),
    /// When the execution has ended, with an answer made of its output.
    WhenDone(TemplateView<'a>),
}

/// Webhooks are answered at once, with the id of the execution.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ImmediateResponse"))]
pub(super) struct ImmediateView {
    /// Always `immediately`.
    #[cfg_attr(test, schemars(extend("enum" = ["immediately"])))]
    mode: &'static str,
}

/// Webhooks are answered at once, with a fixed answer.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "FixedResponse"))]
pub(super) struct FixedView<'a> {
    /// Always `fixed`.
    #[cfg_attr(test, schemars(extend("enum" = ["fixed"])))]
    mode: &'static str,
    #[serde(flatten)]
    answer: AnswerView<'a>,
}

/// A fixed answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "FixedAnswer"))]
pub(super) struct AnswerView<'a> {
    /// The status.
    status: u16,
    /// The content type.
    content_type: &'a str,
    /// Headers of the answer.
    headers: BTreeMap<&'a str, &'a str>,
    /// The body.
    body: &'a str,
}

/// Webhooks are answered when the execution has ended, with an answer made of its output: texts of the form `${ … }` are
/// expressions.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ResponseWhenDone"))]
pub(super) struct TemplateView<'a> {
    /// Always `whenDone`.
    #[cfg_attr(test, schemars(extend("enum" = ["whenDone"])))]
    mode: &'static str,
    /// The status: a number, or an expression in a text; `null` for 200.
    #[cfg_attr(test, schemars(with = "Option<StatusSchema>"))]
    status: Option<Value>,
    /// The content type; `null` for the default.
    content_type: Option<&'a str>,
    /// Headers of the answer.
    headers: &'a BTreeMap<String, String>,
    /// The body; `null` for the output itself.
    body: Option<&'a str>,
    /// The answer where the execution does not succeed; `null` for a problem.
    failure: Option<AnswerView<'a>>,
}

impl Fields {
    pub(super) fn read(given: Option<Self>) -> Result<TriggerResponse, Problem> {
        let Some(fields) = given else {
            return Ok(TriggerResponse::Immediately);
        };
        let response = match fields.mode.as_deref() {
            Some(IMMEDIATELY) => fields.immediately(),
            Some(FIXED) => fields.fixed(),
            Some(WHEN_DONE) => fields.when_done(),
            Some(_) | None => {
                let detail = "A mode is immediately, fixed or whenDone.";
                Err(Problem::invalid_field("/response/mode", detail))
            }
        }?;
        if json!(view(&response)).to_string().len() > MAX_RESPONSE_BYTES {
            let detail = format!("A response has at most {MAX_RESPONSE_BYTES} bytes as JSON.");
            return Err(Problem::invalid_field("/response", detail));
        }
        Ok(response)
    }

    fn immediately(self) -> Result<TriggerResponse, Problem> {
        let is_empty = self.status.is_none()
            && self.content_type.is_none()
            && self.headers.is_none()
            && self.body.is_none()
            && self.failure.is_none();
        if is_empty {
            return Ok(TriggerResponse::Immediately);
        }
        let detail = "An answer that is given at once has no settings; choose fixed or whenDone.";
        Err(Problem::invalid_field("/response/mode", detail))
    }

    fn fixed(self) -> Result<TriggerResponse, Problem> {
        if self.failure.is_some() {
            let detail = "A fixed answer does not depend on the execution; choose whenDone.";
            return Err(Problem::invalid_field("/response/failure", detail));
        }
        let status = match status(self.status)? {
            Some(StatusTemplate::Expression(_)) => {
                let detail = "The status of a fixed answer is a number.";
                return Err(Problem::invalid_field("/response/status", detail));
            }
            Some(StatusTemplate::Literal(status)) => Some(status),
            None => None,
        };
        let parts = AnswerParts {
            status,
            content_type: self.content_type,
            headers: self.headers.unwrap_or_default(),
            body: self.body.unwrap_or_default(),
        };
        let answer = Answer::new(parts).map_err(|error| invalid("/response", &error))?;
        Ok(TriggerResponse::Fixed(answer))
    }

    fn when_done(self) -> Result<TriggerResponse, Problem> {
        let template = AnswerTemplate {
            status: status(self.status)?,
            content_type: self.content_type,
            headers: self.headers.unwrap_or_default(),
            body: self.body,
            failure: self.failure.map(FailureFields::read).transpose()?,
        };
        let checked = template.check();
        checked.map_err(|error| invalid("/response", &error))?;
        Ok(TriggerResponse::WhenDone(template))
    }
}

impl FailureFields {
    fn read(self) -> Result<Answer, Problem> {
        let parts = AnswerParts {
            status: self.status.or(Some(FAILURE_STATUS)),
            content_type: self.content_type,
            headers: self.headers.unwrap_or_default(),
            body: self.body.unwrap_or_default(),
        };
        Answer::new(parts).map_err(|error| invalid("/response/failure", &error))
    }
}

/// A number, or an expression in a text.
fn status(given: Option<Value>) -> Result<Option<StatusTemplate>, Problem> {
    let number = |value: &Value| value.as_u64().and_then(|number| u16::try_from(number).ok());
    match given {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(StatusTemplate::Expression(text))),
        Some(other) => match number(&other) {
            Some(status) => Ok(Some(StatusTemplate::Literal(status))),
            None => {
                let detail = "A status is a number, or an expression such as ${ .status }.";
                Err(Problem::invalid_field("/response/status", detail))
            }
        },
    }
}

/// What an answer to a failure has by default.
const FAILURE_STATUS: u16 = 500;

/// An expression of the response cannot be evaluated; `part` as in [`AnswerTemplate::expressions`].
pub fn expression_problem(part: &str, reason: &str) -> Problem {
    Problem::invalid_field(
        format!("/response/{part}"),
        format!("The expression {reason}."),
    )
}

/// What a merge patch of the response applies to: the current one, or nothing where the patch names another mode.
pub(super) fn patch_target(now: &TriggerResponse, patch: Option<&Value>) -> Value {
    let named = patch.and_then(|patch| patch.get("mode")?.as_str());
    if named.is_some_and(|named| named != mode(now)) {
        return Value::Null;
    }
    json!(view(now))
}

pub(super) fn view(response: &TriggerResponse) -> ResponseView<'_> {
    match response {
        TriggerResponse::Immediately => {
            ResponseView::Immediately(ImmediateView { mode: IMMEDIATELY })
        }
        TriggerResponse::Fixed(answer) => ResponseView::Fixed(FixedView {
            mode: FIXED,
            answer: answer_view(answer),
        }),
        TriggerResponse::WhenDone(template) => ResponseView::WhenDone(template_view(template)),
    }
}

fn mode(response: &TriggerResponse) -> &'static str {
    match response {
        TriggerResponse::Immediately => IMMEDIATELY,
        TriggerResponse::Fixed(_) => FIXED,
        TriggerResponse::WhenDone(_) => WHEN_DONE,
    }
}

fn answer_view(answer: &Answer) -> AnswerView<'_> {
    AnswerView {
        status: answer.status(),
        content_type: answer.content_type(),
        headers: answer.headers().collect(),
        body: answer.body(),
    }
}

fn template_view(template: &AnswerTemplate) -> TemplateView<'_> {
    TemplateView {
        mode: WHEN_DONE,
        status: template.status.as_ref().map(|status| match status {
            StatusTemplate::Literal(number) => json!(number),
            StatusTemplate::Expression(text) => json!(text),
        }),
        content_type: template.content_type.as_deref(),
        headers: &template.headers,
        body: template.body.as_deref(),
        failure: template.failure.as_ref().map(answer_view),
    }
}

fn invalid(pointer: &str, error: &InvalidAnswer) -> Problem {
    Problem::invalid_field(format!("{pointer}/{}", error.part), error.reason.clone())
}
