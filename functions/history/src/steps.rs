//! The steps of an execution as the worker stored them: one for each visit of a task.

use std::collections::HashMap;

use api::resources::step::Step;
use domain::Timestamp;
use engine::StepStatus;
use serde_json::{Value, json};
use store::StoreError;

/// The steps in the order in which they began. A step that was stored while it ran, and again when it ended, is shown
/// as it ended.
pub(crate) fn read(stored: Vec<Value>) -> Result<Vec<Step>, StoreError> {
    let mut steps: Vec<engine::Step> = Vec::with_capacity(stored.len());
    let mut indexes = HashMap::new();
    for value in stored {
        let step: engine::Step =
            serde_json::from_value(value).map_err(|error| StoreError::BadRecord {
                key: "a step".to_owned(),
                reason: error.to_string(),
            })?;
        let index = *indexes
            .entry((step.path.clone(), step.visit))
            .or_insert(steps.len());
        match steps.get_mut(index) {
            Some(earlier) => *earlier = step,
            None => steps.push(step),
        }
    }
    Ok(steps.into_iter().map(view).collect())
}

fn view(step: engine::Step) -> Step {
    Step {
        path: step.path,
        name: step.name,
        kind: step.kind,
        visit: step.visit,
        status: status(step.status),
        attempts: step.attempts,
        started_at: Timestamp::from_millis(step.started_at_ms),
        finished_at: step.finished_at_ms.map(Timestamp::from_millis),
        input: step.input,
        output: step.output,
        error: step.error.map(|fault| json!(fault)),
        call: step.call.map(|call| json!(call)),
    }
}

fn status(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Running => "running",
        StepStatus::Succeeded => "succeeded",
        StepStatus::Failed => "failed",
        StepStatus::Skipped => "skipped",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(path: &str, visit: u32, status: StepStatus) -> Value {
        json!(engine::Step {
            path: path.into(),
            name: "charge".into(),
            kind: "call:http".into(),
            visit,
            status,
            attempts: 1,
            started_at_ms: 1_781_612_250_231,
            finished_at_ms: None,
            input: json!({}),
            output: None,
            error: None,
            call: None,
        })
    }

    #[test]
    fn a_step_that_was_stored_twice_is_shown_as_it_ended() {
        let steps = read(vec![
            stored("/do/0/charge", 1, StepStatus::Running),
            stored("/do/0/charge", 2, StepStatus::Failed),
            stored("/do/0/charge", 1, StepStatus::Succeeded),
        ])
        .unwrap();
        let shown: Vec<(u32, &str)> = steps.iter().map(|step| (step.visit, step.status)).collect();
        assert_eq!(shown, [(1, "succeeded"), (2, "failed")]);
    }

    #[test]
    fn a_step_that_does_not_parse_is_an_error() {
        assert!(read(vec![json!({"path": 1})]).is_err());
    }
}
