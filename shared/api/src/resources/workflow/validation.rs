//! The request to check a definition without storing it, and its answer.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{DefinitionGraph, DefinitionProblem, Document, document};
use crate::body;
use crate::inbound::Inbound;
use crate::problem::Problem;

/// A definition to check: one of the two.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "DefinitionToCheck"))]
pub(crate) struct DefinitionFields {
    /// The definition, in the Serverless Workflow DSL.
    definition: Option<Map<String, Value>>,
    /// The same as YAML.
    definition_yaml: Option<String>,
}

/// Whether a definition can be run.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ValidationView {
    /// Whether it can be run.
    pub valid: bool,
    /// Everything that is wrong with it.
    pub problems: Vec<DefinitionProblem>,
    /// Its graph; `null` where it cannot be run.
    pub graph: Option<DefinitionGraph>,
}

/// Reads the body of `POST /v1/workflows/validate`: `definition` or `definitionYaml`.
pub fn validation(inbound: &Inbound) -> Result<Document, Problem> {
    let fields: DefinitionFields = body::typed(&body::object(inbound)?)?;
    let detail = "Give a definition, or a definitionYaml.";
    document(fields.definition, fields.definition_yaml)?
        .ok_or_else(|| Problem::invalid_field("/definition", detail))
}
