//! Expressions that are tried out, and definitions that are checked without being stored.

use serde_json::{Value, json};

use crate::caller::{Edge, definition};

const EVALUATE: &str = "/v1/expressions/evaluate";
const VALIDATE: &str = "/v1/workflows/validate";

#[tokio::test]
async fn an_expression_gives_its_output_or_says_why_it_fails() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let evaluate = async |expression: &str| {
        let body = json!({"expression": expression, "input": {"order": {"id": 4711}}});
        let answer = admin.post(EVALUATE, &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json
    };
    let output = |value: Value| json!({"output": value, "error": null});
    assert_eq!(evaluate("${ .order.id }").await, output(json!(4711)));
    assert_eq!(evaluate("empty").await["output"], Value::Null);
    assert_eq!(
        evaluate("error(\"no\")").await,
        json!({"output": null, "error": "no"})
    );
    for expression in [
        ".a[",
        "env",
        "input_filename",
        "[limit(1e9; repeat(1))] | length",
    ] {
        let refused = evaluate(expression).await;
        assert!(refused["error"].is_string(), "{expression}: {refused}");
        assert_eq!(refused["output"], Value::Null);
    }
}

#[tokio::test]
async fn a_key_that_reads_may_try_out_and_one_that_publishes_may_not() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    for (scope, status) in [("read", 200), ("publish", 403)] {
        let body = json!({"name": scope, "scopes": [scope]});
        let made = admin.post("/v1/api-keys", &body).await;
        let key = edge.with_key(made.text("key"));
        let body = json!({"expression": "1"});
        assert_eq!(key.post(EVALUATE, &body).await.status, status);
        let body = json!({"definition": definition("one")});
        assert_eq!(key.post(VALIDATE, &body).await.status, status);
    }
}

#[tokio::test]
async fn a_definition_is_checked_without_being_stored() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let valid = admin
        .post(VALIDATE, &json!({"definition": definition("one")}))
        .await;
    assert_eq!(valid.json["valid"], true, "{valid:?}");
    assert_eq!(valid.json["problems"], json!([]));
    assert_eq!(valid.json["graph"]["nodes"][0]["id"], "start", "{valid:?}");
    let yaml = "document: {dsl: '1.0.0', namespace: t, name: t, version: '1.0.0'}\ndo:\n  - a: {nope: 1}\n";
    let broken = admin.post(VALIDATE, &json!({"definitionYaml": yaml})).await;
    assert_eq!(broken.status, 200, "{broken:?}");
    assert_eq!(broken.json["valid"], false);
    assert_eq!(broken.json["problems"][0]["line"], 3, "{broken:?}");
    assert_eq!(broken.json["graph"], json!(null));
    let neither = admin.post(VALIDATE, &json!({})).await;
    assert_eq!(neither.refusal(), (400, "INVALID_FIELD"));
    assert!(admin.get("/v1/workflows").await.listed("id").is_empty());
}
