//! The parameters of operations: in the path, in the query, and the header `Idempotency-Key`.

use serde_json::{Map, Value, json};

/// One parameter.
pub(super) struct Parameter {
    name: &'static str,
    place: &'static str,
    required: bool,
    description: &'static str,
    schema: Value,
    example: Value,
}

impl Parameter {
    pub(super) fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "in": self.place,
            "required": self.required,
            "description": self.description,
            "schema": self.schema,
            "example": self.example,
        })
    }
}

/// A parameter of the query.
pub(super) fn query(
    name: &'static str,
    description: &'static str,
    schema: Value,
    example: Value,
) -> Parameter {
    Parameter {
        name,
        place: "query",
        required: false,
        description,
        schema,
        example,
    }
}

/// A parameter of the query that is a text.
pub(super) fn text(name: &'static str, description: &'static str, example: &str) -> Parameter {
    query(name, description, json!({"type": "string"}), json!(example))
}

/// A parameter of the query that is an id of that type.
pub(super) fn id(name: &'static str, description: &'static str, of: &str) -> Parameter {
    query(name, description, reference(of), id_example(of))
}

/// A parameter of the query that is one of these.
pub(super) fn one_of(name: &'static str, description: &'static str, values: &[&str]) -> Parameter {
    let schema = json!({"type": "string", "enum": values});
    query(name, description, schema, json!(values[0]))
}

/// The time from which, and until which, something was created.
pub(super) fn since_and_until() -> [Parameter; 2] {
    [
        text(
            "since",
            "Created at or after this time: a date and time with any offset, or a date, which is midnight UTC.",
            "2026-06-16",
        ),
        text(
            "until",
            "Created before this time.",
            "2026-06-17T12:00:00+02:00",
        ),
    ]
}

/// `limit` and `cursor`.
pub(super) fn paging(max: usize, default: usize) -> [Parameter; 2] {
    let schema = json!({"type": "integer", "minimum": 1, "maximum": max, "default": default});
    [
        query(
            "limit",
            "How many items the page may have.",
            schema,
            json!(default),
        ),
        text(
            "cursor",
            "The `nextCursor` of the page before.",
            "MSB3b3JrZmxvd3MgZGVtbw",
        ),
    ]
}

/// `page` and a size, of the profiles that number pages.
pub(super) fn numbered_pages(size: &'static str, first: usize, default: usize) -> [Parameter; 2] {
    let page = json!({"type": "integer", "minimum": first, "default": first});
    let items = json!({"type": "integer", "minimum": 1, "maximum": 100, "default": default});
    [
        query("page", "The number of the page.", page, json!(first)),
        query(size, "How many items a page has.", items, json!(default)),
    ]
}

/// The header `Idempotency-Key`.
pub(super) fn idempotency_key() -> Parameter {
    Parameter {
        name: "Idempotency-Key",
        place: "header",
        required: false,
        description: "A repeat with the same key and the same body answers the same resource, without its secret.",
        schema: json!({"type": "string", "pattern": "^[!-~]{1,255}$"}),
        example: json!("order-4711"),
    }
}

/// The parameters that a path names.
pub(super) fn of_path(path: &str) -> impl Iterator<Item = Parameter> + '_ {
    path.split('/').filter_map(|segment| {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        Some(path_parameter(name))
    })
}

fn path_parameter(name: &str) -> Parameter {
    let (name, description, schema, example) = match name {
        "keyId" => of_id("keyId", "The API key.", "ApiKeyId"),
        "workflowId" => of_id("workflowId", "The workflow.", "WorkflowId"),
        "triggerId" => of_id("triggerId", "The trigger.", "TriggerId"),
        "executionId" => of_id("executionId", "The execution.", "ExecutionId"),
        "subscriptionId" => of_id("subscriptionId", "The subscription.", "SubscriptionId"),
        "eventId" => of_id("eventId", "The event.", "EventId"),
        "fileKey" => of_id("fileKey", "The file.", "FileKey"),
        "deliveryId" => of_id("deliveryId", "The delivery.", "DeliveryId"),
        "eventType" => (
            "eventType",
            "The name of the event type.",
            json!({"type": "string"}),
            json!("invoice.paid"),
        ),
        "name" => (
            "name",
            "The name of the secret.",
            json!({"type": "string"}),
            json!("CRM_TOKEN"),
        ),
        "version" => (
            "version",
            "The version of the definition, from 1.",
            json!({"type": "integer", "minimum": 1}),
            json!(2),
        ),
        unknown => panic!("the parameter {unknown} is not described"),
    };
    Parameter {
        name,
        place: "path",
        required: true,
        description,
        schema,
        example,
    }
}

fn of_id(
    name: &'static str,
    description: &'static str,
    of: &str,
) -> (&'static str, &'static str, Value, Value) {
    (name, description, reference(of), id_example(of))
}

fn reference(of: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{of}")})
}

fn id_example(of: &str) -> Value {
    let prefix = match of {
        "ApiKeyId" => "key",
        "WorkflowId" => "wf",
        "TriggerId" => "trg",
        "ExecutionId" => "exe",
        "SubscriptionId" => "sub",
        "EventId" => "evt",
        "FileKey" => "of",
        "DeliveryId" => "dlv",
        unknown => panic!("the id {unknown} has no example"),
    };
    json!(format!("{prefix}_01JZ5T4Q8N3R7V2X6B9D0F1G2H"))
}

/// Parameters as a document lists them.
pub(super) fn list(parameters: impl IntoIterator<Item = Parameter>) -> Vec<Value> {
    let parameters = parameters.into_iter();
    parameters.map(|parameter| parameter.to_json()).collect()
}

/// The headers of an answer that names the address of a resource.
pub(super) fn location_headers() -> Map<String, Value> {
    let header = |description: &str, example: &str| json!({"description": description, "schema": {"type": "string"}, "example": example});
    Map::from_iter([
        (
            "Location".to_owned(),
            header(
                "The path of the resource.",
                "/v1/workflows/wf_01JZ5T4Q8N3R7V2X6B9D0F1G2H",
            ),
        ),
        (
            "Idempotent-Replayed".to_owned(),
            header(
                "`true` where an earlier request with the same `Idempotency-Key` made the resource.",
                "true",
            ),
        ),
    ])
}
