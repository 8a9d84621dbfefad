//! Puts the document together: information, operations, components. It does not know any operation.

use serde_json::{Map, Value, json};

use super::operation::{Answer, Operation, Shape};
use super::schemas::Schemas;
use super::{codes, parameters, table};

const DESCRIPTION: &str = "Turns webhooks into durable executions of workflows. Times are ISO 8601 in UTC, with \
    milliseconds. A repeated request with the same `Idempotency-Key` makes nothing twice. A refusal is a problem \
    (RFC 9457) with a `code`, a `detail` that says what to do, and the `requestId` that the logs carry. Webhooks \
    themselves are described for each org by `GET /v1/openapi.json`.";

/// The whole document.
pub(super) fn document() -> Value {
    let operations = table::operations();
    let mut schemas = Schemas::new();
    let mut refusals = Map::new();
    let paths = paths(&operations, &mut schemas, &mut refusals);
    refusals.sort_keys();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Sluice",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The deployment that serves this document."}],
        "security": security(Shape::Native),
        "tags": table::TAGS.map(|(name, description)| json!({"name": name, "description": description})),
        "paths": paths,
        "components": {
            "securitySchemes": security_schemes(),
            "schemas": schemas.into_components(),
            "responses": refusals,
            "examples": codes::examples(&operations),
        },
    })
}

fn security_schemes() -> Value {
    let key = |header: &str, description: &str| json!({"type": "apiKey", "in": "header", "name": header, "description": description});
    json!({
        "bearer": {
            "type": "http", "scheme": "bearer",
            "description": "An API key, `sk_test_…` or `sk_live_…`.",
        },
        "apiKey": key("x-api-key", "The same API key in a header of its own."),
        "reflyKey": key("X-Refly-Api-Key", "The same API key where clients of refly put it."),
        "copyaiKey": key("x-copy-ai-api-key", "The same API key where clients of copyai put it."),
    })
}

fn security(shape: Shape) -> Value {
    match shape {
        Shape::Native | Shape::Refold => json!([{"bearer": []}, {"apiKey": []}]),
        Shape::Refly => json!([{"reflyKey": []}, {"bearer": []}, {"apiKey": []}]),
        Shape::CopyAi => json!([{"copyaiKey": []}, {"bearer": []}, {"apiKey": []}]),
    }
}

fn paths(
    operations: &[Operation],
    schemas: &mut Schemas,
    refusals: &mut Map<String, Value>,
) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.to_ascii_lowercase()] = described(operation, schemas, refusals);
    }
    Value::Object(paths)
}

fn described(
    operation: &Operation,
    schemas: &mut Schemas,
    refusals: &mut Map<String, Value>,
) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
    });
    if let Some(description) = operation.description {
        described["description"] = json!(description);
    }
    described["x-function"] = json!(operation.function);
    if let Some(scope) = operation.scope {
        described["x-scope"] = json!(scope);
    }
    if operation.is_public {
        described["security"] = json!([]);
    } else if operation.shape != Shape::Native {
        described["security"] = security(operation.shape);
    }
    let mut listed = parameters::list(parameters::of_path(operation.path));
    listed.extend(
        operation
            .parameters
            .iter()
            .map(parameters::Parameter::to_json),
    );
    if !listed.is_empty() {
        described["parameters"] = Value::Array(listed);
    }
    if let Some(body) = &operation.body {
        let mut schema = schemas.of_request(body.schema);
        if !body.required.is_empty() {
            schema["required"] = json!(body.required);
        }
        described["requestBody"] = json!({
            "required": body.is_required,
            "content": {body.content_type: {"schema": schema, "example": body.example}},
        });
    }
    described["responses"] = Value::Object(responses(operation, schemas, refusals));
    described
}

fn responses(
    operation: &Operation,
    schemas: &mut Schemas,
    refusals: &mut Map<String, Value>,
) -> Map<String, Value> {
    let mut responses: Map<String, Value> = Map::new();
    for answer in &operation.answers {
        let known = responses.remove(&answer.status.to_string());
        let response = response(answer, known, operation.method, schemas);
        responses.insert(answer.status.to_string(), response);
    }
    responses.extend(codes::responses(operation, schemas, refusals));
    responses.sort_keys();
    responses
}

/// The answer, beside one of the same status that was described before.
fn response(answer: &Answer, known: Option<Value>, method: &str, schemas: &mut Schemas) -> Value {
    let mut response = known.unwrap_or_else(|| json!({"description": answer.description}));
    if answer.has_location {
        response["headers"] = Value::Object(parameters::location_headers());
    }
    if answer.status == 204 || method == "HEAD" {
        return response;
    }
    let media = match answer.schema {
        Some(schema) => {
            let schema = schemas.of_answer(schema);
            let example = schemas.example(&schema);
            json!({"schema": schema, "example": example})
        }
        None => json!({"schema": {"type": "string", "format": "binary"}}),
    };
    response["content"][answer.content_type] = media;
    response
}
