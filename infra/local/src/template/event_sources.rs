//! What invokes functions besides the HTTP API: queues and the clock, as resources of their own or as events of a
//! function. Does not know how a queue is polled.

use serde_json::Value;

use super::properties::Properties;
use super::resources::{Resource, last_part};
use super::{Mapping, Schedule, Template, TemplateError};

/// AWS's own default for a queue (`AWS::Lambda::EventSourceMapping`, `BatchSize`).
const BATCH_SIZE: u32 = 10;
/// Lambda scales a queue's pollers from five; a laptop stays there unless the template says otherwise.
const MAXIMUM_CONCURRENCY: u32 = 5;

pub(super) fn read(resource: &Resource<'_>, template: &mut Template) -> Result<(), TemplateError> {
    let settings = &resource.properties;
    match resource.kind.as_str() {
        "AWS::Lambda::EventSourceMapping" => {
            let function = last_part(&settings.required_text("FunctionName")?).to_owned();
            template
                .mappings
                .extend(mapping(settings, "EventSourceArn", function)?);
        }
        "AWS::Scheduler::Schedule" => {
            let target = settings.block("Target");
            let function = last_part(&target.required_text("Arn")?).to_owned();
            template
                .schedules
                .push(schedule(settings, "ScheduleExpression", &target, function)?);
        }
        "AWS::Serverless::Function" => {
            for (_, event) in settings.block("Events").blocks() {
                read_event(&event, &resource.name()?, template)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn read_event(
    event: &Properties<'_>,
    function: &str,
    template: &mut Template,
) -> Result<(), TemplateError> {
    let settings = event.block("Properties");
    let function = function.to_owned();
    match event.required_text("Type")?.as_str() {
        "SQS" => template
            .mappings
            .extend(mapping(&settings, "Queue", function)?),
        "Schedule" => template
            .schedules
            .push(schedule(&settings, "Schedule", &settings, function)?),
        "ScheduleV2" => template.schedules.push(schedule(
            &settings,
            "ScheduleExpression",
            &settings,
            function,
        )?),
        "HttpApi" => {}
        _ => {
            return Err(event.wrong(
                "Type",
                "is not stood in for; HttpApi, SQS, Schedule and ScheduleV2 are",
            ));
        }
    }
    Ok(())
}

/// None where the mapping is switched off.
fn mapping(
    settings: &Properties<'_>,
    queue_key: &str,
    function: String,
) -> Result<Option<Mapping>, TemplateError> {
    if settings.text("Enabled")?.as_deref() == Some("false") {
        return Ok(None);
    }
    let reports = settings.value("FunctionResponseTypes")?.unwrap_or_default();
    let scaling = settings.block("ScalingConfig");
    Ok(Some(Mapping {
        queue: last_part(&settings.required_text(queue_key)?).to_owned(),
        function,
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

fn schedule(
    settings: &Properties<'_>,
    expression_key: &str,
    target: &Properties<'_>,
    function: String,
) -> Result<Schedule, TemplateError> {
    let expression = settings.required_text(expression_key)?;
    let every_seconds = rate_seconds(&expression).ok_or_else(|| {
        settings.wrong(
            expression_key,
            "only rate(…) is stood in for, such as rate(1 minute)",
        )
    })?;
    let input = match target.text("Input")? {
        Some(text) => {
            Some(serde_json::from_str(&text).map_err(|_| target.wrong("Input", "is not JSON"))?)
        }
        None => None,
    };
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
