//! Builds the request of a `call: http` task. The worker sends it.

use super::interpreter::{Failure, Interpreter};
use super::stage::OpenCall;
use super::state::OpenTask;
use super::upload;
use crate::definition::{HttpRequest, Task, Template};
use crate::fault::{Fault, FaultKind};
use crate::uri::percent_encode;
use serde_json::Value;
use url::Url;

impl Interpreter<'_> {
    /// The request, with all expressions evaluated.
    pub(super) fn request(
        &mut self,
        request: &HttpRequest,
        task: &Task,
        open: &OpenTask,
    ) -> Result<OpenCall, Failure> {
        let wrong = |reason: String| FaultKind::Expression.fault(reason, &task.pointer);
        let mut url = self.url(&request.uri, task, open)?;
        let mut optional = |template: &Option<Template>| {
            template
                .as_ref()
                .map(|template| self.evaluate_on_input(template, task, open))
                .transpose()
        };
        let (query, headers, body) = (
            optional(&request.query)?,
            optional(&request.headers)?,
            optional(&request.body)?,
        );
        for (name, value) in pairs("query", query, &task.pointer)? {
            url.query_pairs_mut().append_pair(&name, &value);
        }
        let mut headers = pairs("headers", headers, &task.pointer)?;
        for (name, value) in &headers {
            check_header(name, value).map_err(|reason| wrong(reason.to_owned()))?;
        }
        let upload = body.as_ref().and_then(|body| upload::of(body, &headers));
        let body = body.filter(|_| upload.is_none());
        let body = body.map(|body| encode_body(body, &mut headers));
        Ok(OpenCall {
            method: request.method.clone(),
            url: url.into(),
            headers,
            authorization: None,
            body,
            upload,
        })
    }

    /// The URL of an endpoint. A literal endpoint is a URI template, and is expanded.
    pub(super) fn url(
        &mut self,
        template: &Template,
        task: &Task,
        open: &OpenTask,
    ) -> Result<Url, Failure> {
        let wrong = |reason: String| FaultKind::Expression.fault(reason, &task.pointer);
        let uri = self.evaluate_on_input(template, task, open)?;
        let Some(uri) = uri.as_str() else {
            return Err(wrong(format!("the endpoint must be a URI, and is {uri}")).into());
        };
        let is_template = template.literal().is_some();
        let uri = match is_template {
            true => expand(uri, open.input(), &task.pointer)?,
            false => uri.to_owned(),
        };
        match Url::parse(&uri) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
            Ok(_) => {
                Err(wrong("the endpoint must begin with http:// or https://".to_owned()).into())
            }
            Err(error) => Err(wrong(format!("the endpoint is not a URI: {error}")).into()),
        }
    }
}

/// Expands a URI template with the properties of the task's input (DSL reference, "URI Template"; RFC 6570, simple
/// expansion). A missing property is empty.
fn expand(template: &str, input: &Value, instance: &str) -> Result<String, Fault> {
    let mut expanded = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        expanded.push_str(before);
        match input.get(name).unwrap_or(&Value::Null) {
            Value::Null => {}
            Value::String(text) => expanded.push_str(&percent_encode(text)),
            scalar @ (Value::Bool(_) | Value::Number(_)) => expanded.push_str(&scalar.to_string()),
            Value::Array(_) | Value::Object(_) => {
                let detail = format!(
                    "`{name}` cannot be a variable of a URI: it must be a string or a number"
                );
                return Err(FaultKind::Expression.fault(detail, instance));
            }
        }
        rest = behind;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// Names and values of headers or query parameters. An array gives its name several values.
fn pairs(what: &str, value: Option<Value>, instance: &str) -> Result<Vec<(String, String)>, Fault> {
    let wrong = |reason: String| FaultKind::Expression.fault(reason, instance);
    let map = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(map)) => map,
        Some(_) => return Err(wrong(format!("`{what}` must be an object"))),
    };
    let mut pairs = Vec::new();
    for (name, value) in map {
        let values = match value {
            Value::Array(values) => values,
            single => vec![single],
        };
        for value in values {
            match value {
                Value::Null => {}
                Value::String(text) => pairs.push((name.clone(), text)),
                Value::Bool(_) | Value::Number(_) => pairs.push((name.clone(), value.to_string())),
                Value::Array(_) | Value::Object(_) => {
                    return Err(wrong(format!(
                        "`{name}` in `{what}` must be a string or a number"
                    )));
                }
            }
        }
    }
    Ok(pairs)
}

/// Refuses a header that could inject another one (RFC 9110, section 5).
pub(super) fn check_header(name: &str, value: &str) -> Result<(), &'static str> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err("the name of a header has a character that is not allowed");
    }
    if value
        .bytes()
        .any(|byte| byte.is_ascii_control() && byte != b'\t')
    {
        return Err("the value of a header has a control character");
    }
    Ok(())
}

/// The body as text: a string under a content type other than JSON stays as it is, a form is encoded, everything else
/// is written as JSON.
fn encode_body(body: Value, headers: &mut Vec<(String, String)>) -> String {
    let content_type = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .map(|(_, value)| value.to_ascii_lowercase());
    match (content_type, body) {
        (Some(kind), Value::String(text)) if !kind.contains("json") => text,
        (Some(kind), Value::Object(form)) if kind.contains("x-www-form-urlencoded") => {
            let mut encoded = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in form {
                match value {
                    Value::String(text) => encoded.append_pair(&name, &text),
                    other => encoded.append_pair(&name, &other.to_string()),
                };
            }
            encoded.finish()
        }
        (Some(_), body) => body.to_string(),
        (None, body) => {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
            body.to_string()
        }
    }
}
