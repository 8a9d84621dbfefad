//! Subscriptions as clients of refold and copyai make them: their routes, answers and refusals.

use serde_json::{Value, json};
use tests::{Answer, World};

const REFOLD: &str = "/api/v2/public/webhook";
const COPYAI: &str = "/api/webhook";

async fn refold(world: &World, method: &str, path: &str, body: Value) -> Answer {
    let headers = [("x-api-key", world.key.as_str())];
    world.send(method, path, &headers, body.to_string()).await
}

async fn copyai(world: &World, method: &str, path: &str, body: Value) -> Answer {
    let headers = [("x-copy-ai-api-key", world.key.as_str())];
    world.send(method, path, &headers, body.to_string()).await
}

fn of_refold() -> Value {
    json!({
        "webhook_url": "https://127.0.0.1/webhooks",
        "webhook_events": ["Workflow Errored", "Connection Expired"],
        "webhook_type": "default",
    })
}

fn of_copyai() -> Value {
    json!({"url": "https://127.0.0.1/webhook", "eventType": "workflowRun.completed"})
}

#[tokio::test]
async fn refolds_example_is_made_listed_changed_and_deleted() {
    let world = World::new().await;
    let made = refold(&world, "POST", REFOLD, of_refold())
        .await
        .expect(200);
    let at = "2026-06-16T12:17:30.231Z";
    let expected = json!({
        "_id": made["_id"],
        "org_id": world.tenant.org,
        "environment": "test",
        "is_enabled": true,
        "webhook_events": ["Workflow Errored", "Connection Expired"],
        "workflow_ids": [],
        "webhook_url": "https://127.0.0.1/webhooks",
        "webhook_body": "{{event}}",
        "method": "POST",
        "webhook_type": "default",
        "createdAt": at,
        "updatedAt": at,
        "__v": 0,
    });
    assert_eq!(made, expected);
    world.clock.advance(1);
    let other = refold(&world, "POST", REFOLD, of_refold())
        .await
        .expect(200);
    let listed = refold(&world, "GET", REFOLD, json!({})).await.expect(200);
    assert_eq!(listed, json!([made, other]));
    let path = format!("{REFOLD}/{}", made["_id"].as_str().unwrap());
    let change = json!({"is_enabled": false, "method": "PATCH"});
    let changed = refold(&world, "PUT", &path, change).await.expect(200);
    assert_eq!(changed["is_enabled"], false);
    assert_eq!(changed["method"], "PATCH");
    assert_eq!(changed["webhook_events"], made["webhook_events"]);
    assert_eq!(changed["__v"], 1);
    let shown = refold(&world, "GET", &path, json!({})).await.expect(200);
    assert_eq!(shown, changed);
    let left = refold(&world, "DELETE", &path, json!({})).await.expect(200);
    assert_eq!(left, json!([other]));
}

#[tokio::test]
async fn an_empty_body_of_refolds_is_the_whole_event() {
    let world = World::new().await;
    for empty in ["", " "] {
        let mut body = of_refold();
        body["webhook_body"] = json!(empty);
        let made = refold(&world, "POST", REFOLD, body).await.expect(200);
        assert_eq!(made["webhook_body"], "{{event}}");
        assert_eq!(made["webhook_type"], "default");
    }
}

#[tokio::test]
async fn refold_is_refused_in_its_own_shape() {
    let world = World::new().await;
    let with = |name: &str, value: Value| {
        let mut body = of_refold();
        body[name] = value;
        body
    };
    let unknown = refold(&world, "POST", REFOLD, with("webhook_events", json!(["X"])));
    let expected = json!({
        "status_code": 400,
        "http_error_type": "BAD_REQUEST",
        "error": "INVALID_EVENT",
        "message": "Invalid event. Check events list in documentation.",
    });
    assert_eq!(unknown.await.expect(400), expected);
    for (body, error) in [
        (with("slug", json!("crm")), "INVALID_EVENT"),
        (with("slug", json!("a b")), "INVALID_FIELD"),
        (
            with("webhook_url", json!("http://hooks.example/")),
            "URL_NOT_ALLOWED",
        ),
        (
            with("webhook_url", json!("https://10.0.0.1/")),
            "URL_NOT_ALLOWED",
        ),
        (
            with("webhook_url", json!("ftp://hooks.example/")),
            "INVALID_FIELD",
        ),
        (
            with("workflow_ids", json!(["wf_00000000000000000000000000"])),
            "INVALID_FIELD",
        ),
    ] {
        let refused = refold(&world, "POST", REFOLD, body).await.expect(400);
        assert_eq!(refused["error"], error, "{refused}");
        assert_eq!(refused["http_error_type"], "BAD_REQUEST");
    }
    for id in ["sub_00000000000000000000000000", "6a313eda6d5528bdcf71ebac"] {
        for method in ["GET", "PUT", "DELETE"] {
            let path = format!("{REFOLD}/{id}");
            let missing = refold(&world, method, &path, json!({})).await.expect(400);
            assert_eq!(missing["error"], "RESOURCE_NOT_FOUND");
            assert_eq!(missing["message"], "Webhook not found");
        }
    }
    let without_key = world.send("GET", REFOLD, &[], "").await.expect(401);
    assert_eq!(without_key["status_code"], 401);
    assert_eq!(without_key["http_error_type"], "UNAUTHORIZED");
}

