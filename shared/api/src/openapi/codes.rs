//! The refusals of operations: each code under its status, with an example. It does not know when a code applies.

use std::collections::BTreeMap;

use domain::{
    ExecutionId, MissingParameters, ParameterField, ParameterPlace, ParameterType, Slug, WorkflowId,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::operation::{Operation, Shape};
use super::schemas::Schemas;
use crate::problem::{Problem, ProblemView};
use crate::profiles::{copyai, refly, refold};
use crate::resources::event_type::SchemaProblem;
use crate::resources::workflow::DefinitionProblem;
use crate::resources::{delivery, event_type, execution, subscription, trigger, workflow};
use crate::status::Code;
use crate::webhook;

/// An answer of the gateway itself.
#[derive(Serialize, JsonSchema)]
pub(super) struct GatewayMessage {
    /// What is wrong.
    message: String,
}

/// The statuses that the gateway answers with where no function did, with their messages.
const OF_THE_GATEWAY: [(u16, &str); 4] = [
    (413, "Request Entity Too Large"),
    (429, "Too Many Requests"),
    (500, "Internal Server Error"),
    (503, "Service Unavailable"),
];

const PROBLEM: &str = "application/problem+json";
const JSON: &str = "application/json";

/// An example of each code that an operation of the native API has.
pub(super) fn examples(operations: &[Operation]) -> Value {
    let native_operations = operations
        .iter()
        .filter(|operation| operation.shape == Shape::Native);
    let mut examples: Map<String, Value> = native_operations
        .flat_map(|operation| &operation.codes)
        .map(|code| {
            let example = json!({"summary": code.title(), "value": native(*code)});
            (code.as_str().to_owned(), example)
        })
        .collect();
    examples.sort_keys();
    Value::Object(examples)
}

/// Every refusal of an operation by its status. One of the native API with a single code is the same for all operations
/// that have it: it becomes a component.
pub(super) fn responses(
    operation: &Operation,
    schemas: &mut Schemas,
    shared: &mut Map<String, Value>,
) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in &operation.codes {
        let codes = by_status.entry(code.status().as_u16()).or_default();
        if !codes.contains(code) {
            codes.push(*code);
        }
    }
    for (status, _) in OF_THE_GATEWAY {
        by_status.entry(status).or_default();
    }
    let mut responses = Map::new();
    for (status, mut codes) in by_status {
        codes.sort_by_key(|code| code.as_str());
        let response = response(operation.shape, status, &codes, schemas);
        let name = match (operation.shape, codes.as_slice()) {
            (_, []) => format!("GATEWAY_{status}"),
            (Shape::Native, [code]) => code.as_str().to_owned(),
            _ => {
                responses.insert(status.to_string(), response);
                continue;
            }
        };
        let reference = json!({"$ref": format!("#/components/responses/{name}")});
        shared.insert(name, response);
        responses.insert(status.to_string(), reference);
    }
    responses
}

fn response(shape: Shape, status: u16, codes: &[Code], schemas: &mut Schemas) -> Value {
    let mut content = Map::new();
    if !codes.is_empty() {
        let (media_type, media) = media(shape, codes, schemas);
        content.insert(media_type.to_owned(), media);
    }
    let from_gateway = OF_THE_GATEWAY.iter().find(|(known, _)| *known == status);
    if let Some((_, message)) = from_gateway {
        let schema = schemas.answer::<GatewayMessage>();
        let media = json!({"schema": schema, "example": {"message": message}});
        merge(&mut content, media);
    }
    let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let description = match (names.as_slice(), from_gateway) {
        ([], _) => "Refused by the gateway itself.".to_owned(),
        (names, None) => format!("Refused: {}.", names.join(", ")),
        (names, Some(_)) => format!("Refused: {}, or by the gateway itself.", names.join(", ")),
    };
    let mut response = json!({"description": description, "content": content});
    let headers = headers(status);
    if !headers.is_empty() {
        response["headers"] = Value::Object(headers);
    }
    response
}

/// Adds what the gateway answers to what a function does, where both have one content type.
fn merge(content: &mut Map<String, Value>, gateway: Value) {
    match content.get_mut(JSON) {
        None => {
            content.insert(JSON.to_owned(), gateway);
        }
        Some(media) => {
            let both = [media["schema"].take(), gateway["schema"].clone()];
            media["schema"] = json!({"anyOf": both});
            media["examples"]["gateway"] = json!({"value": gateway["example"]});
        }
    }
}

fn headers(status: u16) -> Map<String, Value> {
    let header = |name: &str, description: &str, kind: &str, example: Value| {
        let header =
            json!({"description": description, "schema": {"type": kind}, "example": example});
        Map::from_iter([(name.to_owned(), header)])
    };
    match status {
        401 => header(
            "WWW-Authenticate",
            "Always `Bearer`, of the native API.",
            "string",
            json!("Bearer"),
        ),
        429 | 503 => header(
            "Retry-After",
            "In how many seconds to try again, where a function answered.",
            "integer",
            json!(1),
        ),
        _ => Map::new(),
    }
}

