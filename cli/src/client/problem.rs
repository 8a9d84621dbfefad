//! An answer that refuses (RFC 9457): what it says, as a failure of the command. Does not know when to repeat.

use serde_json::Value;

use super::Answer;
use crate::failure::{Exit, Failure};

/// How many problems of a document are shown.
const MAX_PROBLEMS: usize = 20;

/// The failure that an answer means.
pub(crate) fn failure(answer: &Answer) -> Failure {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let code = text("code");
    let detail = text("detail").or_else(|| text("message"));
    let message = match (detail, code) {
        (Some(detail), Some(code)) => format!("{detail} ({code})"),
        (Some(detail), None) => format!("{detail} ({})", answer.status),
        (None, _) => format!("The answer is {}, without a reason.", answer.status),
    };
    let request_id = text("requestId").or_else(|| {
        let names = ["apigw-requestid", "x-amzn-requestid"];
        let found = names.iter().find_map(|name| answer.headers.get(*name));
        found.and_then(|value| value.to_str().ok())
    });
    let exit = match code {
        // Of an option of the command.
        Some("INVALID_PARAMETER") => Exit::Usage,
        _ => exit(answer.status),
    };
    let mut failure = Failure::new(exit, message).request_id(request_id);
    if let Some(pointer) = text("pointer") {
        failure = failure.hint(format!("in {pointer}"));
    }
    let parameters = body.get("parameters").and_then(Value::as_array);
    let parameters = parameters.map(Vec::as_slice).unwrap_or_default();
    for parameter in parameters.iter().filter_map(Value::as_str) {
        failure = failure.hint(format!("in the parameter {parameter}"));
    }
    for problem in problems(&body) {
        failure = failure.hint(problem);
    }
    let may_pass = matches!(answer.status, 429 | 500..);
    if may_pass {
        failure = failure.passing();
    }
    match (answer.status, code) {
        (401, _) => failure.hint("Log in with another key: sluice login"),
        (403, Some("FORBIDDEN_SCOPE")) => {
            failure.hint("`sluice key list` shows the keys of the org with their scopes.")
        }
        (404, _) => {
            failure.hint("Is the id right, and of this org? `sluice whoami` says which org it is.")
        }
        (429, _) => failure.hint(retry(&body)),
        (503, _) => failure.hint("Try again in a moment."),
        _ => failure,
    }
}

fn problems(body: &Value) -> Vec<String> {
    let problems = body.get("problems").and_then(Value::as_array);
    let problems = problems.map(Vec::as_slice).unwrap_or_default();
    let shown = problems.iter().take(MAX_PROBLEMS).map(|problem| {
        let text = |name: &str| {
            problem
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        match problem.get("line").and_then(Value::as_u64) {
            Some(line) => format!("line {line}, {}: {}", text("pointer"), text("reason")),
            None => format!("{}: {}", text("pointer"), text("reason")),
        }
    });
    let mut shown: Vec<String> = shown.collect();
    if problems.len() > MAX_PROBLEMS {
        shown.push(format!("and {} more", problems.len() - MAX_PROBLEMS));
    }
    shown
}

fn retry(body: &Value) -> String {
    match body.get("retryAfter").and_then(Value::as_u64) {
        Some(seconds) => format!("Try again in {seconds} s."),
        None => "Try again in a moment.".to_owned(),
    }
}

/// The exit code of a status.
pub(crate) fn exit(status: u16) -> Exit {
    match status {
        401 | 403 => Exit::Credentials,
        404 => Exit::NotFound,
        409 | 422 => Exit::Conflict,
        408 | 504 => Exit::TimedOut,
        _ => Exit::Failed,
    }
}
