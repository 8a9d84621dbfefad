//! A receiver that lets requests wait for nothing: it is left alone for a while, its deliveries lose nothing by that, and
//! those of others come in time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tests::crash::{DELIVERIES, ask_of, batch, receive_from, recover};
use tests::receiver::{Receiver, Reply};
use tests::{Hook, World, echoes_the_event};

/// A subscription to a receiver that answers nothing until it is told to, and a container that delivers.
struct Silent {
    world: World,
    hook: Hook,
    receiver: Receiver,
    subscription: String,
    answers: Arc<AtomicBool>,
    app: deliver::App,
}

impl Silent {
    async fn new() -> Self {
        let world = World::new().await;
        let answers = Arc::<AtomicBool>::default();
        let is_told = Arc::clone(&answers);
        let receiver = Receiver::new(move |_, _| match is_told.load(Ordering::SeqCst) {
            true => Reply::status(200),
            false => Reply::Silence,
        })
        .await;
        let subscription = subscribe(&world, &receiver.url).await;
        Self {
            hook: world.hook(echoes_the_event(), json!({})).await,
            app: deliver::App::new(world.stack.environment("deliver").unwrap()),
            world,
            receiver,
            subscription,
            answers,
        }
    }

    /// So many executions end.
    async fn happen(&self, events: usize) {
        for _ in 0..events {
            let answer = self.world.post(&self.hook, &[], &json!({})).await;
            answer.expect(200);
        }
        self.world.stack.run_queue("worker").await.unwrap();
    }

    /// All that is to be done now, with a second for each attempt.
    async fn deliver(&self) {
        let world = &self.world;
        loop {
            let messages = receive_from(world, DELIVERIES).await;
            if messages.is_empty() {
                return;
            }
            let deadline = world.clock.now().plus_secs(6);
            let answer = deliver::handle(&self.app, batch(&messages), deadline).await;
            assert_eq!(answer["batchItemFailures"], json!([]), "{answer}");
            for message in messages {
                let receipt = json!({"ReceiptHandle": message["ReceiptHandle"]});
                ask_of(world, DELIVERIES, "DeleteMessage", receipt).await;
            }
        }
    }

    async fn deliveries(&self) -> Vec<Value> {
        let id = self.subscription.rsplit('/').next().unwrap();
        let path = format!("/v1/deliveries?limit=100&subscriptionId={id}");
        let list = self.world.call("GET", &path, None).await.expect(200);
        list["items"].as_array().unwrap().clone()
    }
}

async fn subscribe(world: &World, url: &str) -> String {
    let body = json!({"url": url, "events": ["workflow.completed"]});
    let made = world.subscribe(body).await;
    let id = made["id"].as_str().unwrap().to_owned();
    format!("/v1/subscriptions/{id}")
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_is_left_alone_and_tried_once_in_a_while() {
    let silent = Silent::new().await;
    let quick = Receiver::answering(200).await;
    subscribe(&silent.world, &quick.url).await;
    silent.happen(25).await;
    silent.deliver().await;
    assert_eq!(quick.taken().len(), 25);
    let asked = silent.receiver.taken().len();
    assert!((3..=10).contains(&asked), "one batch at the most: {asked}");
    let attempts: Vec<u64> = silent
        .deliveries()
        .await
        .iter()
        .map(|one| {
            assert_eq!(one["status"], "pending", "{one}");
            one["attemptCount"].as_u64().unwrap()
        })
        .collect();
    let attempted = attempts.iter().filter(|attempts| **attempts > 0).count();
    assert_eq!(attempted, asked, "what was put off has lost no try");

    silent.world.clock.advance(61_000);
    silent.deliver().await;
    assert_eq!(silent.receiver.taken().len(), asked + 1, "one tries");
    silent.world.clock.advance(30_000);
    silent.deliver().await;
    assert_eq!(
        silent.receiver.taken().len(),
        asked + 1,
        "the pause is longer now"
    );

    silent.answers.store(true, Ordering::SeqCst);
    recover(&silent.world).await;
    let listed = silent.deliveries().await;
    assert_eq!(listed.len(), 25);
    for one in &listed {
        assert_eq!(one["status"], "delivered", "{one}");
    }
    let told: BTreeSet<String> = silent
        .receiver
        .taken()
        .iter()
        .map(|one| one.headers["webhook-id"].clone())
        .collect();
    assert_eq!(told.len(), 25);
    assert_eq!(quick.taken().len(), 25, "nobody is told twice");
}

#[tokio::test]
async fn a_receiver_that_answers_now_and_then_is_never_left_alone() {
    let world = World::new().await;
    let receiver = Receiver::new(|number, _| match number % 3 {
        0 => Reply::status(500),
        _ => Reply::Silence,
    })
    .await;
    let silent = Silent {
        subscription: subscribe(&world, &receiver.url).await,
        hook: world.hook(echoes_the_event(), json!({})).await,
        app: deliver::App::new(world.stack.environment("deliver").unwrap()),
        world,
        receiver,
        answers: Arc::default(),
    };
    for asked in 1..=6 {
        silent.happen(1).await;
        silent.deliver().await;
        assert_eq!(silent.receiver.taken().len(), asked);
    }
}

#[tokio::test]
async fn a_test_is_sent_to_a_receiver_that_is_left_alone_and_its_answer_ends_the_pause() {
    let silent = Silent::new().await;
    silent.happen(5).await;
    silent.deliver().await;
    let asked = silent.receiver.taken().len();
    silent.happen(1).await;
    silent.deliver().await;
    assert_eq!(silent.receiver.taken().len(), asked, "it is left alone");
    silent.answers.store(true, Ordering::SeqCst);
    let test = format!("{}/test", silent.subscription);
    silent.world.call("POST", &test, None).await.expect(202);
    silent.deliver().await;
    assert_eq!(silent.receiver.taken().len(), asked + 1, "the test");
    silent.happen(1).await;
    silent.deliver().await;
    assert_eq!(
        silent.receiver.taken().len(),
        asked + 2,
        "what came after it"
    );
}
