//! What it costs to keep an open page new: at most ten read units a second, at the pace that the page itself names.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::events::request;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::receiver::{Receiver, Reply};
use tests::{World, echoes_the_event, waits};

use super::browser::{Browser, text};

const UNITS_A_SECOND: f64 = 10.0;
/// For longer than a container trusts what it knows of a key, so that each fetch reads the key again.
const LATER_MS: i64 = 6_000;

/// A tab of a browser, and the container that answers it.
struct Tab {
    proxy: FaultProxy,
    app: console::App,
    cookie: String,
}

impl Tab {
    async fn new(world: &World) -> Self {
        let browser = Browser::with_key(world, &world.key).await;
        let (name, value) = browser.cookies.iter().next().unwrap();
        let proxy = FaultProxy::new(world, |_, _| Fault::Meter).await;
        Self {
            app: console::App::new(proxy.environment(world, "console")),
            cookie: format!("{name}={value}"),
            proxy,
        }
    }

    /// The parts of a page that change, and what they cost.
    async fn fetch(&self, path: &str) -> (String, f64) {
        self.proxy.bills();
        let headers = [
            ("host", "sluice.test"),
            ("cookie", self.cookie.as_str()),
            ("x-console-fragment", "1"),
        ];
        let answer = console::handle(&self.app, request("GET", path, &headers, &Value::Null));
        let answer = answer.await;
        assert_eq!(answer.status(), 200, "{path}");
        let units = self.proxy.bills().iter().map(|bill| bill.read_units).sum();
        let fragment = String::from_utf8_lossy(answer.body()).into_owned();
        (fragment, units)
    }

    /// The parts of a page that is live, which then cost at most so much, once the container has what never changes.
    async fn check(&self, world: &World, path: &str, at_most: f64) -> String {
        self.fetch(path).await;
        world.clock.advance(LATER_MS);
        let (fragment, units) = self.fetch(path).await;
        let pause_ms = pause_ms(&fragment);
        let rate = units * 1_000.0 / pause_ms;
        assert!(pause_ms >= 1_000.0, "{path}");
        assert!(units <= at_most, "{path} takes {units} units");
        assert!(rate <= UNITS_A_SECOND, "{path} takes {rate} units a second");
        fragment
    }
}

/// After how many milliseconds the page asks again.
fn pause_ms(fragment: &str) -> f64 {
    let said = fragment.split("data-live=\"").nth(1);
    let said = said.and_then(|rest| rest.split('"').next());
    said.expect("the page is live").parse().unwrap()
}

/// Letters that hardly compress.
fn noise(bytes: usize) -> String {
    let mut state = 1_u64;
    let letters = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'a' + u8::try_from(state % 26).unwrap())
    });
    letters.take(bytes).collect()
}

#[tokio::test]
async fn the_list_of_a_workflow_among_twenty() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    for _ in 0..19 {
        world.hook(echoes_the_event(), json!({})).await;
    }
    let tab = Tab::new(&world).await;
    let list = format!("/console/executions?workflowId={}", hook.workflow);
    world.post(&hook, &[], &json!({})).await.expect(200);
    world.run().await;
    tab.check(&world, &list, 16.0).await;
    for at in 0..70 {
        world.clock.advance(1_000);
        world
            .post(&hook, &[], &json!({ "at": at }))
            .await
            .expect(200);
    }
    world.run().await;
    let shown = tab.check(&world, &list, 28.0).await;
    assert_eq!(shown.matches("<tr id=").count(), 25);
    tab.check(&world, &format!("{list}&status=succeeded"), 28.0)
        .await;
}

#[tokio::test]
async fn an_execution_that_waits_however_many_subscriptions_there_are() {
    let world = World::new().await;
    let hook = world.hook(waits(3_600), json!({})).await;
    let tab = Tab::new(&world).await;
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    world.run().await;
    let page = format!("/console/executions/{}", text(&accepted, "executionId"));
    tab.check(&world, &page, 4.0).await;
    for _ in 0..40 {
        let body = json!({"url": "http://127.0.0.1:9/", "events": ["workflow.started"]});
        world.subscribe(body).await;
    }
    tab.check(&world, &page, 4.0).await;
}

#[tokio::test]
async fn a_large_execution_is_fetched_less_often() {
    let world = World::new().await;
    let mut tasks: Vec<Value> = (0..60)
        .map(|at| json!({format!("step{at}"): {"set": {"note": noise(3_000 + at)}}}))
        .collect();
    tasks.push(json!({"rest": {"wait": {"hours": 1}}}));
    let definition = json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "large", "version": "1.0.0"},
        "do": tasks,
    });
    let hook = world.hook(definition, json!({})).await;
    let event = json!({"note": noise(90_000)});
    let accepted = world.post(&hook, &[], &event).await.expect(200);
    world.run().await;
    let tab = Tab::new(&world).await;
    let page = format!("/console/executions/{}", text(&accepted, "executionId"));
    let shown = tab.check(&world, &page, 400.0).await;
    assert!(shown.contains("waiting"));
    assert!(pause_ms(&shown) > 1_250.0);
}

#[tokio::test]
async fn a_delivery_whose_receiver_answers_with_much() {
    let world = World::new().await;
    let receiver =
        Receiver::new(|_, _| Reply::Answer(503, Vec::new(), noise(20_000).into_bytes())).await;
    let body = json!({"url": receiver.url, "events": ["workflow.completed"]});
    world.subscribe(body).await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    world.run().await;
    let tab = Tab::new(&world).await;
    let delivery = world.deliveries().await.remove(0);
    let page = format!("/console/deliveries/{}", text(&delivery, "id"));
    tab.check(&world, &page, 8.0).await;
    for minutes in [1, 8, 45, 160] {
        world.clock.advance(minutes * 60_000);
        world.stack.invoke("sweep", json!({})).await.unwrap();
        world.run().await;
    }
    assert!(receiver.taken().len() >= 4);
    let shown = tab.check(&world, &page, 40.0).await;
    assert!(pause_ms(&shown) > 1_000.0);
}

#[tokio::test]
async fn a_trigger_that_waits_for_a_sample() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let trigger = format!("workflows/{}/triggers/{}", hook.workflow, hook.trigger);
    let capture = format!("/v1/{trigger}/capture");
    world.call("POST", &capture, None).await.expect(200);
    let tab = Tab::new(&world).await;
    let shown = tab.check(&world, &format!("/console/{trigger}"), 6.0).await;
    assert!(shown.contains("id=\"capture\"") && !shown.contains("token="));
}
