//! Crashes of the history function: the client repeats its replay, cancel or delete, and it takes effect once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::events::request;
use tests::fault_proxy::FaultProxy;
use tests::{World, at_every_crash_point, crash, echoes_the_event, invariants, waits};

/// An execution of this workflow, running or ended.
async fn execution(world: &World, definition: Value) -> String {
    let hook = world.hook(definition, json!({})).await;
    let headers = [("webhook-id", "1")];
    let answer = world.post(&hook, &headers, &json!({})).await.expect(200);
    world.run().await;
    answer["executionId"].as_str().unwrap().to_owned()
}

/// Sends the request to a history function of its own, and returns the status.
async fn request_status(world: &World, proxy: &FaultProxy, method: &str, path: &str) -> u16 {
    let app = history::App::new(proxy.environment(world, "history"));
    let authorization = format!("Bearer {}", world.key);
    let headers = [
        ("authorization", authorization.as_str()),
        ("idempotency-key", "once"),
    ];
    let event = request(method, path, &headers, &json!({}));
    tests::contract::history(&app, event)
        .await
        .status()
        .as_u16()
}

#[tokio::test]
async fn after_every_crash_of_a_replay_there_is_one_replay_which_ends() {
    at_every_crash_point!(
        world,
        proxy,
        execution(&world, echoes_the_event()),
        async |parent: &String| {
            request_status(
                &world,
                &proxy,
                "POST",
                &format!("/v1/executions/{parent}/replay"),
            )
            .await
        },
        async |world: &World, parent: String, answered: Option<u16>| {
            assert!(matches!(answered, None | Some(201)), "{answered:?}");
            // The client repeats the request with the same idempotency key.
            let path = format!("/v1/executions/{parent}/replay");
            let authorization = format!("Bearer {}", world.key);
            let headers = [
                ("authorization", authorization.as_str()),
                ("idempotency-key", "once"),
            ];
            let again = world.send("POST", &path, &headers, "{}").await.json();
            crash::recover(world).await;
            let all = world.call("GET", "/v1/executions", None).await.expect(200);
            let all = all["items"].as_array().unwrap().clone();
            assert_eq!(all.len(), 2, "{all:?}");
            let replay = all
                .iter()
                .find(|one| one["parentId"] == parent.as_str())
                .unwrap();
            assert_eq!(replay["id"], again["id"]);
            assert_eq!(replay["status"], "succeeded");
            invariants::hold(world, &[parent]).await;
        }
    );
}

#[tokio::test]
async fn after_every_crash_of_replays_their_repeat_replays_the_rest_once() {
    at_every_crash_point!(
        world,
        proxy,
        execution(&world, echoes_the_event()),
        async |_: &String| replay_all(&world, &proxy).await,
        async |world: &World, parent: String, answered: Option<u16>| {
            assert!(matches!(answered, None | Some(200)), "{answered:?}");
            let headers = [
                ("x-api-key", world.key.as_str()),
                ("idempotency-key", "once"),
            ];
            let body = json!({"status": "succeeded"}).to_string();
            let again = world.send("POST", "/v1/replays", &headers, body).await;
            assert_eq!(again.expect(200)["matched"], 1);
            crash::recover(world).await;
            let all = world.call("GET", "/v1/executions", None).await.expect(200);
            let all = all["items"].as_array().unwrap().clone();
            assert_eq!(all.len(), 2, "{all:?}");
            let mut replays = all.iter().filter(|one| one["parentId"] == parent.as_str());
            assert_eq!(replays.next().unwrap()["status"], "succeeded");
            invariants::hold(world, &[parent]).await;
        }
    );
}

/// Replays what has succeeded, through a history function of its own; the status.
async fn replay_all(world: &World, proxy: &FaultProxy) -> u16 {
    let app = history::App::new(proxy.environment(world, "history"));
    let headers = [
        ("x-api-key", world.key.as_str()),
        ("idempotency-key", "once"),
    ];
    let body = json!({"status": "succeeded"});
    let event = request("POST", "/v1/replays", &headers, &body);
    tests::contract::history(&app, event)
        .await
        .status()
        .as_u16()
}

#[tokio::test]
async fn after_every_crash_of_a_cancel_the_execution_ends_once() {
    at_every_crash_point!(
        world,
        proxy,
        execution(&world, waits(3_600)),
        async |id: &String| {
            request_status(
                &world,
                &proxy,
                "POST",
                &format!("/v1/executions/{id}/cancel"),
            )
            .await
        },
        async |world: &World, id: String, answered: Option<u16>| {
            assert!(matches!(answered, None | Some(200)), "{answered:?}");
            let path = format!("/v1/executions/{id}/cancel");
            let again = world.call("POST", &path, None).await.expect(200);
            assert_eq!(again["status"], "cancelled");
            world.clock.advance(3_600_000);
            crash::recover(world).await;
            let shown = world.execution(&id).await;
            assert_eq!(shown["status"], "cancelled");
            assert_eq!(shown["finishedAt"], again["finishedAt"]);
            invariants::hold(world, &[id]).await;
        }
    );
}

#[tokio::test]
async fn after_every_crash_of_a_delete_its_repeat_leaves_nothing() {
    at_every_crash_point!(
        world,
        proxy,
        execution(&world, echoes_the_event()),
        async |id: &String| {
            request_status(&world, &proxy, "DELETE", &format!("/v1/executions/{id}")).await
        },
        async |world: &World, id: String, answered: Option<u16>| {
            assert!(matches!(answered, None | Some(204)), "{answered:?}");
            let path = format!("/v1/executions/{id}");
            let again = world.call("DELETE", &path, None).await;
            assert!(matches!(again.status, 204 | 404), "{again:?}");
            let left = invariants::scan(world).await;
            let left: Vec<_> = left
                .iter()
                .filter(|item| item["pk"]["S"].as_str().is_some_and(|pk| pk.contains(&id)))
                .collect();
            assert!(left.is_empty(), "{left:?}");
        }
    );
}
