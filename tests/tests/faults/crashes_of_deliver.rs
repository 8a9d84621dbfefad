//! Crashes of worker and deliver at every AWS call, before and after it takes effect, and every fault of AWS. Afterwards
//! every delivery has ended, every subscription has received each event at least once, and an event has one id.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::crash::{recover, run_batch, run_delivery_batch};
use tests::fault_proxy::{Fault, FaultProxy};
use tests::receiver::{Receiver, Reply};
use tests::{World, at_every_crash_point, echoes_the_event, invariants};

async fn subscribe(world: &World, url: &str, events: &[&str]) -> String {
    let body = json!({"url": url, "events": events});
    let made = world.subscribe(body).await;
    made["id"].as_str().unwrap().to_owned()
}

/// Two subscriptions to the start and the end of an execution, and an accepted webhook.
async fn accepted(world: &World) -> (Receiver, String) {
    let receiver = Receiver::answering(200).await;
    subscribe(
        world,
        &receiver.url,
        &["workflow.started", "workflow.completed"],
    )
    .await;
    subscribe(world, &receiver.url, &["workflow.completed"]).await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let answer = world.post(&hook, &[], &json!({})).await.expect(200);
    (receiver, answer["executionId"].as_str().unwrap().to_owned())
}

/// Every event was delivered and nothing is due any more.
async fn assert_all_delivered(world: &World, receiver: &Receiver, execution: &str) {
    assert_eq!(world.execution(execution).await["status"], "succeeded");
    let listed = world.deliveries().await;
    assert_eq!(listed.len(), 3, "{listed:?}");
    for one in &listed {
        assert_eq!(one["status"], "delivered", "{one}");
    }
    let delivered: BTreeSet<(String, String)> = receiver
        .taken()
        .iter()
        .map(|one| {
            let event = one.json();
            assert_eq!(event["id"], one.headers["webhook-id"].as_str());
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&event["type"]), text(&event["id"]))
        })
        .collect();
    assert_eq!(
        delivered.len(),
        2,
        "each of the two events has one id: {delivered:?}"
    );
    for item in invariants::scan(world).await {
        for name in [
            "start_event_pending",
            "end_event_pending",
            "due_at",
            "due_shard",
        ] {
            assert!(!item.contains_key(name), "{name} is left: {item:?}");
        }
    }
    invariants::hold(world, &[execution.to_owned()]).await;
}

#[tokio::test]
async fn after_every_crash_of_deliver_each_subscription_receives_the_events() {
    at_every_crash_point!(
        world,
        proxy,
        accepted(&world),
        async |_: &(Receiver, String)| {
            world.stack.run_queue("worker").await.unwrap();
            let app = deliver::App::new(proxy.environment(&world, "deliver"));
            for _ in 0..3 {
                run_delivery_batch(&world, &app).await;
            }
        },
        async |world: &World, (receiver, execution): (Receiver, String), _: Option<()>| {
            assert_all_delivered(world, &receiver, &execution).await;
        }
    );
}

#[tokio::test]
async fn after_every_crash_of_a_worker_each_subscription_receives_the_events() {
    at_every_crash_point!(
        world,
        proxy,
        accepted(&world),
        async |_: &(Receiver, String)| {
            let app = worker::App::new(proxy.environment(&world, "worker"));
            run_batch(&world, &app).await;
        },
        async |world: &World, (receiver, execution): (Receiver, String), _: Option<()>| {
            assert_all_delivered(world, &receiver, &execution).await;
        }
    );
}

#[tokio::test]
async fn after_every_crash_during_a_failed_attempt_the_delivery_ends() {
    at_every_crash_point!(
        world,
        proxy,
        async {
            let receiver = Receiver::new(|number, _| match number {
                1 => Reply::status(500),
                _ => Reply::status(200),
            })
            .await;
            subscribe(&world, &receiver.url, &["workflow.completed"]).await;
            let hook = world.hook(echoes_the_event(), json!({})).await;
            world.post(&hook, &[], &json!({})).await.expect(200);
            world.stack.run_queue("worker").await.unwrap();
            receiver
        },
        async |_: &Receiver| {
            let app = deliver::App::new(proxy.environment(&world, "deliver"));
            for _ in 0..2 {
                run_delivery_batch(&world, &app).await;
            }
        },
        async |world: &World, receiver: Receiver, _: Option<()>| {
            let listed = world.deliveries().await;
            assert_eq!(listed.len(), 1, "{listed:?}");
            assert_eq!(listed[0]["status"], "delivered", "{listed:?}");
            let taken = receiver.taken();
            assert!(taken.len() >= 2, "{taken:?}");
            let ids: BTreeSet<&String> =
                taken.iter().map(|one| &one.headers["webhook-id"]).collect();
            assert_eq!(ids.len(), 1, "{ids:?}");
        }
    );
}

#[tokio::test]
async fn after_every_error_of_aws_deliver_completes_its_work() {
    let refusals = [
        (400, "ThrottlingException"),
        (400, "TransactionConflictException"),
        (500, "InternalServerError"),
    ];
    for from in 1.. {
        let (status, error) = refusals[from % refusals.len()];
        let world = World::new().await;
        let (receiver, execution) = accepted(&world).await;
        world.stack.run_queue("worker").await.unwrap();
        let proxy = FaultProxy::new(&world, move |number, _| match number >= from {
            true => Fault::Answer { status, error },
            false => Fault::Pass,
        })
        .await;
        let app = deliver::App::new(proxy.environment(&world, "deliver"));
        for _ in 0..2 {
            run_delivery_batch(&world, &app).await;
        }
        let was_refused = proxy.calls().len() >= from;
        recover(&world).await;
        assert_all_delivered(&world, &receiver, &execution).await;
        if !was_refused {
            assert!(from > 20, "the announcement and three deliveries: {from}");
            return;
        }
    }
}

#[tokio::test]
async fn after_every_crash_while_disabling_a_subscription_it_is_disabled_and_announced_once() {
    at_every_crash_point!(
        world,
        proxy,
        async {
            let gone = Receiver::answering(410).await;
            let other = Receiver::answering(200).await;
            let id = subscribe(&world, &gone.url, &["workflow.completed"]).await;
            subscribe(&world, &other.url, &["subscription.disabled"]).await;
            let hook = world.hook(echoes_the_event(), json!({})).await;
            world.post(&hook, &[], &json!({})).await.expect(200);
            world.stack.run_queue("worker").await.unwrap();
            (gone, other, id)
        },
        async |_: &(Receiver, Receiver, String)| {
            let app = deliver::App::new(proxy.environment(&world, "deliver"));
            for _ in 0..3 {
                run_delivery_batch(&world, &app).await;
            }
        },
        async |world: &World, (gone, other, id): (Receiver, Receiver, String), _: Option<()>| {
            let path = format!("/v1/subscriptions/{id}");
            let shown = world.call("GET", &path, None).await.expect(200);
            assert_eq!(shown["enabled"], false, "{shown}");
            assert_eq!(shown["disabledReason"], "gone", "{shown}");
            assert!(!gone.taken().is_empty());
            let notices = other.taken();
            assert!(
                !notices.is_empty(),
                "the disabled subscription was not announced"
            );
            let ids: BTreeSet<&String> = notices
                .iter()
                .map(|one| &one.headers["webhook-id"])
                .collect();
            assert_eq!(
                ids.len(),
                1,
                "one notice, however often it was sent: {ids:?}"
            );
            for one in world.deliveries().await {
                assert!(
                    one["status"] != "pending" && one["status"] != "attempting",
                    "{one}"
                );
            }
        }
    );
}
