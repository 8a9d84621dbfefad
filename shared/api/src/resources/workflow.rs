//! Workflows as JSON. The definition is carried, not understood: whether it is a workflow is for
//! the engine to say.

use domain::{RateLimit, Slug, Workflow};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::field;
use crate::body;
use crate::inbound::Inbound;
use crate::page::{Paging, Position, only};
use crate::problem::Problem;
use crate::status::Code;

/// What a client wants a workflow to be.
#[derive(Debug)]
pub struct Draft {
    pub name: String,
    /// `None`: made from the name.
    pub slug: Option<Slug>,
    pub active: bool,
    pub rate_limit: RateLimit,
    /// `None`, in a change: the one there is.
    pub definition: Option<Document>,
    /// The request as it came in, by which a repeat is known.
    pub body: Value,
}

/// A definition, not yet checked.
#[derive(Debug, PartialEq)]
pub enum Document {
    Json(Value),
    Yaml(String),
}

/// One thing that is wrong with a definition.
#[derive(Debug)]
pub struct DefinitionProblem {
    /// RFC 6901, within the definition.
    pub pointer: String,
    pub reason: String,
    /// In the YAML text, where it is known; the first is 1.
    pub line: Option<u32>,
    /// In that line; the first is 1.
    pub column: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    name: Option<String>,
    slug: Option<String>,
    active: Option<bool>,
    rate_limit: Option<RateLimitFields>,
    definition: Option<Map<String, Value>>,
    definition_yaml: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RateLimitFields {
    capacity: Option<u32>,
    refill_per_second: Option<f64>,
}

/// A new workflow: `name`, one of `definition` and `definitionYaml`, and optionally `slug`,
/// `active` (`false` by default) and `rateLimit`.
pub fn create(inbound: &Inbound) -> Result<Draft, Problem> {
    let fields = body::object(inbound)?;
    let draft = draft(&fields)?;
    if draft.definition.is_none() {
        let detail = "Give a definition, or a definitionYaml.";
        return Err(Problem::invalid_field("/definition", detail));
    }
    Ok(draft)
}

/// A change, as a JSON merge patch (RFC 7396) of what the workflow is now. What is set to `null`
/// goes back to its default; `definitionYaml` replaces the whole definition.
pub fn change(inbound: &Inbound, now: &Workflow, definition: &Value) -> Result<Draft, Problem> {
    let patch = body::object(inbound)?;
    // The patch alone names unknown fields even where it sets them to null.
    body::typed::<Fields>(&without_definition(&patch))?;
    let mut target = json!({
        "name": now.name,
        "slug": now.slug.as_str(),
        "active": now.active,
        "rateLimit": rate_limit(now.rate_limit),
    });
    if patch.contains_key("definition") {
        target["definition"] = definition.clone();
    }
    let patch = Value::Object(patch);
    json_patch::merge(&mut target, &patch);
    let Value::Object(fields) = target else {
        return Err(Problem::internal());
    };
    let draft = draft(&fields)?;
    if patch.get("definition").is_some_and(Value::is_null) && draft.definition.is_none() {
        let detail = "A workflow has a definition; leave the field out to keep it.";
        return Err(Problem::invalid_field("/definition", detail));
    }
    Ok(Draft {
        body: patch,
        ..draft
    })
}

/// A patch of the definition may hold anything at any depth; only the result has rules.
fn without_definition(patch: &Map<String, Value>) -> Map<String, Value> {
    let mut rest = patch.clone();
    rest.shift_remove("definition");
    rest
}

fn draft(fields: &Map<String, Value>) -> Result<Draft, Problem> {
    let parsed: Fields = body::typed(fields)?;
    let slug = parsed
        .slug
        .map(|slug| Slug::parse(&slug))
        .transpose()
        .map_err(|error| Problem::invalid_field("/slug", format!("{error}.")))?;
    Ok(Draft {
        name: field::name(parsed.name)?,
        slug,
        active: parsed.active.unwrap_or(false),
        rate_limit: parse_rate_limit(parsed.rate_limit)?,
        definition: document(parsed.definition, parsed.definition_yaml)?,
        body: Value::Object(fields.clone()),
    })
}

fn document(
    json: Option<Map<String, Value>>,
    yaml: Option<String>,
) -> Result<Option<Document>, Problem> {
    match (json, yaml) {
        (Some(_), Some(_)) => Err(Problem::invalid_field(
            "/definitionYaml",
            "Give either definition or definitionYaml.",
        )),
        (Some(json), None) => Ok(Some(Document::Json(Value::Object(json)))),
        (None, Some(yaml)) => Ok(Some(Document::Yaml(yaml))),
        (None, None) => Ok(None),
    }
}

fn parse_rate_limit(fields: Option<RateLimitFields>) -> Result<RateLimit, Problem> {
    let default = RateLimit::default();
    let Some(fields) = fields else {
        return Ok(default);
    };
    RateLimit::new(
        fields.capacity.unwrap_or(default.capacity_tokens()),
        fields
            .refill_per_second
            .unwrap_or(default.refill_per_second()),
    )
    .map_err(|error| Problem::invalid_field("/rateLimit", format!("{error}.")))
}

/// Everything that is wrong with a definition, at once.
pub fn invalid_definition(problems: &[DefinitionProblem]) -> Problem {
    let listed: Vec<Value> = problems
        .iter()
        .map(|problem| {
            json!({
                "pointer": problem.pointer,
                "reason": problem.reason,
                "line": problem.line,
                "column": problem.column,
            })
        })
        .collect();
    Problem::new(
        Code::InvalidDefinition,
        "The definition cannot be run; see the problems.",
    )
    .member("problems", Value::Array(listed))
}

pub fn definition_too_large() -> Problem {
    let limit = domain::MAX_DEFINITION_BYTES;
    let detail = format!("A definition has at most {limit} bytes as compact JSON.");
    Problem::new(Code::DefinitionTooLarge, detail)
}

pub fn slug_taken(slug: &Slug) -> Problem {
    let detail = format!("Another workflow has the slug {slug}; choose another one.");
    Problem::new(Code::SlugTaken, detail)
}

/// Somebody else changes the workflow or trigger again and again.
pub fn conflict() -> Problem {
    Problem::new(
        Code::Conflict,
        "Somebody else changed it at the same moment; read it again, then try again.",
    )
}

/// The whole workflow, with its definition as JSON.
pub fn view(workflow: &Workflow, definition: &Value) -> Value {
    let mut view = listed(workflow);
    view["definition"] = definition.clone();
    view
}

/// A workflow in a list: without its definition, which can be large.
pub fn listed(workflow: &Workflow) -> Value {
    json!({
        "id": workflow.id,
        "name": workflow.name,
        "slug": workflow.slug.as_str(),
        "active": workflow.active,
        "version": workflow.version,
        "rateLimit": rate_limit(workflow.rate_limit),
        "createdAt": workflow.created_at,
        "updatedAt": workflow.updated_at,
    })
}

fn rate_limit(limit: RateLimit) -> Value {
    json!({
        "capacity": limit.capacity_tokens(),
        "refillPerSecond": limit.refill_per_second(),
    })
}

pub fn location(workflow: &Workflow) -> String {
    format!("/v1/workflows/{}", workflow.id)
}

/// A list of workflows goes by slug.
pub fn paging(inbound: &Inbound) -> Result<Paging<Slug>, Problem> {
    only(inbound, &["limit", "cursor"])?;
    Paging::parse(inbound)
}

impl Position for Slug {
    const LIST: &'static str = "workflows";

    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

#[cfg(test)]
mod tests;
