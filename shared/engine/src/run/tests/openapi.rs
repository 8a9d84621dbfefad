//! Operations of OpenAPI descriptions, of version 2 and 3.

use super::{Outcome, RequestedCall, json_answer, run_with};
use crate::CallResult;
use serde_json::{Value, json};

fn call_of(description: &Value, with: &str, input: Value) -> Outcome {
    let tasks = format!(
        "do: [ {{ op: {{ call: openapi, with: {{ document: {{ endpoint: 'http://127.0.0.1:1/api/doc.json' }}, {with} }} }} }} ]"
    );
    run_with(&tasks, input, |call| {
        match call.url.ends_with("/doc.json") {
            true => json_answer(200, description),
            false => json_answer(200, &json!("done")),
        }
    })
}

fn second(outcome: &Outcome) -> &RequestedCall {
    outcome.calls.get(1).expect("a call of the operation")
}

#[test]
fn an_operation_of_version_2_is_called_at_the_server_of_its_description() {
    let description = json!({
        "swagger": "2.0", "host": "127.0.0.1:2", "basePath": "/v2", "schemes": ["http"],
        "paths": {"/pet/{id}/find": {"get": {
            "operationId": "find",
            "parameters": [
                {"name": "id", "in": "path", "required": true},
                {"name": "status", "in": "query"},
                {"name": "X-Trace", "in": "header"},
            ],
        }}},
    });
    let with = "operationId: find, parameters: { id: '${ .id }', status: [a, b], X-Trace: t }, authentication: { bearer: { token: t } }";
    let outcome = call_of(&description, with, json!({"id": "1/2"}));
    assert_eq!(outcome.output(), &json!("done"));
    assert_eq!(outcome.calls[0].id, "/do/0/op/1/document");
    let call = second(&outcome);
    assert_eq!(
        call.url,
        "http://127.0.0.1:2/v2/pet/1%2F2/find?status=a&status=b"
    );
    assert_eq!(call.id, "/do/0/op/1");
    for header in [("X-Trace", "t"), ("authorization", "Bearer t")] {
        assert!(
            call.headers
                .contains(&(header.0.to_owned(), header.1.to_owned()))
        );
    }
}

#[test]
fn an_operation_of_version_3_has_the_remaining_parameters_as_its_body() {
    let description = json!({
        "openapi": "3.0.0",
        "servers": [{"url": "{stage}/v3", "variables": {"stage": {"default": "/live"}}}],
        "paths": {"/pets/{id}": {
            "parameters": [{"$ref": "#/components/parameters/id"}],
            "put": {"operationId": "replace", "requestBody": {}},
        }},
        "components": {"parameters": {"id": {"name": "id", "in": "path", "required": true}}},
    });
    let outcome = call_of(
        &description,
        "operationId: replace, parameters: { id: 7, name: milou }",
        json!({}),
    );
    let call = second(&outcome);
    assert_eq!(
        (call.method.as_str(), call.url.as_str()),
        ("PUT", "http://127.0.0.1:1/live/v3/pets/7")
    );
    assert_eq!(
        call.body.as_deref(),
        Some(br#"{"name":"milou"}"#.as_slice())
    );
}

#[test]
fn parameters_that_the_description_does_not_allow_are_a_configuration_error() {
    let description = json!({"openapi": "3.0.0", "paths": {"/p/{id}": {"get": {
        "operationId": "op", "parameters": [{"name": "id", "in": "path", "required": true}],
    }}}});
    for (with, part) in [
        ("operationId: other", "no operation"),
        ("operationId: op", "`id` is missing"),
        (
            "operationId: op, parameters: { id: 1, more: 2 }",
            "no parameter `more`",
        ),
        (
            "operationId: op, parameters: { id: { a: 1 } }",
            "must be a string",
        ),
    ] {
        let outcome = call_of(&description, with, json!({}));
        assert!(outcome.fault().r#type.ends_with("/configuration"));
        assert!(
            outcome
                .fault()
                .detail
                .as_deref()
                .is_some_and(|detail| detail.contains(part)),
            "{with}"
        );
        assert_eq!(outcome.calls.len(), 1);
    }
}

#[test]
fn a_description_that_cannot_be_fetched_is_a_communication_error() {
    let tasks = "do: [ { op: { call: openapi, with: { document: { endpoint: 'http://127.0.0.1:1/x' }, operationId: op } } } ]";
    let outcome = run_with(tasks, json!({}), |_| json_answer(404, &json!({})));
    assert_eq!(outcome.fault().status, 404);
    let unreadable = |_: &RequestedCall| CallResult::Response {
        status: 200,
        headers: Vec::new(),
        body: b"a: [".to_vec(),
    };
    assert!(
        run_with(tasks, json!({}), unreadable)
            .fault()
            .r#type
            .ends_with("/communication")
    );
}
