//! Deliveries whose subscription changes while the receiver has not answered yet, or whose subscription is unreadable.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::Arc;

use serde_json::{Value, json};
use tests::crash::{DELIVERIES, batch, receive_from, recover};
use tests::fault_proxy::{Fault, FaultProxy, ask};
use tests::receiver::{Receiver, Reply};
use tests::{World, echoes_the_event};
use tokio::sync::Notify;

async fn subscribe(world: &World, url: &str, event: &str) -> String {
    let body = json!({"url": url, "events": [event]});
    let made = world.subscribe(body).await;
    let id = made["id"].as_str().unwrap().to_owned();
    format!("/v1/subscriptions/{id}")
}

/// An execution has ended, and its events are pending.
async fn end_an_execution(world: &World) {
    let hook = world.hook(echoes_the_event(), json!({})).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    world.stack.run_queue("worker").await.unwrap();
}

/// A receiver that answers 410 after the owner has changed the subscription, and a subscription to disabled ones.
struct Gone {
    world: World,
    subscription: String,
    notices: Receiver,
}

impl Gone {
    /// `method` and `action` are the owner's request that changes the subscription.
    async fn beside(method: &str, action: &str, body: Option<Value>) -> Self {
        let world = World::new().await;
        let (arrived, released) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (arrives, held) = (Arc::clone(&arrived), Arc::clone(&released));
        let gone = Receiver::new(move |_, _| {
            arrives.notify_one();
            Reply::Held(Arc::clone(&held), 410)
        })
        .await;
        let subscription = subscribe(&world, &gone.url, "workflow.completed").await;
        let notices = Receiver::answering(200).await;
        subscribe(&world, &notices.url, "subscription.disabled").await;
        end_an_execution(&world).await;
        let changed = async {
            arrived.notified().await;
            let path = format!("{subscription}{action}");
            let answer = world.call(method, &path, body).await;
            assert!(answer.status < 300, "{answer:?}");
            released.notify_one();
        };
        tokio::join!(world.run(), changed);
        recover(&world).await;
        Self {
            world,
            subscription,
            notices,
        }
    }

    async fn shown(&self) -> Value {
        self.world
            .call("GET", &self.subscription, None)
            .await
            .expect(200)
    }
}

#[tokio::test]
async fn a_subscription_whose_receiver_is_gone_is_disabled_though_its_owner_changed_another_field()
{
    let patch = json!({"headers": {"x-note": "changed"}});
    let gone = Gone::beside("PATCH", "", Some(patch)).await;
    let shown = gone.shown().await;
    assert_eq!(shown["disabledReason"], "gone", "{shown}");
    assert!(shown["headers"]["x-note"].is_string(), "{shown}");
    let notices = gone.notices.taken();
    assert_eq!(notices.len(), 1, "{notices:?}");
    let notice = &notices[0].json()["data"];
    let origin = notice["url"].as_str().unwrap();
    assert!(
        !origin.ends_with("/hook"),
        "a path may be a credential: {notice}"
    );
}

#[tokio::test]
async fn a_subscription_with_a_new_url_is_not_disabled_for_the_old_receivers_response() {
    let elsewhere = Receiver::answering(200).await;
    let patch = json!({ "url": elsewhere.url });
    let gone = Gone::beside("PATCH", "", Some(patch)).await;
    assert_eq!(gone.shown().await["enabled"], true);
    assert!(gone.notices.taken().is_empty());
}

#[tokio::test]
async fn a_subscription_disabled_or_deleted_by_its_owner_is_not_announced() {
    let gone = Gone::beside("POST", "/disable", None).await;
    let shown = gone.shown().await;
    assert_eq!(shown["disabledReason"], "asked", "{shown}");
    assert!(gone.notices.taken().is_empty());
    let gone = Gone::beside("DELETE", "", None).await;
    gone.world
        .call("GET", &gone.subscription, None)
        .await
        .expect_problem(404, "NOT_FOUND");
    assert!(gone.notices.taken().is_empty());
}