/// The content type of a refusal in this shape, and what it holds.
fn media(shape: Shape, codes: &[Code], schemas: &mut Schemas) -> (&'static str, Value) {
    let names: Vec<&str> = codes.iter().map(|code| public_code(shape, *code)).collect();
    let of_codes = |schema: Value, field: &str| {
        let mut schema = schema;
        schema["properties"] = json!({field: {"enum": names}});
        schema
    };
    let (media_type, schema) = match shape {
        Shape::Native => (
            PROBLEM,
            of_codes(schemas.answer::<ProblemView<'_>>(), "code"),
        ),
        Shape::Refly => (
            JSON,
            of_codes(
                schemas.answer::<webhook::refly::RefusalView<'_>>(),
                "errCode",
            ),
        ),
        Shape::Refold => (
            JSON,
            of_codes(schemas.answer::<refold::answers::RefusalView>(), "error"),
        ),
        Shape::CopyAi => (
            JSON,
            of_codes(schemas.answer::<copyai::RefusalView>(), "errorCode"),
        ),
    };
    let examples: Map<String, Value> = codes
        .iter()
        .map(|code| {
            let example = match shape {
                Shape::Native => {
                    json!({"$ref": format!("#/components/examples/{}", code.as_str())})
                }
                Shape::Refly => {
                    json!({"value": body(webhook::refly::refuse(problem(*code), REQUEST_ID))})
                }
                Shape::Refold => json!({"value": body(refold::refuse(problem(*code)))}),
                Shape::CopyAi => json!({"value": body(copyai::refuse(problem(*code)))}),
            };
            (public_code(shape, *code).to_owned(), example)
        })
        .collect();
    (media_type, json!({"schema": schema, "examples": examples}))
}

/// What clients of an API are told instead of a code.
fn public_code(shape: Shape, code: Code) -> &'static str {
    match (shape, code) {
        (Shape::Refly, Code::RateLimited) => "WEBHOOK_RATE_LIMITED",
        _ => code.as_str(),
    }
}

const REQUEST_ID: &str = "JKJaXmPLvHcESHA=";

fn native(code: Code) -> Value {
    body(problem(code).respond(REQUEST_ID))
}

fn body(response: lambda_http::Response<lambda_http::Body>) -> Value {
    serde_json::from_slice(&response.into_body()).unwrap()
}

/// A problem of that code as a request could meet it.
fn problem(code: Code) -> Problem {
    let field = || Problem::invalid_field("/name", "Give a name.");
    match code {
        Code::NotFound => Problem::not_found(),
        Code::Internal => Problem::internal(),
        Code::Unavailable => Problem::unavailable(),
        Code::RateLimited => Problem::rate_limited(2_000),
        Code::InsufficientCredits => Problem::no_credits(),
        Code::LoopDetected => Problem::loop_detected(),
        Code::InvalidField => field(),
        Code::InvalidParameter => {
            Problem::invalid_parameter("limit", "limit is a whole number from 1 to 100.")
        }
        Code::UnknownField => {
            Problem::new(code, "/activ is not a field that can be set; remove it.")
                .member("pointer", json!("/activ"))
        }
        Code::ValidationError => Problem::invalid_field("/url", "Give the URL to deliver to."),
        Code::InvalidDefinition => workflow::invalid_definition(&[DefinitionProblem {
            pointer: "/do/0/charge".to_owned(),
            reason: "a task has exactly one kind".to_owned(),
            line: Some(12),
            column: Some(7),
        }]),
        Code::InvalidSchema => event_type::invalid_schema(&[SchemaProblem {
            pointer: "/properties/amount/type".to_owned(),
            reason: "there is no such type".to_owned(),
        }]),
        Code::MissingParameter => Problem::missing_parameters(&missing()),
        Code::WorkflowInactive => Problem::workflow_inactive(ExecutionId::derived(&["example"])),
        Code::Conflict => workflow::conflict(),
        Code::LimitReached => workflow::too_many(),
        Code::PlanLimitExceeded => workflow::plan_limit(5),
        Code::SlugTaken => workflow::slug_taken(&Slug::from_name(
            "Orders",
            WorkflowId::derived(&["example"]),
        )),
        Code::DefinitionTooLarge => workflow::definition_too_large(),
        Code::IdempotencyKeyReused => crate::idempotency::reused(),
        Code::EventTypeInUse => event_type::in_use(),
        Code::NoSample => trigger::no_sample(),
        Code::NothingCaptured => trigger::nothing_captured(),
        Code::StillRunning => execution::not_ended(),
        Code::SubscriptionDisabled => subscription::disabled(),
        Code::DeliveryUnderWay => delivery::under_way(),
        Code::EventExpired => delivery::event_gone(),
        Code::UrlNotAllowed => subscription::url_refused("its address is private"),
        Code::CanvasNotFound => refly::canvas_not_found(),
        Code::WebhookNotFound => refly::webhook_not_found(),
        Code::ResourceNotFound => refold::not_found(),
        code => Problem::new(code, sentence(code)),
    }
}

/// What a problem says to do whose sentence is made where the request is read.
fn sentence(code: Code) -> &'static str {
    match code {
        Code::Unauthorized => "Send an API key in `Authorization: Bearer` or `x-api-key`.",
        Code::ForbiddenScope => "Use a key with the scope admin.",
        Code::InvalidRequestBody => "Send a JSON object.",
        Code::BodyTooLarge => "Send at most 1048576 bytes.",
        Code::InvalidCursor => {
            "Send the nextCursor of the page before as it was, or none to start again."
        }
        Code::InvalidIdempotencyKey => "A key has 1 to 255 printable ASCII characters.",
        Code::EventTooLarge => "The data has at most 102400 bytes as compact JSON.",
        Code::InvalidEvent => "Invalid event. Check events list in documentation.",
        other => panic!("{other:?} has no example"),
    }
}

fn missing() -> MissingParameters {
    let field = ParameterField::new(ParameterPlace::Body, "order.id", ParameterType::String);
    MissingParameters {
        absent: field.into_iter().collect(),
        mistyped: Vec::new(),
    }
}
