//! Crashes and the recovery after them: the clock moves on, and sweeps and workers run.

use domain::Timestamp;
use serde_json::{Value, json};

use crate::World;
use crate::fault_proxy::{Fault, due_entries};

/// Variables that name queues.
pub const EXECUTIONS: &str = "EXECUTIONS_QUEUE_URL";
pub const DELIVERIES: &str = "DELIVERIES_QUEUE_URL";

/// Whether the call that a process dies in has taken effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Before,
    After,
}

impl Moment {
    /// The plan of a call by its number, when the process dies at the k-th.
    pub fn at(self, k: usize, number: usize) -> Fault {
        match self {
            _ if number != k => Fault::Pass,
            Self::Before => Fault::CrashBefore,
            Self::After => Fault::CrashAfter,
        }
    }
}

/// Where a process dies, by the number of the point, from 0: before and after each call in turn.
pub fn plan(point: usize) -> impl Fn(usize, &str) -> Fault + Send + Sync + 'static {
    let moment = match point % 2 {
        0 => Moment::Before,
        _ => Moment::After,
    };
    move |number, _| moment.at(point / 2 + 1, number)
}

pub(crate) fn writes_something(operation: &str) -> bool {
    matches!(
        operation,
        "PutItem"
            | "UpdateItem"
            | "DeleteItem"
            | "TransactWriteItems"
            | "BatchWriteItem"
            | "SendMessage"
            | "SendMessageBatch"
            | "PutObject"
            | "PutObjectTagging"
            | "DeleteObject"
    )
}

/// Three minutes six times: long enough for every lease, visibility timeout and first due time to pass twice.
const ROUNDS: i64 = 6;
const ROUND_MS: i64 = 180_000;

/// Eighteen minutes, in which workers and sweeps run. Once nothing is due and no message is left, a sweep would find
/// nothing and a worker receive nothing: what is left of the time just passes.
pub async fn recover(world: &World) {
    for round in 0..ROUNDS {
        world.run().await;
        if is_at_rest(world).await {
            world.clock.advance((ROUNDS - round) * ROUND_MS);
            return;
        }
        world.clock.advance(ROUND_MS);
        let swept = world.stack.invoke("sweep", json!({})).await;
        swept.expect("the sweep works");
    }
    world.run().await;
}

/// Whether the due index is empty, and every queue, with what is hidden or delayed in it.
async fn is_at_rest(world: &World) -> bool {
    for queue in [EXECUTIONS, DELIVERIES] {
        let asked = json!({ "AttributeNames": ["All"] });
        let answer = ask_of(world, queue, "GetQueueAttributes", asked).await;
        let number = |name: &str| {
            let number = answer["Attributes"][name].as_str();
            number.map(str::to_owned).expect("a number of messages")
        };
        let kinds = ["", "NotVisible", "Delayed"];
        let names = kinds.map(|kind| format!("ApproximateNumberOfMessages{kind}"));
        if names.iter().any(|name| number(name) != "0") {
            return false;
        }
    }
    due_entries(world).await.is_empty()
}

/// One batch of the queue of executions through a worker of the test's own. A worker that dies
/// leaves its messages hidden, as on Lambda.
pub async fn run_batch(world: &World, app: &worker::App) {
    let messages = receive(world).await;
    let deadline: Timestamp = world.clock.now().plus_secs(60);
    let answer = worker::handle(app, batch(&messages), deadline).await;
    if answer["batchItemFailures"]
        .as_array()
        .is_some_and(Vec::is_empty)
    {
        for message in messages {
            let receipt = &message["ReceiptHandle"];
            ask(world, "DeleteMessage", json!({ "ReceiptHandle": receipt })).await;
        }
    }
}

/// The same for the queue of deliveries.
pub async fn run_delivery_batch(world: &World, app: &deliver::App) {
    let messages = receive_from(world, DELIVERIES).await;
    let deadline: Timestamp = world.clock.now().plus_secs(60);
    let answer = deliver::handle(app, batch(&messages), deadline).await;
    if answer["batchItemFailures"]
        .as_array()
        .is_some_and(Vec::is_empty)
    {
        for message in messages {
            let receipt = json!({ "ReceiptHandle": &message["ReceiptHandle"] });
            ask_of(world, DELIVERIES, "DeleteMessage", receipt).await;
        }
    }
}

/// Up to ten messages of the queue of executions, which stay hidden in it.
pub async fn receive(world: &World) -> Vec<Value> {
    receive_from(world, EXECUTIONS).await
}

/// The same for any queue, by the variable that names it.
pub async fn receive_from(world: &World, queue: &str) -> Vec<Value> {
    let most = json!({"MaxNumberOfMessages": 10});
    let received = ask_of(world, queue, "ReceiveMessage", most).await;
    received["Messages"].as_array().cloned().unwrap_or_default()
}

/// Messages as Lambda hands them to the worker.
pub fn batch(messages: &[Value]) -> Value {
    let record =
        |message: &Value| json!({"messageId": message["MessageId"], "body": message["Body"]});
    let records: Vec<Value> = messages.iter().map(record).collect();
    json!({ "Records": records })
}

/// An operation of SQS on the queue of executions, without a function.
pub async fn ask(world: &World, operation: &str, body: Value) -> Value {
    ask_of(world, EXECUTIONS, operation, body).await
}

/// The same on any queue, by the variable that names it.
pub async fn ask_of(world: &World, queue: &str, operation: &str, mut body: Value) -> Value {
    let variables = world.stack.variables("worker");
    body["QueueUrl"] = json!(variables[queue]);
    let target = format!("AmazonSQS.{operation}");
    crate::fault_proxy::ask(world, &target, body.to_string()).await
}

/// Runs `work` in a process that dies at one point, for every point that [`plan`] has: each time in a new world, with
/// recovery afterwards.
///
/// `setup` is a future, `work` takes what it prepared, `check` gets the world, what was prepared,
/// and what `work` answered, where it survived.
#[macro_export]
macro_rules! at_every_crash_point {
    ($world:ident, $proxy:ident, $setup:expr, $work:expr, $check:expr) => {
        for point in 0.. {
            let $world = $crate::World::new().await;
            let prepared = $setup.await;
            let plan = $crate::crash::plan(point);
            let $proxy = $crate::fault_proxy::FaultProxy::new(&$world, plan).await;
            let survived = $proxy.until_death($work(&prepared)).await;
            let crashed = survived.is_none();
            $crate::crash::recover(&$world).await;
            $check(&$world, prepared, survived).await;
            if !crashed {
                assert!(point > 1, "at least one call was made");
                break;
            }
        }
    };
}
