//! Checks the definition of a workflow with the engine, and turns the engine's problems into an answer.

use api::Problem;
use api::resources::workflow::{
    DefinitionProblem, Document, definition_too_large, invalid_definition,
};
use domain::MAX_DEFINITION_BYTES;
use engine::{Definition, Graph};
use serde_json::Value;

use crate::off_thread;

/// The definition as JSON, if the engine can run it. It is parsed, and its expressions and schemas are compiled, on a thread
/// of its own.
pub(crate) async fn check_definition(document: Document) -> Result<Value, Problem> {
    off_thread::compute(move || check(document)).await?
}

/// The graph of a definition, or everything that is wrong with it.
pub(crate) async fn graph_of(
    document: Document,
) -> Result<Result<Graph, Vec<DefinitionProblem>>, Problem> {
    let checked = off_thread::compute(move || {
        let (_, definition) = parsed(document)?;
        Ok(Graph::of(&definition))
    });
    match checked.await? {
        Ok(graph) => Ok(Ok(graph)),
        Err(Refusal::TooLarge) => Err(definition_too_large()),
        Err(Refusal::Problems(problems)) => Ok(Err(shown(problems))),
    }
}

/// Why a definition is refused.
enum Refusal {
    TooLarge,
    Problems(Vec<engine::Problem>),
}

fn check(document: Document) -> Result<Value, Problem> {
    match parsed(document) {
        Ok((json, _)) => Ok(json),
        Err(Refusal::TooLarge) => Err(definition_too_large()),
        Err(Refusal::Problems(problems)) => Err(invalid_definition(&shown(problems))),
    }
}

/// The definition as JSON, and as the engine reads it.
fn parsed(document: Document) -> Result<(Value, Definition), Refusal> {
    let (definition, text) = match document {
        Document::Json(definition) => (definition, None),
        Document::Yaml(text) => {
            let definition =
                engine::yaml_to_json(&text).map_err(|problem| Refusal::Problems(vec![problem]))?;
            (definition, Some(text))
        }
    };
    if definition.to_string().len() > MAX_DEFINITION_BYTES {
        return Err(Refusal::TooLarge);
    }
    match Definition::parse(&definition) {
        Ok(parsed) => Ok((definition, parsed)),
        Err(mut problems) => {
            if let Some(text) = text {
                engine::locate(&text, &mut problems);
            }
            Err(Refusal::Problems(problems))
        }
    }
}

fn shown(problems: Vec<engine::Problem>) -> Vec<DefinitionProblem> {
    problems
        .into_iter()
        .map(|problem| DefinitionProblem {
            pointer: problem.pointer,
            reason: problem.reason,
            line: problem.line,
            column: problem.column,
        })
        .collect()
}
