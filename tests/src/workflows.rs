//! Definitions that tests use.

use serde_json::{Value, json};

pub(crate) fn workflow(tasks: Value) -> Value {
    json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "test", "version": "1.0.0"},
        "do": tasks,
    })
}

/// Succeeds with the event as its output.
pub fn echoes_the_event() -> Value {
    workflow(json!([{"echo": {"set": {"event": "${ . }"}}}]))
}

/// Raises an error.
pub fn fails() -> Value {
    let error = json!({
        "type": "https://example.com/errors/broken",
        "status": 500,
        "title": "Broken",
        "detail": "It never works.",
    });
    workflow(json!([{"break": {"raise": {"error": error}}}]))
}

/// Waits for so many seconds, then succeeds.
pub fn waits(seconds: u32) -> Value {
    workflow(json!([
        {"rest": {"wait": {"seconds": seconds}}},
        {"rested": {"set": {"rested": true}}},
    ]))
}
