//! Why requests about workflows are refused.

use domain::Slug;
use domain::limits::{MAX_WORKFLOW_VERSIONS, MAX_WORKFLOWS};
use serde::Serialize;
use serde_json::json;

use crate::problem::Problem;
use crate::status::Code;

/// One reason why a definition cannot be run.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DefinitionProblem {
    /// The place in the definition, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// The rule that the definition breaks.
    pub reason: String,
    /// The line of the YAML text, from 1, where it is known.
    pub line: Option<u32>,
    /// The column in that line, from 1.
    pub column: Option<u32>,
}

/// The definition cannot be run, for all of these reasons.
pub fn invalid_definition(problems: &[DefinitionProblem]) -> Problem {
    Problem::new(
        Code::InvalidDefinition,
        "The definition cannot be run; see the problems.",
    )
    .member("problems", json!(problems))
}

/// The definition is larger than the limit.
pub fn definition_too_large() -> Problem {
    let limit = domain::MAX_DEFINITION_BYTES;
    let detail = format!("A definition has at most {limit} bytes as compact JSON.");
    Problem::new(Code::DefinitionTooLarge, detail)
}

/// Another workflow of the tenant has the slug.
pub fn slug_taken(slug: &Slug) -> Problem {
    let detail = format!("Another workflow has the slug {slug}; choose another one.");
    Problem::new(Code::SlugTaken, detail)
}

/// Every attempt to write a change met a change by another request.
pub fn conflict() -> Problem {
    Problem::new(
        Code::Conflict,
        "Another request changed it at the same moment; read it again, then try again.",
    )
}

/// The tenant has as many workflows as it may.
pub fn too_many() -> Problem {
    let detail = format!("There are at most {MAX_WORKFLOWS} workflows; delete one first.");
    Problem::new(Code::LimitReached, detail)
}

/// The org has as many active workflows as its plan allows.
pub fn plan_limit(limit: u64) -> Problem {
    let detail = format!(
        "The plan of the org allows {limit} active workflows; deactivate another one, or ask for another plan."
    );
    Problem::new(Code::PlanLimitExceeded, detail)
}

/// The workflow has had as many versions as it may.
pub fn too_many_versions() -> Problem {
    let detail = format!(
        "A workflow has at most {MAX_WORKFLOW_VERSIONS} versions; create another workflow."
    );
    Problem::new(Code::LimitReached, detail)
}
