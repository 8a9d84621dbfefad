//! `/v1/event-types` through the gateway.

use serde_json::json;
use tests::World;

use crate::publishing::{TYPES, declare, subscribe};

#[tokio::test]
async fn a_declared_type_is_listed_and_deleted_once_no_subscription_names_it() {
    let world = World::new().await;
    let schema = json!({"type": "object", "required": ["amount"]});
    let body = json!({"description": "Money came in.", "schema": schema});
    let made = declare(&world, "invoice.paid", body.clone()).await;
    assert_eq!(
        made.header("location"),
        Some("/v1/event-types/invoice.paid")
    );
    let made = made.expect(201);
    assert_eq!(made["declared"], true);
    assert_eq!(made["publisher"], "org");
    assert_eq!(made["schema"], schema);
    world.clock.advance(1_000);
    let again = declare(&world, "invoice.paid", body).await.expect(200);
    assert_eq!(again["createdAt"], made["createdAt"]);
    let path = format!("{TYPES}/invoice.paid");
    assert_eq!(world.call("GET", &path, None).await.expect(200), again);
    let listed = world.call("GET", TYPES, None).await.expect(200);
    let items = listed["items"].as_array().unwrap();
    assert!(items.contains(&again), "{listed}");
    let own = format!("{TYPES}/workflow.failed");
    let own = world.call("GET", &own, None).await.expect(200);
    assert_eq!(own["names"]["refold"], "Workflow Errored");
    assert!(items.contains(&own), "{listed}");
    let test = format!("{TYPES}/webhook.test");
    let test = world.call("GET", &test, None).await.expect(200);
    assert_eq!(test["subscribable"], false);
    assert!(items.contains(&test), "{listed}");

    let made = subscribe(&world, "http://127.0.0.1:9/", "invoice.paid").await;
    let kept = world.call("DELETE", &path, None).await;
    kept.expect_problem(409, "EVENT_TYPE_IN_USE");
    let subscription = format!("/v1/subscriptions/{}", made["id"].as_str().unwrap());
    world.call("DELETE", &subscription, None).await.expect(204);
    world.call("DELETE", &path, None).await.expect(204);
    for method in ["GET", "DELETE"] {
        let gone = world.call(method, &path, None).await;
        gone.expect_problem(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn a_built_in_name_or_an_invalid_schema_is_refused() {
    let world = World::new().await;
    for name in ["workflow.paused", "credits", "invoice..paid"] {
        let refused = declare(&world, name, json!({})).await;
        refused.expect_problem(400, "INVALID_PARAMETER");
    }
    let body = json!({"schema": {"properties": {"a": {"$ref": "https://a.example/"}}}});
    let problem = declare(&world, "invoice.paid", body).await;
    let problem = problem.expect_problem(400, "INVALID_SCHEMA");
    assert!(problem["problems"][0]["pointer"].is_string(), "{problem}");
}
