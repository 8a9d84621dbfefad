//! Workflows as JSON. It carries the definition without checking it; the engine does.

mod graph;
mod problems;
mod validation;
mod version;
mod webhook_reference;

use domain::{RateLimit, Slug, Timestamp, Workflow, WorkflowId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::field;
use crate::body;
use crate::inbound::Inbound;
use crate::page::{PageCursor, Paging, only};
use crate::problem::Problem;

pub use graph::{DefinitionGraph, GraphEdge, GraphNode, GraphView};
pub use problems::{
    DefinitionProblem, conflict, definition_too_large, invalid_definition, plan_limit, slug_taken,
    too_many, too_many_versions,
};
#[cfg(test)]
pub(crate) use validation::DefinitionFields;
pub use validation::{ValidationView, validation};
pub use version::{
    ListedVersion, VersionNumber, VersionView, asked_version, listed_version, version_number,
    version_paging, version_view,
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

/// The settings of a workflow.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "WorkflowSettings"))]
pub(crate) struct Fields {
    /// A name for people: 1 to 200 characters. Required in a new workflow.
    name: Option<String>,
    /// A name for URLs and files; derived from the name by default.
    slug: Option<String>,
    /// Whether webhooks and replays run; `false` by default.
    active: Option<bool>,
    /// How many webhooks it accepts; what the org's plan says by default.
    rate_limit: Option<RateLimitFields>,
    /// The definition, in the Serverless Workflow DSL. A new workflow needs it or `definitionYaml`.
    definition: Option<Map<String, Value>>,
    /// The same as YAML.
    definition_yaml: Option<String>,
}

/// A token bucket.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "RateLimitSettings"))]
struct RateLimitFields {
    /// How many webhooks are accepted at once.
    capacity: Option<u32>,
    /// How many more are accepted each second.
    refill_per_second: Option<f64>,
}

/// A workflow in a list: without its definition, which can be large.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ListedWorkflow<'a> {
    /// Its id.
    id: WorkflowId,
    /// A name for people.
    name: &'a str,
    /// A name for URLs and files.
    slug: &'a str,
    /// Whether webhooks and replays run.
    active: bool,
    /// The version of the definition that new executions run, from 1.
    version: u64,
    /// How many webhooks it accepts.
    rate_limit: RateLimitView,
    /// When it was created.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

/// A workflow with its definition.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkflowView<'a> {
    #[serde(flatten)]
    listed: ListedWorkflow<'a>,
    /// The definition, in the Serverless Workflow DSL.
    #[cfg_attr(test, schemars(with = "Map<String, Value>"))]
    definition: &'a Value,
}

/// A token bucket.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RateLimitView {
    /// How many webhooks are accepted at once.
    capacity: u32,
    /// How many more are accepted each second.
    refill_per_second: f64,
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
pub fn view<'a>(workflow: &'a Workflow, definition: &'a Value) -> WorkflowView<'a> {
    WorkflowView {
        listed: listed(workflow),
        definition,
    }
}

/// A workflow as lists show it.
pub fn listed(workflow: &Workflow) -> ListedWorkflow<'_> {
    ListedWorkflow {
        id: workflow.id,
        name: &workflow.name,
        slug: workflow.slug.as_str(),
        active: workflow.active,
        version: workflow.version,
        rate_limit: rate_limit(workflow.rate_limit),
        created_at: workflow.created_at,
        updated_at: workflow.updated_at,
    }
}

pub(super) fn rate_limit(limit: RateLimit) -> RateLimitView {
    RateLimitView {
        capacity: limit.capacity_tokens(),
        refill_per_second: limit.refill_per_second(),
    }
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
