//! Examples of answers, made from their schemas: a text or a number without an example of its own has one by the name of
//! its field.

use serde_json::{Map, Value, json};

/// What an example begins with where there is none; a test looks for it.
pub(super) const MISSING: &str = "no example of";

/// An example of a value with this schema.
pub(super) fn of_schema(schema: &Value, components: &Map<String, Value>) -> Value {
    example("", schema, components)
}

fn example(name: &str, schema: &Value, components: &Map<String, Value>) -> Value {
    if let Some(target) = schema["$ref"].as_str() {
        let component = target.rsplit('/').next().unwrap_or_default();
        return example(name, &components[component], components);
    }
    let given = [&schema["examples"][0], &schema["const"], &schema["enum"][0]];
    if let Some(given) = given.into_iter().find(|given| !given.is_null()) {
        return given.clone();
    }
    let variants = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    if let Some(first) = variants.and_then(|variants| variants.first()) {
        return example(name, first, components);
    }
    match kind(schema) {
        Some("object") => object(name, schema, components),
        Some("array") => {
            let item = name.strip_suffix('s').unwrap_or(name);
            json!([example(item, &schema["items"], components)])
        }
        Some("string") if name == "version" => json!("0.1.0"),
        Some("boolean") => json!(!["test", "edited", "dryRun"].contains(&name)),
        Some(_) | None => by_name(name),
    }
}

fn kind(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::Array(kinds) => kinds.first().and_then(Value::as_str),
        other => other.as_str(),
    }
}

/// Every field that an answer always has.
fn object(name: &str, schema: &Value, components: &Map<String, Value>) -> Value {
    let Some(properties) = schema["properties"].as_object() else {
        return by_name(name);
    };
    let is_always_there = |property: &String| {
        let required = schema["required"].as_array();
        required.is_some_and(|required| required.iter().any(|known| known == property))
    };
    let shown = properties
        .iter()
        .filter(|(property, _)| is_always_there(property));
    let fields = shown.map(|(property, schema)| {
        let value = match property.as_str() {
            "success" => json!(true),
            _ => example(property, schema, components),
        };
        (property.clone(), value)
    });
    Value::Object(fields.collect())
}

/// The example of a field that has none of its own.
fn by_name(name: &str) -> Value {
    match name {
        "" => json!({"openapi": "3.1.0", "info": {"title": "Sluice"}}),
        "name" => json!("Orders"),
        "slug" => json!("orders"),
        "last4" => json!("Zk9Q"),
        "attempt" | "version" | "workflowVersion" | "revision" | "__v" | "visit" | "attempts" => {
            json!(2)
        }
        "commit" => json!("b5dc71c"),
        "eventType" | "event" | "type" | "webhook_event" => json!("workflow.completed"),
        "refold" => json!("Workflow Completed"),
        "copyai" => json!("workflowRun.completed"),
        "attemptCount" | "total" | "matched" | "replayed" | "recovered" | "activeWorkflows"
        | "executions" | "deliveries" => json!(1),
        "repeated" | "skipped" | "omittedParameters" | "refusals" | "failures" => json!(0),
        "day" => json!("2026-06-16"),
        "status" | "httpStatus" | "status_code" => json!(200),
        "latencyMs" | "milliseconds" | "responseTime" => json!(184),
        "error" | "failureReason" => Value::Null,
        "responseHeaders" => json!({"content-type": "application/json"}),
        "headers" => json!({"content-type": "application/json", "user-agent": "Shop/2.1"}),
        "responseBody" | "body" => json!("{\"id\":4711}"),
        "signedContent" => json!("evt_01JZ5T4Q8N3R7V2X6B9D0F1G2H.1781612250.{\"id\":4711}"),
        "nextCursor" | "nextStepsCursor" | "retryAfter" => Value::Null,
        "description" => json!("An invoice was paid."),
        "schema" => json!({"type": "object", "required": ["id"]}),
        "deliveryId" => json!("order-4711"),
        "input" => json!({"id": 4711, "source": "webhook"}),
        "event_data" | "data" | "output" => json!({"id": 4711}),
        "call" => json!({"method": "POST", "url": "https://crm.example.com/orders", "status": 200}),
        "path" | "id" | "to" | "pointer" => json!("/do/0/charge"),
        "from" => json!("start"),
        "parent" | "label" => Value::Null,
        "reason" => json!("a task has exactly one kind"),
        "line" => json!(12),
        "column" => json!(7),
        "writeUnits" => json!(9),
        "readUnits" => json!(1),
        "capacity" => json!(20),
        "refillPerSecond" => json!(5.0),
        "webhooksPerMinute" | "webhooksPerDay" | "monthlyCredits" | "credits" => json!(1000),
        "method" => json!("POST"),
        "value" => json!("1"),
        "sourceIp" => json!("203.0.113.7"),
        "scheme" => json!("github"),
        "url" | "webhook_url" => json!("https://receiver.example.com/events"),
        "template" | "condition" | "disabledReason" | "failingSince" | "pausedUntil" => Value::Null,
        "webhook_body" => json!("{{event}}"),
        "org_id" => json!("org_01JZ5T4Q8N3R7V2X6B9D0F1G2H"),
        "ipAllowList" => json!("203.0.113.0/24"),
        "origin" => json!("https://shop.example.com"),
        "definition" => json!({
            "document": {"dsl": "1.0.0", "namespace": "demo", "name": "orders", "version": "1.0.0"},
            "do": [{"keep": {"set": {"order": "${ .id }"}}}],
        }),
        "key" => json!("sk_test_9b6cQ2dVY0mC6tJt8m6w8Q4yqH0W1kq5mY5dXvR2Zk9"),
        "secret" => json!("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        "workflowId" => json!("wf_01JZ5T4Q8N3R7V2X6B9D0F1G2H"),
        "webhookId" => json!("wh_0123456789abcdef0123456789abcdef"),
        "webhookUrl" => json!(
            "https://edge.example.com/v1/openapi/webhook/wh_0123456789abcdef0123456789abcdef/run"
        ),
        "timeout" => json!(30),
        "page" => json!(1),
        "pageSize" => json!(20),
        "contentType" => json!("application/pdf"),
        "fileName" => json!("scan.pdf"),
        "size" => json!(20_971_520),
        unknown => json!(format!("{MISSING} {unknown}")),
    }
}
