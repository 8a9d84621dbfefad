//! A refusal as RFC 9457 writes it, `application/problem+json`. It does not know which code applies when.

use domain::{ExecutionId, MissingParameters, ParameterField};
use lambda_http::http::StatusCode;
use lambda_http::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use lambda_http::{Body, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::status::Code;

/// When a client should try again after AWS did not answer.
const UNAVAILABLE_RETRY_AFTER_SECS: i64 = 1;

/// Why a request was refused (RFC 9457).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ProblemView<'a> {
    /// A URI that names the code; it is stable, and resolves to nothing.
    r#type: String,
    /// The code in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What to do.
    detail: &'a str,
    /// Why the request was refused.
    code: &'static str,
    /// Always `false`.
    success: bool,
    /// The id of the request, which the logs carry.
    request_id: &'a str,
    #[serde(flatten)]
    #[cfg_attr(test, schemars(with = "Members"))]
    members: Map<String, Value>,
}

/// What some problems have besides.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is of interest")]
struct Members {
    /// The field that is wrong, as a JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    /// The names of the parameters that are wrong or missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<Vec<String>>,
    /// The same in the words of HAP's clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    msg: Option<String>,
    /// Everything that is wrong with a definition or a schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    problems: Option<Vec<MemberProblem>>,
    /// In how many seconds to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
    /// The execution under which the refusal is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_id: Option<ExecutionId>,
}

/// One thing that is wrong with a definition or a schema.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "DocumentProblem")]
#[expect(dead_code, reason = "only its schema is of interest")]
struct MemberProblem {
    /// The place in the document, as a JSON pointer (RFC 6901).
    pointer: String,
    /// The rule that it breaks.
    reason: String,
    /// The line of the YAML text, from 1; `null` where the document is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    /// The column in that line, from 1; `null` where the document is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
}

