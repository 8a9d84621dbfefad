//! Races for what an org may use: exactly as many win as there is room for.

use std::sync::Arc;

use admin::OrgChange;
use futures::future::join_all;
use serde_json::json;
use tests::events::webhook;
use tests::{World, echoes_the_event};

#[tokio::test(flavor = "multi_thread")]
async fn twenty_activations_on_three_places_make_three() {
    let world = World::new().await;
    let free = OrgChange {
        plan: Some(domain::Plan::Free),
        ..OrgChange::default()
    };
    world.set_org(&free).await;
    let mut workflows = Vec::new();
    for _ in 0..20 {
        let body = json!({"name": "Test", "definition": echoes_the_event()});
        let made = world.call("POST", "/v1/workflows", Some(body)).await;
        workflows.push(made.expect(201)["id"].as_str().unwrap().to_owned());
    }
    let world = Arc::new(world);
    let activations = workflows.iter().map(|id| {
        let (world, path) = (Arc::clone(&world), format!("/v1/workflows/{id}/activate"));
        tokio::spawn(async move { world.call("POST", &path, None).await })
    });
    let mut active = 0;
    for answer in join_all(activations).await {
        let answer = answer.unwrap();
        match answer.status {
            200 => active += 1,
            _ => drop(answer.expect_problem(403, "PLAN_LIMIT_EXCEEDED")),
        }
    }
    assert_eq!(active, 3);
    let org = world.call("GET", "/v1/org", None).await.expect(200);
    assert_eq!(org["used"]["activeWorkflows"], 3);
    let listed = world
        .call("GET", "/v1/workflows?limit=100", None)
        .await
        .expect(200);
    let listed = listed["items"].as_array().unwrap();
    assert_eq!(listed.iter().filter(|one| one["active"] == true).count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_deliveries_on_ten_credits_make_ten_executions() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    world.set_credits(10).await;
    let containers: Vec<_> = (0..4)
        .map(|_| {
            Arc::new(trigger::App::new(
                world.stack.environment("trigger").unwrap(),
            ))
        })
        .collect();
    let deliveries = (0..64).map(|number| {
        let app = Arc::clone(&containers[number % 4]);
        let id = number.to_string();
        let request = webhook(&hook.path, &[("webhook-id", &id)], &json!({}));
        tokio::spawn(async move { trigger::handle(&app, request).await.status().as_u16() })
    });
    let answers = join_all(deliveries).await.into_iter().map(Result::unwrap);
    let (accepted, refused): (Vec<u16>, Vec<u16>) = answers.partition(|status| *status == 200);
    assert_eq!(accepted.len(), 10);
    assert!(refused.iter().all(|status| *status == 402), "{refused:?}");
    assert_eq!(world.used_credits().await, 10);
    let listed = world.call("GET", "/v1/executions?limit=100", None).await;
    let listed = listed.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 10);
}
