//! Races: many requests at the same time, through several containers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::Arc;

use futures::future::join_all;
use serde_json::{Value, json};
use tests::events::webhook;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{World, echoes_the_event};

fn request(path: &str, delivery: Option<&str>) -> lambda_http::Request {
    let id = delivery.map(|id| ("webhook-id", id));
    webhook(path, id.as_slice(), &json!({}))
}

async fn answer(app: &trigger::App, request: lambda_http::Request) -> (u16, Value) {
    let response = trigger::handle(app, request).await;
    let status = response.status().as_u16();
    (status, serde_json::from_slice(response.body()).unwrap())
}

/// Four containers, each with caches of its own.
fn containers(world: &World) -> Vec<Arc<trigger::App>> {
    let container = || trigger::App::new(world.stack.environment("trigger").unwrap());
    (0..4).map(|_| Arc::new(container())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_copies_of_one_delivery_make_one_execution() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let containers = containers(&world);
    let copies = (0..64).map(|n| {
        let app = Arc::clone(&containers[n % 4]);
        let request = request(&hook.path, Some("the-one"));
        tokio::spawn(async move { answer(&app, request).await })
    });
    let answers: Vec<_> = join_all(copies)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let first = &answers[0].1["executionId"];
    let mut duplicates = 0;
    for (status, body) in &answers {
        assert_eq!(*status, 200, "{body}");
        assert_eq!(&body["executionId"], first);
        duplicates += usize::from(body["deduplicated"] == true);
    }
    assert_eq!(duplicates, 63);
    world.run().await;
    let list = world.call("GET", "/v1/executions", None).await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_of_fifty_admits_exactly_fifty_of_two_hundred() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let limit = json!({"rateLimit": {"capacity": 50, "refillPerSecond": 10}});
    let path = format!("/v1/workflows/{}", hook.workflow);
    world.call("PATCH", &path, Some(limit)).await.expect(200);
    // 50 at first, and after 350 ms three refilled tokens.
    for admitted in [50, 3] {
        let containers = containers(&world);
        let flood = (0..200).map(|n| {
            let app = Arc::clone(&containers[n % 4]);
            let request = request(&hook.path, None);
            tokio::spawn(async move { answer(&app, request).await })
        });
        let answers: Vec<_> = join_all(flood)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        let accepted = answers.iter().filter(|(status, _)| *status == 200).count();
        assert_eq!(accepted, admitted);
        for (status, body) in answers.iter().filter(|(status, _)| *status != 200) {
            assert_eq!(*status, 429, "{body}");
            assert_eq!(body["retryAfter"], 1, "{body}");
        }
        world.clock.advance(350);
    }
}

#[tokio::test]
async fn an_accepted_webhook_makes_three_calls_and_a_refused_flood_none() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    answer(&app, request(&hook.path, None)).await;
    proxy.forget_calls();
    answer(&app, request(&hook.path, Some("1"))).await;
    assert_eq!(proxy.calls(), ["UpdateItem", "PutItem", "SendMessage"]);
    proxy.forget_calls();
    for _ in 0..98 {
        answer(&app, request(&hook.path, None)).await;
    }
    assert_eq!(answer(&app, request(&hook.path, None)).await.0, 429);
    proxy.forget_calls();
    for _ in 0..20 {
        assert_eq!(answer(&app, request(&hook.path, None)).await.0, 429);
    }
    assert_eq!(proxy.calls(), [""; 0]);
}

/// A workflow with a burst of 400 webhooks and a rate of 100 a second.
async fn busy_workflow(world: &World) -> tests::Hook {
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let limit = json!({"rateLimit": {"capacity": 400, "refillPerSecond": 100}});
    let path = format!("/v1/workflows/{}", hook.workflow);
    world.call("PATCH", &path, Some(limit)).await.expect(200);
    hook
}

#[tokio::test]
async fn a_busy_workflow_takes_its_tokens_in_blocks() {
    let world = World::new().await;
    let hook = busy_workflow(&world).await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    let mut accepted = Vec::new();
    for n in 0..100 {
        let sent = request(&hook.path, Some(&n.to_string()));
        accepted.push(answer(&app, sent).await);
        world.clock.advance(10);
    }
    assert!(accepted.iter().all(|(status, _)| *status == 200));
    let taken = |proxy: &FaultProxy| {
        proxy
            .calls()
            .iter()
            .filter(|call| **call == "UpdateItem")
            .count()
    };
    assert!(taken(&proxy) <= 10, "{} writes", taken(&proxy));

    // A duplicate returns its token to the block that it came from, and costs only one write.
    proxy.forget_calls();
    let again = answer(&app, request(&hook.path, Some("99"))).await;
    assert_eq!(again.1["deduplicated"], true);
    assert_eq!(proxy.calls(), ["PutItem"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_of_several_containers_admit_no_more_than_the_bucket_holds() {
    let world = World::new().await;
    let hook = busy_workflow(&world).await;
    let containers = containers(&world);
    let mut admitted = 0;
    // One request after the other in each of four containers, while the clock stands still, so no token is refilled.
    let floods = containers.iter().map(|app| async {
        let mut admitted = 0;
        for _ in 0..400 {
            let (status, body) = answer(app, request(&hook.path, None)).await;
            assert!(status == 200 || status == 429, "{body}");
            admitted += usize::from(status == 200);
        }
        admitted
    });
    for flood in join_all(floods).await {
        admitted += flood;
    }
    assert_eq!(
        admitted, 400,
        "neither more nor, as each spends what it holds, less"
    );
}

#[tokio::test]
async fn a_large_request_costs_one_more_call() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    answer(&app, request(&hook.path, None)).await;
    proxy.forget_calls();
    let noise: String = (0..9_000u32)
        .map(|n| char::from(b'a' + (n.wrapping_mul(2_654_435_761) >> 24) as u8 % 26))
        .collect();
    let large = webhook(&hook.path, &[], &json!({ "noise": noise }));
    assert_eq!(answer(&app, large).await.0, 200);
    assert_eq!(
        proxy.calls(),
        ["UpdateItem", "PutItem", "PutItem", "SendMessage"]
    );
}

#[tokio::test]
async fn requests_without_credentials_cost_no_write() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    let wrong = format!("/hooks/{}?token=wrong", hook.workflow);
    for path in [
        wrong.as_str(),
        "/hooks/wf_0123456789ABCDEFGHJKMNPQRS?token=x",
        "/hooks",
    ] {
        for _ in 0..10 {
            answer(&app, request(path, Some("1"))).await;
        }
    }
    // For each guessed workflow id, existing or not: one read, and one a second to confirm that this token is refused.
    assert_eq!(proxy.calls(), ["Query"; 4]);
}
