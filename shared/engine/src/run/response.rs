//! From the answer to a call to the output of its task, or to the fault that it means.

use super::arguments::check_depth;
use super::effect::{CallFailure, CallResult};
use super::machine::{Machine, Move, Trouble};
use super::stage::{OpenCall, Stage};
use super::state::OpenTask;
use crate::definition::{Exchange, OutputFormat, Task};
use crate::fault::{Fault, FaultKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// How much of an answer a fault quotes.
const QUOTED_CHARS: usize = 500;

/// An answer, whatever its status.
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Machine<'_> {
    /// The open call has ended.
    pub(super) fn answered(
        &mut self,
        task: &Task,
        open: OpenTask,
        result: CallResult,
    ) -> Result<Move, Trouble> {
        let (Some(exchange), Stage::Calling(call)) = (task.action.exchange(), &open.stage) else {
            return Err(self.broken("an answer came where no call is open").into());
        };
        let answer = match result {
            CallResult::Response {
                status,
                headers,
                body,
            } => Answer {
                status,
                headers,
                body,
            },
            CallResult::Failed { kind, detail } => {
                return self.fail_task(task, &open, failed(kind, detail, &task.pointer));
            }
        };
        let status = answer.status;
        match self.challenged(exchange, task, &open, &answer) {
            Ok(Some(call)) => {
                let open = OpenTask {
                    stage: Stage::Calling(call),
                    ..open
                };
                return self.rest(task, open);
            }
            Ok(None) => {}
            Err(Trouble::Fault(fault)) => return self.fail_call(task, &open, fault, Some(status)),
            Err(Trouble::Stuck(stuck)) => return Err(stuck.into()),
        }
        let is_success = (200..300).contains(&status)
            || (exchange.accepts_redirects && (300..400).contains(&status));
        if !is_success {
            let fault = unsuccessful(&answer, &task.pointer);
            return self.fail_call(task, &open, fault, Some(status));
        }
        let output = output(exchange, call, &answer, &task.pointer)
            .and_then(|output| check_depth(&output, &task.pointer).map(|()| output));
        match output {
            Ok(output) => self.complete_call(task, open, output, None, Some(status)),
            Err(fault) => self.fail_call(task, &open, fault, Some(status)),
        }
    }

    /// The call to make once more, when the answer asks for a proof that can be given.
    fn challenged(
        &mut self,
        exchange: &Exchange,
        task: &Task,
        open: &OpenTask,
        answer: &Answer,
    ) -> Result<Option<OpenCall>, Trouble> {
        match header(&answer.headers, "www-authenticate") {
            Some(challenge) if answer.status == 401 => {
                self.digested(exchange, task, open, challenge)
            }
            Some(_) | None => Ok(None),
        }
    }
}

fn failed(kind: CallFailure, detail: String, instance: &str) -> Fault {
    match kind {
        CallFailure::Communication => FaultKind::Communication.fault(detail, instance),
        CallFailure::Timeout => FaultKind::Timeout.fault(detail, instance),
        CallFailure::Refused => FaultKind::Configuration.fault(detail, instance),
    }
}

/// A communication error with the status of the answer.
fn unsuccessful(answer: &Answer, instance: &str) -> Fault {
    let text = String::from_utf8_lossy(&answer.body);
    let quoted: String = text.chars().take(QUOTED_CHARS).collect();
    let detail = format!("the answer has status {}: {quoted}", answer.status);
    let fault = FaultKind::Communication.fault(detail, instance);
    Fault {
        status: answer.status,
        ..fault
    }
}

fn output(
    exchange: &Exchange,
    call: &OpenCall,
    answer: &Answer,
    instance: &str,
) -> Result<Value, Fault> {
    match exchange.output {
        OutputFormat::Raw => Ok(Value::String(STANDARD.encode(&answer.body))),
        OutputFormat::Content => content(answer, instance),
        OutputFormat::Response => Ok(json!({
            "request": { "method": call.method, "uri": call.url, "headers": joined(&call.headers) },
            "statusCode": answer.status,
            "headers": joined(&answer.headers),
            "content": content(answer, instance)?,
        })),
    }
}

/// The body as its content type says: JSON parsed, text as it is, everything else base64. Nothing is null.
fn content(answer: &Answer, instance: &str) -> Result<Value, Fault> {
    if answer.body.is_empty() {
        return Ok(Value::Null);
    }
    let declared = header(&answer.headers, "content-type")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let kind = declared.split(';').next().unwrap_or_default().trim();
    if kind == "application/json" || kind.ends_with("+json") {
        return serde_json::from_slice(&answer.body).map_err(|error| {
            let detail = format!("the answer says it is JSON, and is not: {error}");
            FaultKind::Communication.fault(detail, instance)
        });
    }
    Ok(match std::str::from_utf8(&answer.body) {
        Ok(text) => Value::String(text.to_owned()),
        Err(_) => Value::String(STANDARD.encode(&answer.body)),
    })
}

fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    let found = headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// Headers as an object; values of the same name are joined (RFC 9110, section 5.3).
fn joined(headers: &[(String, String)]) -> Value {
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
