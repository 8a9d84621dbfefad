//! From a template's resources to what the stack is made of. A resource of another type (a role, an alarm, a log group)
//! has no local counterpart. Does not know how functions are invoked.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::properties::Properties;
use super::resolve::{DEPTH_LIMIT, Resolver};
use super::resource::{Resource, last_part};
use super::{Function, Queue, Redrive, Table, Template, TemplateError, event_sources, routes};

/// AWS's own default (`AWS::Lambda::Function`, `Timeout`).
const FUNCTION_TIMEOUT_SECONDS: u32 = 3;
/// AWS's own defaults (`AWS::SQS::Queue`).
const VISIBILITY_TIMEOUT_SECONDS: u32 = 30;
const RETENTION_SECONDS: u32 = 345_600;

pub(super) fn read(resolver: &Resolver<'_>) -> Result<Template, TemplateError> {
    let whole = Properties::whole(resolver);
    let globals = whole.block("Globals").block("Function");
    let resources = whole
        .block("Resources")
        .blocks()
        .map(|(logical_id, block)| resource(logical_id, &block))
        .filter_map(Result::transpose)
        .collect::<Result<Vec<_>, _>>()?;
    if resources.is_empty() {
        return Err(TemplateError::new("/Resources", "there are none"));
    }
    let mut template = Template::default();
    for resource in &resources {
        match resource.kind.as_str() {
            "AWS::Serverless::Function" => template.functions.push(function(resource, &globals)?),
            "AWS::DynamoDB::Table" => template.tables.push(table(resource)?),
            "AWS::SQS::Queue" => template.queues.push(queue(resource)?),
            "AWS::S3::Bucket" => template.buckets.push(resource.name()?),
            "AWS::KMS::Key" => template.keys.push(resource.arn()?),
            _ => {}
        }
    }
    for resource in &resources {
        match resource.kind.as_str() {
            "AWS::ApiGatewayV2::Route" => {
                let route = routes::read(resource, &resources, &template)?;
                template.routes.push(route);
            }
            "AWS::Lambda::EventSourceMapping" => {
                template.mappings.extend(event_sources::mapping(resource)?);
            }
            "AWS::Scheduler::Schedule" => {
                template.schedules.push(event_sources::schedule(resource)?);
            }
            _ => {}
        }
    }
    Ok(template)
}

/// Refuses a queue or a function that is named but not there.
pub(super) fn refuse_dangling(template: &Template) -> Result<(), TemplateError> {
    let queues = template
        .mappings
        .iter()
        .map(|mapping| &mapping.queue)
        .chain(
            template
                .queues
                .iter()
                .filter_map(|queue| Some(&queue.redrive.as_ref()?.dead_letter_queue)),
        );
    for name in queues {
        if !template.queues.iter().any(|queue| queue.name == *name) {
            return Err(TemplateError::new(
                "/Resources",
                format!("there is no queue {name}, which is named there"),
            ));
        }
    }
    let mapped = template.mappings.iter().map(|mapping| &mapping.function);
    for name in mapped.chain(template.schedules.iter().map(|schedule| &schedule.function)) {
        if template.function(name).is_none() {
            return Err(TemplateError::new(
                "/Resources",
                format!("there is no function {name}, which is invoked there"),
            ));
        }
    }
    Ok(())
}

/// The resource, unless its condition does not hold.
fn resource<'a>(
    logical_id: &'a str,
    block: &Properties<'a>,
) -> Result<Option<Resource<'a>>, TemplateError> {
    let kind = block.required_text("Type")?;
    if let Some(condition) = block.text("Condition")?
        && !block.resolver.holds(
            &condition,
            &format!("{}/Condition", block.path),
            DEPTH_LIMIT,
        )?
    {
        return Ok(None);
    }
    Ok(Some(Resource {
        logical_id,
        kind,
        properties: block.block("Properties"),
    }))
}

fn function(resource: &Resource<'_>, globals: &Properties<'_>) -> Result<Function, TemplateError> {
    let name = resource.name()?;
    let own = &resource.properties;
    if own.value("Events")?.is_some() {
        return Err(own.wrong(
            "Events",
            "routes, mappings and schedules are resources of their own here",
        ));
    }
    let code = own.text("CodeUri")?.unwrap_or_default();
    let package = code
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let timeout_seconds = own
        .number("Timeout")?
        .or(globals.number("Timeout")?)
        .unwrap_or(FUNCTION_TIMEOUT_SECONDS);
    let mut environment = BTreeMap::new();
    for variables in [globals, own].map(|block| block.block("Environment").block("Variables")) {
        for (name, _) in variables.blocks() {
            environment.insert(name.to_owned(), variables.required_text(name)?);
        }
    }
    let package = if package.is_empty() || package == "." {
        name.clone()
    } else {
        package.to_owned()
    };
    Ok(Function {
        name,
        package,
        environment,
        timeout_seconds,
        allows_recursion: own.text("RecursiveLoop")?.as_deref() == Some("Allow"),
    })
}

fn table(resource: &Resource<'_>) -> Result<Table, TemplateError> {
    let name = resource.name()?;
    let own = &resource.properties;
    let mut definition = Map::from_iter([
        ("TableName".to_owned(), Value::from(name.as_str())),
        ("BillingMode".to_owned(), Value::from("PAY_PER_REQUEST")),
    ]);
    for key in ["KeySchema", "AttributeDefinitions"] {
        let value = own
            .value(key)?
            .ok_or_else(|| own.wrong(key, "is required"))?;
        definition.insert(key.to_owned(), value);
    }
    for key in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        if let Some(value) = own.value(key)? {
            definition.insert(key.to_owned(), value);
        }
    }
    let ttl = own.block("TimeToLiveSpecification");
    let enabled = ttl.text("Enabled")?.as_deref() == Some("true");
    let ttl_attribute = if enabled {
        Some(ttl.required_text("AttributeName")?)
    } else {
        None
    };
    Ok(Table {
        name,
        definition: definition.into(),
        ttl_attribute,
    })
}

fn queue(resource: &Resource<'_>) -> Result<Queue, TemplateError> {
    let own = &resource.properties;
    if own.text("FifoQueue")?.as_deref() == Some("true") {
        return Err(own.wrong("FifoQueue", "only standard queues are stood in for"));
    }
    let redrive = own.block("RedrivePolicy");
    let redrive = match redrive.text("deadLetterTargetArn")? {
        Some(arn) => Some(Redrive {
            dead_letter_queue: last_part(&arn).to_owned(),
            max_receive_count: redrive
                .number("maxReceiveCount")?
                .ok_or_else(|| redrive.wrong("maxReceiveCount", "is required"))?,
        }),
        None => None,
    };
    Ok(Queue {
        name: resource.name()?,
        visibility_timeout_seconds: own
            .number("VisibilityTimeout")?
            .unwrap_or(VISIBILITY_TIMEOUT_SECONDS),
        delay_seconds: own.number("DelaySeconds")?.unwrap_or(0),
        retention_seconds: own
            .number("MessageRetentionPeriod")?
            .unwrap_or(RETENTION_SECONDS),
        receive_wait_seconds: own.number("ReceiveMessageWaitTimeSeconds")?.unwrap_or(0),
        redrive,
    })
}
