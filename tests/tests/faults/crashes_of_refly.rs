//! Crashes while a client of the refly profile enables, disables or resets a webhook: at every AWS call, before and after it
//! takes effect. Afterwards the request has taken effect, or does when the client repeats it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::events::request;
use tests::fault_proxy::FaultProxy;
use tests::{Answer, World, at_every_crash_point, echoes_the_event, target};

const ENABLE: &str = "/v1/webhook/enable";
const DISABLE: &str = "/v1/webhook/disable";
const RESET: &str = "/v1/webhook/reset";

async fn canvas(world: &World) -> Value {
    let body = json!({"name": "Test", "active": true, "definition": echoes_the_event()});
    let made = world.call("POST", "/v1/workflows", Some(body)).await;
    json!({"canvasId": made.expect(201)["id"]})
}

/// A canvas with a webhook: its `webhookId` and `webhookUrl`.
async fn webhook(world: &World) -> Value {
    let canvas = canvas(world).await;
    let enabled = world.call("POST", ENABLE, Some(canvas)).await.expect(200);
    enabled["data"].clone()
}

async fn run(world: &World, url: &Value) -> Answer {
    let url = target(url.as_str().unwrap());
    world.send("POST", url, &[], "{}").await
}

/// Sends a request to a process of its own, which may crash, and returns the status.
async fn ask(world: &World, proxy: &FaultProxy, path: &str, body: &Value) -> u16 {
    let authorization = format!("Bearer {}", world.key);
    let event = request("POST", path, &[("authorization", &authorization)], body);
    let app = register::App::new(proxy.environment(world, "register"));
    tests::contract::register(&app, event)
        .await
        .status()
        .as_u16()
}

#[tokio::test]
async fn after_every_crash_of_enable_its_repeat_finds_or_makes_the_one_webhook() {
    at_every_crash_point!(
        world,
        proxy,
        canvas(&world),
        async |canvas: &Value| ask(&world, &proxy, ENABLE, canvas).await,
        async |world: &World, canvas: Value, answered: Option<u16>| {
            assert!(matches!(answered, None | Some(200)), "{answered:?}");
            let repeat = world.call("POST", ENABLE, Some(canvas.clone())).await;
            let url = repeat.expect(200)["data"]["webhookUrl"].clone();
            assert_eq!(run(world, &url).await.status, 200);
            let id = canvas["canvasId"].as_str().unwrap();
            let path = format!("/v1/workflows/{id}/triggers");
            let triggers = world.call("GET", &path, None).await.expect(200);
            assert_eq!(triggers["items"].as_array().unwrap().len(), 1);
        }
    );
}

#[tokio::test]
async fn after_every_crash_of_disable_its_repeat_refuses() {
    at_every_crash_point!(
        world,
        proxy,
        webhook(&world),
        async |webhook: &Value| ask(&world, &proxy, DISABLE, webhook).await,
        async |world: &World, webhook: Value, answered: Option<u16>| {
            assert!(matches!(answered, None | Some(200)), "{answered:?}");
            let repeat = world.call("POST", DISABLE, Some(webhook.clone())).await;
            repeat.expect(200);
            world.clock.advance(5_000);
            let refused = run(world, &webhook["webhookUrl"]).await;
            assert_eq!(refused.expect(403)["errCode"], "WEBHOOK_DISABLED");
        }
    );
}

#[tokio::test]
async fn after_every_crash_of_reset_exactly_one_webhook_id_works() {
    at_every_crash_point!(
        world,
        proxy,
        webhook(&world),
        async |webhook: &Value| ask(&world, &proxy, RESET, webhook).await,
        async |world: &World, webhook: Value, answered: Option<u16>| {
            assert!(matches!(answered, None | Some(200)), "{answered:?}");
            let (old, id) = (&webhook["webhookUrl"], webhook["webhookId"].as_str());
            let listed = world.call("GET", "/v1/workflows", None).await.expect(200);
            let canvas = listed["items"][0]["id"].as_str().unwrap();
            let path = format!("/v1/webhook/config?canvasId={canvas}");
            let config = world.call("GET", &path, None).await.expect(200);
            let current = config["data"]["webhookId"].as_str().unwrap();
            let is_old = Some(current) == id;
            let url = old.as_str().unwrap().replace(id.unwrap(), current);
            assert_eq!(run(world, &json!(url)).await.status, 200);
            let expected = if is_old { 200 } else { 404 };
            assert_eq!(run(world, old).await.status, expected);
            if answered.is_some() {
                assert!(!is_old, "it was reset");
            }
        }
    );
}
