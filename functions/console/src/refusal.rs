//! Why the console shows no page: a problem of the API, or one of its own. It does not know how it is shown.

use api::{Code, FORGED, Problem};
use lambda_http::http::StatusCode;
use serde_json::{Value, json};

/// A problem as the API answers it (RFC 9457).
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// The whole answer.
    pub(crate) problem: Value,
}

impl Refusal {
    /// What the API answered.
    pub(crate) fn read(status: StatusCode, problem: &Value) -> Self {
        Self {
            status,
            problem: problem.clone(),
        }
    }

    /// There is no page at the address.
    pub(crate) fn not_found() -> Self {
        Self::of(Problem::not_found())
    }

    /// The form is not one that the console gave the visitor.
    pub(crate) fn forged() -> Self {
        let problem = json!({
            "title": "Form refused",
            "code": "FORGED_FORM",
            "detail": "The form was not sent from a page of this session; open the page again.",
        });
        Self::read(FORGED, &problem)
    }

    /// A line of the headers that a visitor wrote is none.
    pub(crate) fn no_header() -> Self {
        let detail = "Write each header on a line of its own, as Name: value.";
        Self::of(Problem::invalid_field("/headers", detail))
    }

    /// What a visitor wrote is no JSON.
    pub(crate) fn no_json(error: &serde_json::Error) -> Self {
        Self::of(Problem::invalid_field(
            "/input",
            format!("The input is not JSON: {error}."),
        ))
    }

    /// The key may only publish, so there is nothing that it could be shown.
    pub(crate) fn of_scope() -> Self {
        let detail = "Use a key with the scope read or admin.";
        Self::of(Problem::new(Code::ForbiddenScope, detail))
    }

    fn of(problem: Problem) -> Self {
        let response = problem.respond("");
        let written = serde_json::from_slice(response.body().as_ref());
        Self::read(response.status(), &written.unwrap_or_default())
    }

    /// A member of the problem as text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.problem[name].as_str().unwrap_or_default()
    }

    /// Whether the session has ended.
    pub(crate) fn is_unauthorized(&self) -> bool {
        self.text("code") == Code::Unauthorized.as_str()
    }

    /// Whether the request was refused for what the visitor wrote, so that the form is shown again.
    pub(crate) fn is_correctable(&self) -> bool {
        self.status.is_client_error() && !self.is_unauthorized()
    }
}
