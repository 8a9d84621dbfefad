//! Checks the definition of a workflow with the engine, and turns the engine's problems into an answer.

use api::Problem;
use api::resources::workflow::{
    DefinitionProblem, Document, definition_too_large, invalid_definition,
};
use domain::MAX_DEFINITION_BYTES;
use serde_json::Value;

use crate::off_thread;

/// The definition as JSON, if the engine can run it. It is parsed, and its expressions and schemas are compiled, on a thread
/// of its own.
pub(crate) async fn check_definition(document: Document) -> Result<Value, Problem> {
    off_thread::compute(move || check(document)).await?
}

fn check(document: Document) -> Result<Value, Problem> {
    let (definition, text) = match document {
        Document::Json(definition) => (definition, None),
        Document::Yaml(text) => {
            let definition = engine::yaml_to_json(&text).map_err(|problem| refused([problem]))?;
            (definition, Some(text))
        }
    };
    if definition.to_string().len() > MAX_DEFINITION_BYTES {
        return Err(definition_too_large());
    }
    match engine::Definition::parse(&definition) {
        Ok(_) => Ok(definition),
        Err(mut problems) => {
            if let Some(text) = text {
                engine::locate(&text, &mut problems);
            }
            Err(refused(problems))
        }
    }
}

fn refused(problems: impl IntoIterator<Item = engine::Problem>) -> Problem {
    let problems: Vec<DefinitionProblem> = problems
        .into_iter()
        .map(|problem| DefinitionProblem {
            pointer: problem.pointer,
            reason: problem.reason,
            line: problem.line,
            column: problem.column,
        })
        .collect();
    invalid_definition(&problems)
}