/// A code, a sentence that says what to do, and further members and headers of the answer.
#[derive(Debug)]
pub struct Problem {
    code: Code,
    detail: String,
    /// In the order in which they are written. A list is small, so that results with a problem are.
    members: Vec<(String, Value)>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem with this sentence.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            members: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// There is no such resource, or it is not the caller's: a client cannot tell the two apart.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "There is nothing at this address.")
    }

    /// The path does not have this method; `allow` lists the methods that it has.
    pub fn method_not_allowed(allow: &str) -> Self {
        let detail = format!("Use one of the allowed methods: {allow}.");
        Self::new(Code::MethodNotAllowed, detail).header(ALLOW, allow)
    }

    /// The path has slashes too many; `path` is how the route is written, with `{name}` for what the caller chooses.
    pub fn extra_slashes(path: &str) -> Self {
        let detail = format!("Write the path without a slash at its end or two in a row: {path}.");
        Self::new(Code::NotFound, detail)
    }

    /// The cause is in the log, under the request id.
    pub fn internal() -> Self {
        Self::new(
            Code::Internal,
            "Something broke on our side; tell us the requestId.",
        )
    }

    /// AWS did not answer in time; the request itself may be right.
    pub fn unavailable() -> Self {
        Self::unavailable_because("Try again in a moment.")
    }

    /// The request was not completed, and can be repeated.
    pub fn unavailable_because(detail: &str) -> Self {
        Self::new(Code::Unavailable, detail).retry_after_secs(UNAVAILABLE_RETRY_AFTER_SECS)
    }

    /// The workflow's token bucket is empty, and has a token again after that time.
    pub fn rate_limited(retry_after_ms: i64) -> Self {
        let secs = Self::whole_seconds(retry_after_ms);
        let detail =
            format!("The workflow's rate limit is exceeded; try again in {secs} second(s).");
        Self::new(Code::RateLimited, detail)
            .member("retryAfter", json!(secs))
            .retry_after_secs(secs)
    }

    /// A time to wait as clients are told it: rounded up, at least one second.
    pub(crate) fn whole_seconds(retry_after_ms: i64) -> i64 {
        retry_after_ms.max(1).saturating_add(999) / 1000
    }

    /// The plan of the org has no webhook triggers, or its limit allows the next webhook only after that time.
    pub fn plan_limit(retry_after_ms: Option<i64>) -> Self {
        let Some(retry_after_ms) = retry_after_ms else {
            let detail = "The plan of the org has no webhook triggers; ask for another plan.";
            return Self::new(Code::PlanLimitExceeded, detail);
        };
        let secs = Self::whole_seconds(retry_after_ms);
        let detail = format!(
            "The plan of the org allows no more webhooks now; try again in {secs} second(s), or ask for another plan."
        );
        Self::new(Code::PlanLimitExceeded, detail)
            .member("retryAfter", json!(secs))
            .retry_after_secs(secs)
    }

    /// The org has used up the credits of the month.
    pub fn no_credits() -> Self {
        let detail = "The org has used up its credits of this month; GET /v1/org shows them.";
        Self::new(Code::InsufficientCredits, detail)
    }

    /// The workflow is not active; the refusal is recorded as this execution.
    pub fn workflow_inactive(execution: ExecutionId) -> Self {
        Self::new(
            Code::WorkflowInactive,
            "Activate the workflow, then send it again.",
        )
        .member("executionId", json!(execution))
    }

    /// The sender waited for an execution that did not succeed; `title` says what went wrong in a few words.
    pub fn execution_failed(execution: ExecutionId, title: impl Into<String>) -> Self {
        Self::new(Code::ExecutionFailed, title).member("executionId", json!(execution))
    }

    /// Workflows have called one another too often in a row.
    pub fn loop_detected() -> Self {
        let detail = "Workflows have called one another too often in a row.";
        Self::new(Code::LoopDetected, detail)
    }

    /// Required parameters of the trigger are missing, or have another type. `msg` is what HAP's clients look for.
    pub fn missing_parameters(missing: &MissingParameters) -> Self {
        let listed = |fields: &[ParameterField]| -> Vec<String> {
            let shown = |field: &ParameterField| {
                let (name, place, kind) = (field.name(), field.place(), field.kind());
                format!(
                    "{name} ({kind}, {place})",
                    kind = kind.as_str(),
                    place = place.as_str()
                )
            };
            fields.iter().map(shown).collect()
        };
        let (absent, mistyped) = (listed(&missing.absent), listed(&missing.mistyped));
        let mut detail = String::new();
        if !absent.is_empty() {
            detail = format!("Send what is missing: {}.", absent.join(", "));
        }
        if !mistyped.is_empty() {
            let separator = if detail.is_empty() { "" } else { " " };
            let mistyped = mistyped.join(", ");
            detail = format!("{detail}{separator}Send with its type: {mistyped}.");
        }
        let names = missing.absent.iter().chain(&missing.mistyped);
        let names: Vec<&str> = names.map(ParameterField::name).collect();
        Self::new(Code::MissingParameter, detail)
            .member("msg", json!("Missing required parameter"))
            .member("parameters", json!(names))
    }

    /// One field of the request body is wrong; `pointer` is RFC 6901.
    pub fn invalid_field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Code::InvalidField, detail).member("pointer", json!(pointer.into()))
    }

    /// One query parameter is wrong.
    pub fn invalid_parameter(name: &str, detail: impl Into<String>) -> Self {
        Self::new(Code::InvalidParameter, detail).member("parameters", json!([name]))
    }

    /// Why the request is refused.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The sentence.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.code.status()
    }

    /// The name of the field or parameter that is wrong; of one within another, the outer one's.
    pub(crate) fn place(&self) -> Option<String> {
        let member = |name: &str| {
            let found = self.members.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value)
        };
        let pointer = member("pointer").and_then(Value::as_str);
        let field = pointer.and_then(|pointer| pointer.split('/').nth(1));
        let parameters = || member("parameters")?.get(0)?.as_str();
        field.or_else(parameters).map(str::to_owned)
    }

    #[must_use]
    pub(crate) fn member(mut self, name: &str, value: Value) -> Self {
        self.members.push((name.to_owned(), value));
        self
    }

    /// RFC 9110 section 11.6.1.
    #[must_use]
    pub(crate) fn challenge(self) -> Self {
        self.header(WWW_AUTHENTICATE, "Bearer")
    }

    pub(crate) fn retry_after_secs(self, secs: i64) -> Self {
        self.header(RETRY_AFTER, &secs.to_string())
    }

    fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers
            .extend(HeaderValue::from_str(value).map(|value| (name, value)));
        self
    }

    /// The response; `request_id` is the gateway's id of the request.
    pub fn respond(mut self, request_id: &str) -> Response<Body> {
        let members = Map::from_iter(std::mem::take(&mut self.members));
        let body = json!(ProblemView {
            r#type: self.code.type_uri(),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            detail: &self.detail,
            code: self.code.as_str(),
            success: false,
            request_id,
            members,
        });
        let mut response = self.respond_with(&body);
        response.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }

    /// The response of a profile that has a body of its own for refusals.
    pub(crate) fn respond_with(self, body: &Value) -> Response<Body> {
        let mut response = Response::new(Body::Text(body.to_string()));
        *response.status_mut() = self.code.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.headers);
        // For the log and the metrics, which see only the response.
        response.extensions_mut().insert(self.code);
        response
    }
}
