//! Workflows as JSON. It carries the definition without checking it; the engine does.

mod problems;
mod webhook_reference;

use domain::{RateLimit, Slug, Workflow};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::field;
use crate::body;
use crate::inbound::Inbound;
use crate::page::{PageCursor, Paging, only};
use crate::problem::Problem;

pub use problems::{
    DefinitionProblem, conflict, definition_too_large, invalid_definition, plan_limit, slug_taken,
    too_many, too_many_versions,
};
pub use webhook_reference::{WebhookReference, webhook_reference};

/// The fields of a workflow, parsed and checked except for the definition.
#[derive(Debug)]
pub struct Draft {
    /// A name for people.
    pub name: String,
    /// The slug; `None` to derive it from the name.
    pub slug: Option<Slug>,
    /// Whether webhooks and replays run.
    pub active: bool,
    /// How many webhooks the workflow accepts.
    pub rate_limit: RateLimit,
    /// The definition; `None` in a change that keeps the current one.
    pub definition: Option<Document>,
    /// The body of the request, for the fingerprint of an `Idempotency-Key`.
    pub body: Value,
}

/// A definition that the engine has not checked.
#[derive(Debug, PartialEq)]
pub enum Document {
    /// The field `definition`.
    Json(Value),
    /// The text of the field `definitionYaml`.
    Yaml(String),
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

/// Reads the body of a create request: `name`, one of `definition` and `definitionYaml`, and optionally `slug`,
/// `active` (`false` by default) and `rateLimit`, whose default is that of the org.
pub fn create(inbound: &Inbound, default: RateLimit) -> Result<Draft, Problem> {
    let fields = body::object(inbound)?;
    let draft = draft(&fields, default)?;
    if draft.definition.is_none() {
        let detail = "Give a definition, or a definitionYaml.";
        return Err(Problem::invalid_field("/definition", detail));
    }
    Ok(draft)
}

/// Reads the body of a change: a JSON merge patch (RFC 7396) of the current workflow. A field that is set to `null`
/// gets its default; `definitionYaml` replaces the whole definition.
pub fn change(
    inbound: &Inbound,
    now: &Workflow,
    definition: &Value,
    default: RateLimit,
) -> Result<Draft, Problem> {
    let patch = body::object(inbound)?;
    // Merging removes fields that are null, so the patch itself is searched for unknown fields.
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
    let draft = draft(&fields, default)?;
    if patch.get("definition").is_some_and(Value::is_null) && draft.definition.is_none() {
        let detail = "A workflow has a definition; leave the field out to keep it.";
        return Err(Problem::invalid_field("/definition", detail));
    }
    Ok(Draft {
        body: patch,
        ..draft
    })
}

/// The patch of a definition may have any fields; only the merged definition is checked.
fn without_definition(patch: &Map<String, Value>) -> Map<String, Value> {
    let mut others = patch.clone();
    others.shift_remove("definition");
    others
}

fn draft(fields: &Map<String, Value>, default: RateLimit) -> Result<Draft, Problem> {
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
        rate_limit: parse_rate_limit(parsed.rate_limit, default)?,
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

fn parse_rate_limit(
    fields: Option<RateLimitFields>,
    default: RateLimit,
) -> Result<RateLimit, Problem> {
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

/// A workflow with its definition as JSON.
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

pub(super) fn rate_limit(limit: RateLimit) -> Value {
    json!({
        "capacity": limit.capacity_tokens(),
        "refillPerSecond": limit.refill_per_second(),
    })
}

/// The path of a workflow.
pub fn location(workflow: &Workflow) -> String {
    format!("/v1/workflows/{}", workflow.id)
}

/// Reads the query of a list, which is ordered by slug.
pub fn paging(inbound: &Inbound) -> Result<Paging<Slug>, Problem> {
    only(inbound, &["limit", "cursor"])?;
    Paging::parse(inbound)
}

impl PageCursor for Slug {
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
