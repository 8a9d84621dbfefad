//! Crashes, and what comes after them: the time passes, sweeps and workers run as they would.

use domain::Timestamp;
use serde_json::json;

use crate::World;
use crate::wire::Fate;

/// Whether the call that a process dies in has taken effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Before,
    After,
}

impl Moment {
    /// The fate of a call by its number, when the process dies at the k-th.
    pub fn at(self, k: usize, number: usize) -> Fate {
        match self {
            _ if number != k => Fate::Pass,
            Self::Before => Fate::CrashBefore,
            Self::After => Fate::CrashAfter,
        }
    }
}

/// Eighteen minutes: long enough for every lease, hidden message and first look to be over twice.
pub async fn recover(world: &World) {
    for _ in 0..6 {
        world.run().await;
        world.clock.advance(180_000);
        let swept = world.stack.invoke("sweep", json!({})).await;
        swept.expect("the sweep works");
    }
    world.run().await;
}

/// One batch of the queue of executions through a worker of the test's own. A worker that dies
/// leaves its messages hidden, as on Lambda.
pub async fn run_batch(world: &World, app: &worker::App) {
    let variables = world.stack.variables("worker");
    let url = &variables["AWS_ENDPOINT_URL_SQS"];
    let queue = &variables["EXECUTIONS_QUEUE_URL"];
    let ask = |operation: &str, body: serde_json::Value| {
        let target = format!("AmazonSQS.{operation}");
        async move { crate::wire::ask(url, &target, body.to_string()).await }
    };
    let received = ask(
        "ReceiveMessage",
        json!({"QueueUrl": queue, "MaxNumberOfMessages": 10}),
    );
    let received = received.await;
    let messages = received["Messages"].as_array().cloned().unwrap_or_default();
    let records: Vec<_> = messages
        .iter()
        .map(|message| json!({"messageId": message["MessageId"], "body": message["Body"]}))
        .collect();
    let deadline: Timestamp = world.clock.now().plus_secs(60);
    let answer = worker::handle(app, json!({"Records": records}), deadline).await;
    if answer["batchItemFailures"]
        .as_array()
        .is_some_and(Vec::is_empty)
    {
        for message in messages {
            let receipt = &message["ReceiptHandle"];
            let delete = json!({"QueueUrl": queue, "ReceiptHandle": receipt});
            ask("DeleteMessage", delete).await;
        }
    }
}
