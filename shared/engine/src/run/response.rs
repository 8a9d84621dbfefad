//! The response to a call: the output of the task, or the fault of an unsuccessful call.

use super::effect::{CallFailure, CallResult};
use super::evaluation::check_depth;
use super::interpreter::{Failure, Interpreter, Transition};
use super::shared::Shared;
use super::stage::{OpenCall, Stage};
use super::state::OpenTask;
use crate::definition::{CallOptions, OutputFormat, Task};
use crate::fault::{Fault, FaultKind};
use crate::json_text;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The most characters of a response that a fault quotes.
const QUOTED_CHARS: usize = 500;

/// A response, whatever its status.
struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Interpreter<'_> {
    /// Ends the call of a task, or sends it again with the answer to a challenge.
    pub(super) fn accept_response(
        &mut self,
        task: &Task,
        open: OpenTask,
        result: CallResult,
    ) -> Result<Transition, Failure> {
        let (Some(options), Stage::Calling(call)) = (task.kind.call_options(), &open.stage) else {
            return Err(self.corrupt_state("no call is open").into());
        };
        let response = match result {
            CallResult::Response {
                status,
                headers,
                body,
            } => Response {
                status,
                headers,
                body,
            },
            CallResult::Failed { kind, detail } => {
                return self.fail_task(task, &open, call_failed(kind, detail, &task.pointer));
            }
        };
        let status = response.status;
        match self.answer_challenge(options, task, &open, &response) {
            Ok(Some(call)) => {
                let stage = Stage::Calling(call);
                return self.suspend(task, OpenTask { stage, ..open });
            }
            Ok(None) => {}
            Err(Failure::Fault(fault)) => return self.fail_call(task, &open, fault, Some(status)),
            Err(Failure::Stuck(stuck)) => return Err(stuck.into()),
        }
        match output(options, call, &response, &task.pointer) {
            Ok(output) => self.complete_call(task, open, Shared::from(output), status),
            Err(fault) => self.fail_call(task, &open, fault, Some(status)),
        }
    }

    /// The call to send again, if the response has a challenge that can be answered.
    fn answer_challenge(
        &mut self,
        options: &CallOptions,
        task: &Task,
        open: &OpenTask,
        response: &Response,
    ) -> Result<Option<OpenCall>, Failure> {
        match header(&response.headers, "www-authenticate") {
            Some(challenge) if response.status == 401 => {
                self.digest_call(options, task, open, challenge)
            }
            Some(_) | None => Ok(None),
        }
    }
}

/// The fault of a call without a response.
fn call_failed(kind: CallFailure, detail: String, instance: &str) -> Fault {
    match kind {
        CallFailure::Communication => FaultKind::Communication.fault(detail, instance),
        CallFailure::Timeout => FaultKind::Timeout.fault(detail, instance),
        CallFailure::Refused => FaultKind::Configuration.fault(detail, instance),
    }
}

/// A communication error with the status of the response.
fn unsuccessful(response: &Response, instance: &str) -> Fault {
    let text = String::from_utf8_lossy(&response.body);
    let quoted: String = text.chars().take(QUOTED_CHARS).collect();
    let detail = format!("the response has status {}: {quoted}", response.status);
    let fault = FaultKind::Communication.fault(detail, instance);
    Fault {
        status: response.status,
        ..fault
    }
}

/// The output of the task, or the fault of an unsuccessful response.
fn output(
    options: &CallOptions,
    call: &OpenCall,
    response: &Response,
    instance: &str,
) -> Result<Value, Fault> {
    let is_success = (200..300).contains(&response.status)
        || (options.accepts_redirects && (300..400).contains(&response.status));
    if !is_success {
        return Err(unsuccessful(response, instance));
    }
    let output = match options.output {
        OutputFormat::Raw => Value::String(STANDARD.encode(&response.body)),
        OutputFormat::Content => content(response, instance)?,
        OutputFormat::Response => json!({
            "request": {
                "method": call.method,
                "uri": call.url,
                "headers": headers_object(&call.headers),
            },
            "statusCode": response.status,
            "headers": headers_object(&response.headers),
            "content": content(response, instance)?,
        }),
    };
    check_depth(&output, instance)?;
    Ok(output)
}

/// The body by its content type: JSON is parsed, text stays as it is, everything else is base64. An empty body is null,
/// and so is JSON of white space alone.
fn content(response: &Response, instance: &str) -> Result<Value, Fault> {
    if response.body.is_empty() {
        return Ok(Value::Null);
    }
    let declared = header(&response.headers, "content-type")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let kind = declared.split(';').next().unwrap_or_default().trim();
    if kind == "application/json" || kind.ends_with("+json") {
        if json_text::is_blank(&response.body) {
            return Ok(Value::Null);
        }
        return json_text::parse(&response.body).map_err(|error| {
            let detail = format!(
                "the response has a JSON content type, and cannot be read as JSON: {error}"
            );
            FaultKind::Communication.fault(detail, instance)
        });
    }
    Ok(
        match std::str::from_utf8(json_text::without_byte_order_mark(&response.body)) {
            Ok(text) => Value::String(text.to_owned()),
            Err(_) => Value::String(STANDARD.encode(&response.body)),
        },
    )
}

fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    let found = headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// Headers as an object; values of the same name are joined (RFC 9110, section 5.3).
fn headers_object(headers: &[(String, String)]) -> Value {
    let mut map = serde_json::Map::new();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        let value = match map.get(&name).and_then(Value::as_str) {
            Some(before) => format!("{before}, {value}"),
            None => value.clone(),
        };
        map.insert(name, Value::String(value));
    }
    Value::Object(map)
}
