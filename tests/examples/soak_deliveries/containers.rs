//! Several containers of `deliver` at a time on one queue. Some invocations are killed at an AWS call; as on Lambda, their
//! messages stay hidden until their visibility timeout ends. It does not know what the messages ask for.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::future::try_join_all;
use serde_json::{Value, json};
use tests::World;
use tests::crash::{DELIVERIES, Moment, ask_of};
use tests::fault_proxy::FaultProxy;

use crate::chance::{Chance, Question};
use crate::{Arguments, Outcome};

/// The function's time-out in the template.
const TIMEOUT_SECS: i64 = 60;
/// An invocation is killed at one of its first calls, up to this one; a batch makes about as many.
const CALLS: u64 = 80;

pub(crate) struct Containers<'a> {
    world: &'a World,
    warm: Vec<deliver::App>,
    /// How many invocations were started.
    invocations: AtomicU64,
    killed_percent: u64,
    chance: Chance,
    tally: Mutex<Tally>,
}

/// Counts of invocations by outcome.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) invocations: u64,
    pub(crate) kills: u64,
    /// Messages that a container returned although AWS did not fail.
    pub(crate) given_back: u64,
    /// By message, how often it was received and not completed.
    unfinished: BTreeMap<String, u32>,
}

impl Tally {
    /// Messages that the queue moves to the dead-letter queue because of the kills.
    pub(crate) fn exhausted_messages(&self, limit: u32) -> usize {
        self.unfinished
            .values()
            .filter(|times| **times >= limit)
            .count()
    }
}

impl<'a> Containers<'a> {
    pub(crate) fn start(world: &'a World, arguments: &Arguments, chance: Chance) -> Outcome<Self> {
        let fresh = |_| Ok(deliver::App::new(world.stack.environment("deliver")?));
        let warm: Outcome<_> = (0..arguments.containers).map(fresh).collect();
        Ok(Self {
            world,
            warm: warm?,
            invocations: AtomicU64::new(0),
            killed_percent: arguments.killed,
            chance,
            tally: Mutex::default(),
        })
    }

    /// Handles messages until none is visible.
    pub(crate) async fn work(&self) -> Outcome<()> {
        try_join_all(self.warm.iter().map(|app| self.work_in(app))).await?;
        Ok(())
    }

    pub(crate) fn tally(&self) -> Tally {
        self.lock().clone()
    }

    /// How many messages are in the dead-letter queue.
    pub(crate) fn dead_letters(&self) -> Outcome<u64> {
        let queues = &self.world.stack.template().queues;
        let named = queues
            .iter()
            .find(|queue| queue.name.contains("DeliveriesDeadLetters"));
        let name = &named
            .ok_or("the template has no queue of dead letters")?
            .name;
        let counts = self.world.stack.sqs().counts(name)?;
        Ok(counts.visible + counts.in_flight + counts.delayed)
    }

    async fn work_in(&self, warm: &deliver::App) -> Outcome<()> {
        loop {
            let messages = self.receive().await;
            if messages.is_empty() {
                return Ok(());
            }
            let invocation = self.invocations.fetch_add(1, Ordering::Relaxed);
            let question = Question::IsKilled { invocation };
            let answer = match self.chance.happens(question, self.killed_percent) {
                Some(how) => self.doomed(how, batch(&messages)).await,
                None => Some(self.handle(warm, batch(&messages)).await),
            };
            let unfinished = match &answer {
                Some(answer) => failed(answer),
                None => messages.iter().map(message_id).collect(),
            };
            self.note(answer.is_some(), &unfinished);
            self.delete(&messages, &unfinished).await?;
        }
    }

    /// Runs an invocation in a container of its own, which crashes at one of its calls, if it makes that many. `None` where it
    /// crashed.
    async fn doomed(&self, how: u64, batch: Value) -> Option<Value> {
        let moment = match how % 2 {
            0 => Moment::Before,
            _ => Moment::After,
        };
        let at = usize::try_from(1 + how / 2 % CALLS).unwrap_or(1);
        let proxy = FaultProxy::new(self.world, move |number, _| moment.at(at, number)).await;
        let app = deliver::App::new(proxy.environment(self.world, "deliver"));
        proxy.until_death(self.handle(&app, batch)).await
    }

    async fn handle(&self, app: &deliver::App, batch: Value) -> Value {
        let deadline = self.world.clock.now().plus_secs(TIMEOUT_SECS);
        deliver::handle(app, batch, deadline).await
    }

    async fn receive(&self) -> Vec<Value> {
        let most = json!({"MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"]});
        let received = ask_of(self.world, DELIVERIES, "ReceiveMessage", most).await;
        received["Messages"].as_array().cloned().unwrap_or_default()
    }

    async fn delete(&self, messages: &[Value], unfinished: &[String]) -> Outcome<()> {
        let entries: Vec<Value> = messages
            .iter()
            .map(|message| (message_id(message), &message["ReceiptHandle"]))
            .filter(|(id, _)| !unfinished.contains(id))
            .map(|(id, receipt)| json!({"Id": id, "ReceiptHandle": receipt}))
            .collect();
        if entries.is_empty() {
            return Ok(());
        }
        let all = json!({ "Entries": entries });
        let deleted = ask_of(self.world, DELIVERIES, "DeleteMessageBatch", all).await;
        match deleted["Successful"].as_array() {
            Some(successful) if successful.len() == entries.len() => Ok(()),
            _ => Err(format!("messages were not deleted: {deleted}").into()),
        }
    }

    fn note(&self, survived: bool, unfinished: &[String]) {
        let mut tally = self.lock();
        tally.invocations += 1;
        if survived {
            tally.given_back += unfinished.len() as u64;
        } else {
            tally.kills += 1;
        }
        for id in unfinished {
            *tally.unfinished.entry(id.clone()).or_default() += 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn message_id(message: &Value) -> String {
    message["MessageId"].as_str().unwrap_or_default().to_owned()
}

/// The messages as the event that Lambda passes to the function.
fn batch(messages: &[Value]) -> Value {
    let record = |message: &Value| {
        json!({
            "messageId": message["MessageId"],
            "body": message["Body"],
            "attributes": message["Attributes"],
        })
    };
    json!({ "Records": messages.iter().map(record).collect::<Vec<_>>() })
}

fn failed(answer: &Value) -> Vec<String> {
    let failures = answer["batchItemFailures"].as_array();
    let ids = failures
        .into_iter()
        .flatten()
        .filter_map(|failure| failure["itemIdentifier"].as_str());
    ids.map(str::to_owned).collect()
}
