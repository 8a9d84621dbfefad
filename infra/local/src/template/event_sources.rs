//! What invokes functions besides the HTTP API: queues and the clock, each a resource of its own. Does not
//! know how a queue is polled.

use serde_json::{Value, json};

use super::resource::{Resource, function_name, last_part};
use super::{Mapping, Schedule, TemplateError};

/// AWS's own default for a queue (`AWS::Lambda::EventSourceMapping`, `BatchSize`).
const BATCH_SIZE: u32 = 10;
/// Lambda scales a queue's pollers from five; a laptop stays there unless the template says otherwise.
const MAXIMUM_CONCURRENCY: u32 = 5;

/// None where the mapping is switched off.
pub(super) fn mapping(resource: &Resource<'_>) -> Result<Option<Mapping>, TemplateError> {
    let settings = &resource.properties;
    if settings.text("Enabled")?.as_deref() == Some("false") {
        return Ok(None);
    }
    let reports = settings.value("FunctionResponseTypes")?.unwrap_or_default();
    let scaling = settings.block("ScalingConfig");
    Ok(Some(Mapping {
        queue: last_part(&settings.required_text("EventSourceArn")?).to_owned(),
        function: function_name(&settings.required_text("FunctionName")?).to_owned(),
        batch_size: settings.number("BatchSize")?.unwrap_or(BATCH_SIZE),
        batching_window_seconds: settings
            .number("MaximumBatchingWindowInSeconds")?
            .unwrap_or(0),
        maximum_concurrency: scaling
            .number("MaximumConcurrency")?
            .unwrap_or(MAXIMUM_CONCURRENCY),
        reports_item_failures: reports
            .as_array()
            .is_some_and(|all| all.contains(&Value::from("ReportBatchItemFailures"))),
    }))
}

pub(super) fn schedule(resource: &Resource<'_>) -> Result<Schedule, TemplateError> {
    let settings = &resource.properties;
    let target = settings.block("Target");
    let expression = settings.required_text("ScheduleExpression")?;
    let every_seconds = rate_seconds(&expression).ok_or_else(|| {
        settings.wrong(
            "ScheduleExpression",
            "only rate(…) is stood in for, such as rate(1 minute)",
        )
    })?;
    let input = match target.text("Input")? {
        Some(text) => {
            serde_json::from_str(&text).map_err(|_| target.wrong("Input", "is not JSON"))?
        }
        None => json!({}),
    };
    let function = function_name(&target.required_text("Arn")?).to_owned();
    Ok(Schedule {
        function,
        every_seconds,
        input,
    })
}

/// `rate(value unit)`, as EventBridge Scheduler writes it.
fn rate_seconds(expression: &str) -> Option<u32> {
    let (value, unit) = expression
        .strip_prefix("rate(")?
        .strip_suffix(')')?
        .split_once(' ')?;
    let unit_seconds = match unit {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3_600,
        "day" | "days" => 86_400,
        _ => return None,
    };
    value
        .parse::<u32>()
        .ok()?
        .checked_mul(unit_seconds)
        .filter(|seconds| *seconds > 0)
}
