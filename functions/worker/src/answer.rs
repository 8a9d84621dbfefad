//! The answer of an execution to the sender that waits for it: the trigger's template, filled with the output. Nothing here
//! keeps an execution from ending: an answer that cannot be made is left out, and the sender is told to look later.

use std::sync::Arc;

use domain::{AnswerTemplate, Execution, ExecutionAnswer, Timestamp, TriggerResponse};
use serde_json::Value;
use store::NextState;

use crate::App;

/// The title of an answer whose template cannot be filled with the output.
const UNFILLED: &str = "The answer cannot be made of the output";
/// The title where an error has none.
const UNTITLED: &str = "The execution failed";

/// The answer that goes with an end; none where the execution goes on, or the trigger cannot be read.
pub(crate) async fn answer(
    app: &App,
    execution: &Execution,
    next: &NextState,
    now: Timestamp,
) -> Option<ExecutionAnswer> {
    let result = match next {
        NextState::Succeeded { output } => Ok(output),
        NextState::Failed { error } => Err(error["title"].as_str().unwrap_or(UNTITLED)),
        NextState::Running | NextState::Queued | NextState::Waiting { .. } => return None,
    };
    let triggers = &app.aws.triggers;
    let found = triggers.find(execution.workflow_id, execution.trigger_id);
    let response = match found.await {
        Ok(found) => found.map(|trigger| trigger.response),
        Err(error) => {
            tracing::warn!(%error, "the trigger cannot be read; the sender that waits gets no answer");
            return None;
        }
    };
    // A trigger that was deleted or changed meanwhile answers with what is the default of those that wait.
    let template = match response {
        Some(TriggerResponse::WhenDone(template)) => template,
        Some(TriggerResponse::Immediately | TriggerResponse::Fixed(_)) | None => {
            AnswerTemplate::default()
        }
    };
    Some(match result {
        Ok(output) => fill(app, template, output.clone(), now).await,
        Err(title) => ExecutionAnswer::failed(Some(&template), title),
    })
}

async fn fill(
    app: &App,
    template: AnswerTemplate,
    output: Value,
    now: Timestamp,
) -> ExecutionAnswer {
    let template = Arc::new(template);
    let results = evaluate(app, Arc::clone(&template), output, now).await;
    // The reasons may quote the output, so the log does without them.
    let filled = results.map(|results| template.fill(results));
    match filled {
        Some(Ok(answer)) => ExecutionAnswer::Chosen(answer),
        Some(Err(invalid)) => {
            tracing::warn!(part = invalid.part, "a part of the answer cannot be sent");
            ExecutionAnswer::failed(Some(&template), UNFILLED)
        }
        None => {
            tracing::warn!("an expression of the answer failed");
            ExecutionAnswer::failed(Some(&template), UNFILLED)
        }
    }
}

/// The results of the template's expressions; `None` where one fails. The sandbox blocks, so a thread that may do so asks
/// it.
async fn evaluate(
    app: &App,
    template: Arc<AnswerTemplate>,
    output: Value,
    now: Timestamp,
) -> Option<Vec<Value>> {
    let sandbox = Arc::clone(&app.sandbox);
    let evaluating = tokio::task::spawn_blocking(move || {
        let expressions = template.expressions();
        let texts: Vec<&str> = expressions.iter().map(|(_, text)| *text).collect();
        engine::evaluate(&sandbox, &texts, output, now.as_millis())
    });
    match evaluating.await.ok()? {
        Ok(evaluated) => evaluated.ok(),
        Err(stuck) => {
            if stuck.thread_is_lost {
                app.exit_after_batch();
            }
            None
        }
    }
}