#[tokio::test]
async fn copyais_example_is_made_listed_and_deleted() {
    let world = World::new().await;
    let made = copyai(&world, "POST", COPYAI, of_copyai())
        .await
        .expect(200);
    let id = made["data"]["id"].as_str().unwrap();
    let data = json!({
        "id": id,
        "url": "https://127.0.0.1/webhook",
        "eventType": "workflowRun.completed",
        "workflowId": "",
    });
    assert_eq!(made, json!({"status": "success", "data": data}));
    let mut of_all_workflows = data.clone();
    of_all_workflows["workflowId"] = Value::Null;
    let listed = copyai(&world, "GET", COPYAI, json!({})).await.expect(200);
    assert_eq!(listed, json!({"total": 1, "data": [of_all_workflows]}));
    let second = format!("{COPYAI}?size=1&page=1");
    let second = copyai(&world, "GET", &second, json!({})).await.expect(200);
    assert_eq!(second, json!({"total": 1, "data": []}));
    let path = format!("{COPYAI}/{id}");
    let shown = copyai(&world, "GET", &path, json!({})).await.expect(200);
    assert_eq!(shown, made);
    let deleted = copyai(&world, "DELETE", &path, json!({})).await.expect(200);
    assert_eq!(deleted, made);
    let missing = copyai(&world, "GET", &path, json!({})).await.expect(404);
    let not_found = json!({"status": "error", "errorCode": "NOT_FOUND"});
    assert_eq!(missing, not_found);
    for workflow in ["wf_00000000000000000000000000", "<my-workflow-id>"] {
        let mut body = of_copyai();
        body["workflowId"] = json!(workflow);
        let refused = copyai(&world, "POST", COPYAI, body).await.expect(404);
        assert_eq!(refused, not_found, "{workflow}");
    }
}

#[tokio::test]
async fn copyai_is_refused_in_its_own_shape() {
    let world = World::new().await;
    for (name, value, status, code) in [
        (
            "url",
            json!("http://hooks.example/"),
            400,
            "URL_NOT_ALLOWED",
        ),
        (
            "url",
            json!("https://169.254.169.254/"),
            400,
            "URL_NOT_ALLOWED",
        ),
        ("url", json!("hooks.example"), 422, "VALIDATION_ERROR"),
        (
            "eventType",
            json!("workflow.failed"),
            422,
            "VALIDATION_ERROR",
        ),
        ("workflowId", json!(7), 422, "VALIDATION_ERROR"),
    ] {
        let mut body = of_copyai();
        body[name] = value;
        let refused = copyai(&world, "POST", COPYAI, body).await.expect(status);
        assert_eq!(refused["status"], "error");
        assert_eq!(refused["errorCode"], code);
        let details = refused["details"][name].is_string();
        assert_eq!(details, status == 422, "{refused}");
    }
    let without_key = world.send("GET", COPYAI, &[], "").await.expect(401);
    assert_eq!(
        without_key,
        json!({"status": "error", "errorCode": "UNAUTHORIZED"})
    );
}

#[tokio::test]
async fn each_profile_shows_its_own_and_the_native_api_all_and_their_secrets_rotate() {
    let world = World::new().await;
    let refolds = refold(&world, "POST", REFOLD, of_refold())
        .await
        .expect(200);
    let copyais = copyai(&world, "POST", COPYAI, of_copyai())
        .await
        .expect(200);
    let refolds = refolds["_id"].as_str().unwrap();
    let copyais = copyais["data"]["id"].as_str().unwrap();
    let foreign = format!("{REFOLD}/{copyais}");
    refold(&world, "DELETE", &foreign, json!({}))
        .await
        .expect(400);
    let foreign = format!("{COPYAI}/{refolds}");
    copyai(&world, "DELETE", &foreign, json!({}))
        .await
        .expect(404);
    let listed = refold(&world, "GET", REFOLD, json!({})).await.expect(200);
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let listed = copyai(&world, "GET", COPYAI, json!({})).await.expect(200);
    assert_eq!(listed["total"], 1);
    let listed = world
        .call("GET", "/v1/subscriptions", None)
        .await
        .expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    for id in [refolds, copyais] {
        let path = format!("/v1/subscriptions/{id}/rotate-secret");
        let rotated = world.call("POST", &path, None).await.expect(200);
        assert!(rotated["secret"].as_str().unwrap().starts_with("whsec_"));
    }
}
