//! Crashes while an owner changes what a warm container has cached: at every AWS call, before and after it takes effect. A
//! change that was answered refuses the next request; one that crashed does when it is repeated, or after five seconds.

use serde_json::json;
use tests::crash::{plan, recover};
use tests::events::{request, webhook};
use tests::fault_proxy::FaultProxy;
use tests::{Hook, World, at_every_crash_point, echoes_the_event};

/// How long a container trusts the configuration that it has cached.
const TRUSTED_MS: i64 = 5_000;

/// A hook whose configuration a container has cached.
async fn called_hook(world: &World) -> Hook {
    let hook = world.hook(echoes_the_event(), json!({})).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    hook
}

fn trigger(hook: &Hook) -> String {
    format!("/v1/workflows/{}/triggers/{}", hook.workflow, hook.trigger)
}

/// Sends a request to a process of its own, which may crash, and returns the status.
async fn ask(world: &World, proxy: &FaultProxy, method: &str, path: &str) -> u16 {
    let authorization = format!("Bearer {}", world.key);
    let event = request(
        method,
        path,
        &[("authorization", &authorization)],
        &json!({}),
    );
    let app = register::App::new(proxy.environment(world, "register"));
    tests::contract::register(&app, event)
        .await
        .status()
        .as_u16()
}

async fn run(world: &World, hook: &Hook) -> u16 {
    world.post(hook, &[], &json!({})).await.status
}

/// Crashes a change at each call, before and after it takes effect, beside a container that knows the configuration of
/// before. `check` gets the status of the change; `None` where it crashed.
async fn at_every_crash(
    method: &str,
    path: fn(&Hook) -> String,
    check: impl AsyncFn(&World, &Hook, Option<u16>),
) {
    for point in 0.. {
        let world = World::new().await;
        let hook = called_hook(&world).await;
        let proxy = FaultProxy::new(&world, plan(point)).await;
        let path = path(&hook);
        let change = ask(&world, &proxy, method, &path);
        let answered = Box::pin(proxy.until_death(change)).await;
        check(&world, &hook, answered).await;
        if answered.is_some() {
            assert!(point > 1, "at least one call was made");
            return;
        }
    }
}

/// Crashes a change at every call; its repeat completes it, and the next webhook is refused.
async fn the_repeat_refuses_at_once(path: fn(&Hook) -> String) {
    at_every_crash("POST", path, async |world, hook, answered| {
        assert!(matches!(answered, None | Some(200)), "{answered:?}");
        if answered.is_none() {
            let repeat = world.call("POST", &path(hook), None).await;
            repeat.expect(200);
        }
        assert_eq!(run(world, hook).await, 403);
    })
    .await;
}

#[tokio::test]
async fn after_every_crash_of_disable_its_repeat_refuses_at_once() {
    the_repeat_refuses_at_once(|hook| format!("{}/disable", trigger(hook))).await;
}

#[tokio::test]
async fn after_every_crash_of_deactivate_its_repeat_refuses_at_once() {
    the_repeat_refuses_at_once(|hook| format!("/v1/workflows/{}/deactivate", hook.workflow)).await;
}

#[tokio::test]
async fn after_every_crash_of_a_deletion_its_repeat_or_five_seconds_refuse() {
    at_every_crash("DELETE", trigger, async |world, hook, answered| {
        assert!(matches!(answered, None | Some(204)), "{answered:?}");
        if answered.is_none() {
            let repeat = world.call("DELETE", &trigger(hook), None).await;
            assert!(matches!(repeat.status, 204 | 404), "{repeat:?}");
            if repeat.status == 404 {
                // What is deleted already is not counted again.
                world.clock.advance(TRUSTED_MS);
            }
        }
        assert_eq!(run(world, hook).await, 403);
    })
    .await;
}

#[tokio::test]
async fn every_crash_of_a_trigger_with_an_outdated_configuration_leaves_one_execution_that_ends() {
    let deliver = async |app: &trigger::App, hook: &Hook| {
        let event = webhook(&hook.path, &[("webhook-id", "1")], &json!({}));
        trigger::handle(app, event).await.status().as_u16()
    };
    at_every_crash_point!(
        world,
        proxy,
        world.hook(echoes_the_event(), json!({})),
        async |hook: &Hook| {
            let app = trigger::App::new(proxy.environment(&world, "trigger"));
            deliver(&app, hook).await;
            let change = Some(json!({"methods": ["GET", "POST"]}));
            let changed = world.call("PATCH", &trigger(hook), change).await;
            changed.expect(200);
            deliver(&app, hook).await
        },
        async |world: &World, hook: Hook, answered: Option<u16>| {
            assert!(matches!(answered, None | Some(200)), "{answered:?}");
            world
                .post(&hook, &[("webhook-id", "1")], &json!({}))
                .await
                .expect(200);
            recover(world).await;
            let listed = world.call("GET", "/v1/executions", None).await.expect(200);
            let statuses = listed["items"].as_array().unwrap();
            assert_eq!(statuses.len(), 1);
            assert_eq!(statuses[0]["status"], "succeeded");
        }
    );
}
