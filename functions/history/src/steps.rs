//! The steps of an execution as the worker stored them: one for each visit of a task.

use api::page::Page;
use api::resources::step::{Step, StepList};
use domain::Timestamp;
use engine::StepStatus;
use serde_json::{Value, json};
use store::{StepReader, StoreError};

/// Reads steps until the list is complete, and no further.
pub(crate) async fn collect(
    reader: &mut StepReader,
    mut list: StepList,
) -> Result<Page, StoreError> {
    while let Some(steps) = reader.next_steps().await? {
        for stored in steps {
            if !list.add(read(stored.value)?, stored.next) {
                return Ok(list.into_page());
            }
        }
    }
    Ok(list.into_page())
}

fn read(stored: Value) -> Result<Step, StoreError> {
    let step = serde_json::from_value(stored).map_err(|error| StoreError::BadRecord {
        key: "a step".to_owned(),
        reason: error.to_string(),
    })?;
    Ok(view(step))
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

    #[test]
    fn a_stored_step_is_shown_and_one_that_does_not_parse_is_an_error() {
        let stored = json!(engine::Step {
            path: "/do/0/charge".into(),
            name: "charge".into(),
            kind: "call:http".into(),
            visit: 2,
            status: StepStatus::Failed,
            attempts: 1,
            started_at_ms: 1_781_612_250_231,
            finished_at_ms: None,
            input: json!({}),
            output: None,
            error: None,
            call: None,
        });
        let shown = read(stored).unwrap();
        assert_eq!((shown.visit, shown.status), (2, "failed"));
        assert!(read(json!({"path": 1})).is_err());
    }
}
