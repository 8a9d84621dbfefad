//! A receiver that does not answer: its circuit opens, its deliveries lose no attempt by that, and those of other
//! subscriptions are in time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tests::crash::{DELIVERIES, ask_of, batch, receive_from, recover};
use tests::receiver::{Receiver, Reply};
use tests::{Hook, World, echoes_the_event};

/// A subscription whose receiver answers only when the test says so, and a container that delivers.
pub(crate) struct Silent {
    pub(crate) world: World,
    hook: Hook,
    receiver: Receiver,
    /// Its path.
    pub(crate) subscription: String,
    pub(crate) answers: Arc<AtomicBool>,
    app: deliver::App,
}

impl Silent {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let answers = Arc::<AtomicBool>::default();
        let is_answering = Arc::clone(&answers);
        let receiver = Receiver::new(move |_, _| match is_answering.load(Ordering::SeqCst) {
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

    /// Ends that many executions, each an event for the subscription.
    pub(crate) async fn end_executions(&self, events: usize) {
        for _ in 0..events {
            let answer = self.world.post(&self.hook, &[], &json!({})).await;
            answer.expect(200);
        }
        self.world.stack.run_queue("worker").await.unwrap();
    }

    /// Handles every visible message, with one second for each attempt.
    pub(crate) async fn deliver(&self) {
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
async fn the_circuit_of_a_receiver_that_does_not_answer_opens_and_lets_single_trials_through() {
    let silent = Silent::new().await;
    let quick = Receiver::answering(200).await;
    subscribe(&silent.world, &quick.url).await;
    silent.end_executions(25).await;
    silent.deliver().await;
    assert_eq!(quick.taken().len(), 25);
    let asked = silent.receiver.taken().len();
    assert!(
        (3..=10).contains(&asked),
        "at most those of one batch: {asked}"
    );
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
    assert_eq!(
        attempted, asked,
        "a postponed delivery has used up no attempt"
    );

    silent.world.clock.advance(61_000);
    silent.deliver().await;
    assert_eq!(silent.receiver.taken().len(), asked + 1, "one trial");
    silent.world.clock.advance(30_000);
    silent.deliver().await;
    assert_eq!(
        silent.receiver.taken().len(),
        asked + 1,
        "the circuit is open for longer now"
    );

    silent.answers.store(true, Ordering::SeqCst);
    recover(&silent.world).await;
    let listed = silent.deliveries().await;
    assert_eq!(listed.len(), 25);
    for one in &listed {
        assert_eq!(one["status"], "delivered", "{one}");
    }
    let event_ids: BTreeSet<String> = silent
        .receiver
        .taken()
        .iter()
        .map(|one| one.headers["webhook-id"].clone())
        .collect();
    assert_eq!(event_ids.len(), 25);
    assert_eq!(quick.taken().len(), 25, "no event is delivered twice");
}

#[tokio::test]
async fn the_circuit_of_a_receiver_that_answers_sometimes_stays_closed() {
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
        silent.end_executions(1).await;
        silent.deliver().await;
        assert_eq!(silent.receiver.taken().len(), asked);
    }
}

#[tokio::test]
async fn a_test_event_bypasses_an_open_circuit_and_its_success_closes_it() {
    let silent = Silent::new().await;
    silent.end_executions(5).await;
    silent.deliver().await;
    let asked = silent.receiver.taken().len();
    silent.end_executions(1).await;
    silent.deliver().await;
    assert_eq!(silent.receiver.taken().len(), asked, "the circuit is open");
    silent.answers.store(true, Ordering::SeqCst);
    let test = format!("{}/test", silent.subscription);
    silent.world.call("POST", &test, None).await.expect(202);
    silent.deliver().await;
    assert_eq!(silent.receiver.taken().len(), asked + 1, "the test event");
    silent.end_executions(1).await;
    silent.deliver().await;
    assert_eq!(
        silent.receiver.taken().len(),
        asked + 2,
        "the circuit is closed again"
    );
}
