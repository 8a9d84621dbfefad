//! Orgs: what `GET /v1/org` shows, and the limits that apply when a workflow becomes active.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use admin::OrgChange;
use domain::{Environment, Plan, Tenant};
use serde_json::{Value, json};
use tests::{Answer, World, echoes_the_event};

/// A plan with so many active workflows.
fn places(number: u64) -> OrgChange {
    OrgChange {
        active_workflows: Some(Some(number)),
        ..OrgChange::default()
    }
}

async fn create(world: &World, key: &str, active: bool) -> Answer {
    let body = json!({"name": "Test", "active": active, "definition": echoes_the_event()});
    world
        .call_as(key, "POST", "/v1/workflows", Some(body))
        .await
}

async fn created(world: &World, active: bool) -> String {
    let made = create(world, &world.key, active).await.expect(201);
    format!("/v1/workflows/{}", made["id"].as_str().unwrap())
}

async fn post(world: &World, path: String) -> Answer {
    world.call("POST", &path, None).await
}

async fn org(world: &World) -> Value {
    world.call("GET", "/v1/org", None).await.expect(200)
}

#[tokio::test]
async fn an_org_that_the_operator_never_set_is_unlimited() {
    let world = World::new().await;
    let shown = org(&world).await;
    assert_eq!(shown["id"], world.tenant.org.to_string());
    assert_eq!(shown["plan"], "custom");
    assert_eq!(shown["limits"]["webhookTriggers"], true);
    assert_eq!(shown["limits"]["activeWorkflows"], Value::Null);
    assert_eq!(shown["limits"]["monthlyCredits"], Value::Null);
    assert_eq!(shown["used"]["activeWorkflows"], 0);
}

#[tokio::test]
async fn an_org_shows_its_plan_and_what_it_uses() {
    let world = World::new().await;
    let workflow = created(&world, true).await;
    world
        .set_org(&OrgChange {
            name: Some("Acme".into()),
            plan: Some(Plan::Free),
            ..OrgChange::default()
        })
        .await;
    let shown = org(&world).await;
    assert_eq!(shown["name"], "Acme");
    assert_eq!(shown["plan"], "free");
    assert_eq!(shown["limits"]["activeWorkflows"], 3);
    assert_eq!(shown["used"]["activeWorkflows"], 1);
    post(&world, format!("{workflow}/deactivate"))
        .await
        .expect(200);
    assert_eq!(org(&world).await["used"]["activeWorkflows"], 0);
}

#[tokio::test]
async fn a_read_key_sees_the_org_and_a_publishing_one_does_not() {
    let world = World::new().await;
    for (scope, status) in [("read", 200), ("publish", 403)] {
        let body = json!({"name": scope, "scopes": [scope]});
        let made = world
            .call("POST", "/v1/api-keys", Some(body))
            .await
            .expect(201);
        let key = made["key"].as_str().unwrap();
        let shown = world.call_as(key, "GET", "/v1/org", None).await;
        assert_eq!(shown.status, status, "{scope}");
    }
}

#[tokio::test]
async fn the_last_place_can_be_taken_and_no_further_one_in_any_way() {
    let world = World::new().await;
    world.set_org(&places(2)).await;
    created(&world, true).await;
    let second = created(&world, false).await;
    post(&world, format!("{second}/activate")).await.expect(200);
    // Active already: nothing to count.
    post(&world, format!("{second}/activate")).await.expect(200);

    let third = created(&world, false).await;
    let refused = post(&world, format!("{third}/activate")).await;
    let problem = refused.expect_problem(403, "PLAN_LIMIT_EXCEEDED");
    assert!(
        problem["detail"].as_str().unwrap().contains("2 active"),
        "{problem}"
    );
    let patch = world
        .call("PATCH", &third, Some(json!({"active": true})))
        .await;
    patch.expect_problem(403, "PLAN_LIMIT_EXCEEDED");
    let new = create(&world, &world.key, true).await;
    new.expect_problem(403, "PLAN_LIMIT_EXCEEDED");
    assert_eq!(org(&world).await["used"]["activeWorkflows"], 2);

    // A workflow that is refused a place can be changed otherwise.
    let renamed = world
        .call("PATCH", &third, Some(json!({"slug": "renamed"})))
        .await;
    assert_eq!(renamed.expect(200)["active"], false);
}

#[tokio::test]
async fn deactivating_and_deleting_free_a_place() {
    let world = World::new().await;
    world.set_org(&places(1)).await;
    let first = created(&world, true).await;
    let second = created(&world, false).await;
    post(&world, format!("{second}/activate"))
        .await
        .expect_problem(403, "PLAN_LIMIT_EXCEEDED");
    post(&world, format!("{first}/deactivate"))
        .await
        .expect(200);
    post(&world, format!("{second}/activate")).await.expect(200);
    assert_eq!(world.call("DELETE", &second, None).await.status, 204);
    post(&world, format!("{first}/activate")).await.expect(200);
    assert_eq!(org(&world).await["used"]["activeWorkflows"], 1);
}

#[tokio::test]
async fn both_environments_share_the_places_of_an_org() {
    let world = World::new().await;
    world.set_org(&places(1)).await;
    let aws = world.stack.environment("register").unwrap();
    let live = Tenant {
        environment: Environment::Live,
        ..world.tenant
    };
    let key = admin::create_first_key(&aws.api_keys, live, "live", aws.now()).await;
    let key = key.unwrap().reveal().to_owned();
    create(&world, &key, true).await.expect(201);
    let refused = create(&world, &world.key, true).await;
    refused.expect_problem(403, "PLAN_LIMIT_EXCEEDED");
    // Another org has places of its own.
    let other = world.key_of("two").await;
    create(&world, &other, true).await.expect(201);
}

#[tokio::test]
async fn an_org_over_its_new_limit_keeps_what_is_active() {
    let world = World::new().await;
    let first = created(&world, true).await;
    created(&world, true).await;
    world.set_org(&places(1)).await;
    let shown = org(&world).await;
    assert_eq!(shown["used"]["activeWorkflows"], 2);
    post(&world, format!("{first}/deactivate"))
        .await
        .expect(200);
    post(&world, format!("{first}/activate"))
        .await
        .expect_problem(403, "PLAN_LIMIT_EXCEEDED");
    world.set_org(&places(2)).await;
    post(&world, format!("{first}/activate")).await.expect(200);
}

#[tokio::test]
async fn a_new_workflow_has_the_rate_limit_of_the_plan_unless_it_names_one() {
    let world = World::new().await;
    let pro = OrgChange {
        plan: Some(Plan::Pro),
        ..OrgChange::default()
    };
    world.set_org(&pro).await;
    let path = created(&world, false).await;
    let shown = world.call("GET", &path, None).await.expect(200);
    assert_eq!(
        shown["rateLimit"],
        json!({"capacity": 600, "refillPerSecond": 10.0})
    );
    let own = json!({"rateLimit": {"capacity": 5}});
    let changed = world.call("PATCH", &path, Some(own)).await.expect(200);
    assert_eq!(changed["rateLimit"]["capacity"], 5);
    let reset = json!({"rateLimit": null});
    let changed = world.call("PATCH", &path, Some(reset)).await.expect(200);
    assert_eq!(changed["rateLimit"]["capacity"], 600);
}