/// Damages a stored subscription by changing one attribute.
async fn store(world: &World, subscription: &str, name: &str, value: Value) {
    let variables = world.stack.variables("register");
    let table = &variables["CONFIG_TABLE"];
    let id = subscription.rsplit('/').next().unwrap();
    let scan = json!({"TableName": table, "FilterExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": id}}});
    let found = ask(world, "DynamoDB_20120810.Scan", scan.to_string()).await;
    let item = &found["Items"][0];
    let update = json!({"TableName": table, "Key": {"pk": item["pk"], "sk": item["sk"]},
        "UpdateExpression": "SET #name = :value", "ExpressionAttributeNames": {"#name": name},
        "ExpressionAttributeValues": {":value": value}});
    ask(world, "DynamoDB_20120810.UpdateItem", update.to_string()).await;
}

#[tokio::test]
async fn an_unreadable_subscription_delays_only_its_own_deliveries() {
    let world = World::new().await;
    let (good, bad) = (
        Receiver::answering(200).await,
        Receiver::answering(200).await,
    );
    subscribe(&world, &good.url, "workflow.completed").await;
    let damaged = subscribe(&world, &bad.url, "workflow.completed").await;
    store(&world, &damaged, "profile", json!({"S": "unheard-of"})).await;
    end_an_execution(&world).await;
    world.run().await;
    assert_eq!(good.taken().len(), 1);
    assert!(bad.taken().is_empty());
    store(&world, &damaged, "profile", json!({"S": "native"})).await;
    recover(&world).await;
    assert_eq!(bad.taken().len(), 1, "it was not forgotten");
    assert_eq!(good.taken().len(), 1, "no event is delivered twice");
}

/// Runs two batches while KMS answers with that error: the announcement, and the delivery.
async fn delivered_by(world: &World, status: u16, error: &'static str) {
    let proxy = FaultProxy::new(world, move |_, called| match called {
        "Decrypt" => Fault::Answer { status, error },
        _ => Fault::Pass,
    })
    .await;
    let app = deliver::App::new(proxy.environment(world, "deliver"));
    for comes_again in [0, usize::from(status >= 500)] {
        let messages = receive_from(world, DELIVERIES).await;
        assert_eq!(messages.len(), 1, "{messages:?}");
        let deadline = world.clock.now().plus_secs(60);
        let answer = deliver::handle(&app, batch(&messages), deadline).await;
        let failures = answer["batchItemFailures"].as_array().unwrap();
        assert_eq!(failures.len(), comes_again, "{answer}");
    }
}

#[tokio::test]
async fn a_secret_that_can_never_be_decrypted_ends_the_delivery_with_a_clear_error() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let subscription = subscribe(&world, &receiver.url, "workflow.completed").await;
    end_an_execution(&world).await;
    delivered_by(&world, 400, "InvalidCiphertextException").await;
    let listed = world.deliveries().await;
    assert_eq!(listed[0]["status"], "exhausted", "{listed:?}");
    let path = format!("/v1/deliveries/{}", listed[0]["id"].as_str().unwrap());
    let shown = world.call("GET", &path, None).await.expect(200);
    let error = shown["attempts"][0]["error"].as_str().unwrap();
    assert!(error.contains("signing secret cannot be read"), "{shown}");
    assert!(receiver.taken().is_empty());
    // The owner sets a new secret and retries the delivery.
    let rotate = format!("{subscription}/rotate-secret");
    let at_once = json!({"overlapSeconds": 0});
    world.call("POST", &rotate, Some(at_once)).await.expect(200);
    world
        .call("POST", &format!("{path}/retry"), None)
        .await
        .expect(202);
    world.run().await;
    assert_eq!(receiver.taken().len(), 1);
}

#[tokio::test]
async fn a_secret_that_cannot_be_decrypted_now_uses_up_no_attempt() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    subscribe(&world, &receiver.url, "workflow.completed").await;
    end_an_execution(&world).await;
    delivered_by(&world, 500, "KMSInternalException").await;
    assert_eq!(world.deliveries().await[0]["status"], "pending");
    recover(&world).await;
    assert_eq!(receiver.taken().len(), 1);
    let listed = world.deliveries().await;
    assert_eq!(
        (&listed[0]["status"], &listed[0]["attemptCount"]),
        (&json!("delivered"), &json!(1)),
        "{listed:?}"
    );
}
