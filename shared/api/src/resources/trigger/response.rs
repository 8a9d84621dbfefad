//! What a trigger answers with, as JSON: `{"mode": "immediately"}`, a `fixed` answer, or `whenDone`, in which texts of the
//! form `${ … }` are expressions on the output of the execution.

use std::collections::BTreeMap;

use domain::{
    Answer, AnswerParts, AnswerTemplate, InvalidAnswer, MAX_RESPONSE_BYTES, StatusTemplate,
    TriggerResponse,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::problem::Problem;

const IMMEDIATELY: &str = "immediately";
const FIXED: &str = "fixed";
const WHEN_DONE: &str = "whenDone";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fields {
    mode: Option<String>,
    status: Option<Value>,
    content_type: Option<String>,
    headers: Option<BTreeMap<String, String>>,
    body: Option<String>,
    failure: Option<FailureFields>,
}

/// The answer where an execution does not succeed: always a fixed one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FailureFields {
    status: Option<u16>,
    content_type: Option<String>,
    headers: Option<BTreeMap<String, String>>,
    body: Option<String>,
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
        if view(&response).to_string().len() > MAX_RESPONSE_BYTES {
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
    view(now)
}

pub(super) fn view(response: &TriggerResponse) -> Value {
    let mut view = Map::from_iter([("mode".to_owned(), json!(mode(response)))]);
    view.extend(match response {
        TriggerResponse::Immediately => Map::new(),
        TriggerResponse::Fixed(answer) => answer_view(answer),
        TriggerResponse::WhenDone(template) => template_view(template),
    });
    Value::Object(view)
}

fn mode(response: &TriggerResponse) -> &'static str {
    match response {
        TriggerResponse::Immediately => IMMEDIATELY,
        TriggerResponse::Fixed(_) => FIXED,
        TriggerResponse::WhenDone(_) => WHEN_DONE,
    }
}

fn answer_view(answer: &Answer) -> Map<String, Value> {
    let headers: BTreeMap<&str, &str> = answer.headers().collect();
    Map::from_iter([
        ("status".to_owned(), json!(answer.status())),
        ("contentType".to_owned(), json!(answer.content_type())),
        ("headers".to_owned(), json!(headers)),
        ("body".to_owned(), json!(answer.body())),
    ])
}

fn template_view(template: &AnswerTemplate) -> Map<String, Value> {
    let status = template.status.as_ref().map(|status| match status {
        StatusTemplate::Literal(number) => json!(number),
        StatusTemplate::Expression(text) => json!(text),
    });
    Map::from_iter([
        ("status".to_owned(), json!(status)),
        ("contentType".to_owned(), json!(template.content_type)),
        ("headers".to_owned(), json!(template.headers)),
        ("body".to_owned(), json!(template.body)),
        (
            "failure".to_owned(),
            json!(template.failure.as_ref().map(answer_view)),
        ),
    ])
}

fn invalid(pointer: &str, error: &InvalidAnswer) -> Problem {
    Problem::invalid_field(format!("{pointer}/{}", error.part), error.reason.clone())
}
