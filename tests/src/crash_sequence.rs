//! Crashes in sequence: the process that makes the n-th write of a history, counted over all its processes, dies after
//! it. A crash before a write is one after the write before it.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use store::AwsContext;

use crate::crash::writes_something;
use crate::events::webhook;
use crate::fault_proxy::{Fault, FaultProxy, due_entries};
use crate::{Hook, World, crash};

/// Far more turns of sweeps and workers than two crashes can delay.
const ROUNDS: usize = 30;
/// Workers have two turns between a sweep and the next.
const ROUND_MS: i64 = 120_000;

/// Runs the processes of a world one after the other, and ends them at given writes.
pub struct CrashSequence<'a> {
    world: &'a World,
    proxy: FaultProxy,
    count: Arc<Mutex<Count>>,
    trigger: AwsContext,
    worker: AwsContext,
    sweep: AwsContext,
}

/// The writes of the history that runs.
#[derive(Default)]
struct Count {
    writes: usize,
    /// Numbers of writes, from 1.
    deaths: Vec<usize>,
}

/// A webhook from its delivery to the end of its execution.
pub struct History {
    /// The execution, as it is shown then.
    pub shown: Value,
    /// How many writes there were.
    pub writes: usize,
}

impl<'a> CrashSequence<'a> {
    pub async fn new(world: &'a World) -> Self {
        let count = Arc::<Mutex<Count>>::default();
        let counted = Arc::clone(&count);
        let proxy = FaultProxy::new(world, move |_, operation| {
            let mut count = counted.lock().unwrap_or_else(PoisonError::into_inner);
            count.writes += usize::from(writes_something(operation));
            if writes_something(operation) && count.deaths.contains(&count.writes) {
                Fault::CrashAfter
            } else {
                Fault::Pass
            }
        });
        let proxy = proxy.await;
        Self {
            trigger: proxy.environment(world, "trigger"),
            worker: proxy.environment(world, "worker"),
            sweep: proxy.environment(world, "sweep"),
            world,
            proxy,
            count,
        }
    }

    /// The sender delivers until the webhook is accepted; then workers and sweeps run in turn until the execution has
    /// ended. A process that makes one of the writes that `deaths` numbers dies after it.
    pub async fn history(
        &self,
        deaths: &[usize],
        hook: &Hook,
        delivery: &str,
        event: &Value,
    ) -> History {
        *self.count() = Count {
            writes: 0,
            deaths: deaths.to_vec(),
        };
        let accepted = Box::pin(self.deliver(hook, delivery, event)).await;
        for _ in 0..ROUNDS {
            let lagging = due_entries(self.world).await;
            self.skip_what_is_idle(&lagging);
            for _ in 0..2 {
                Box::pin(self.work()).await;
                self.world.clock.advance(ROUND_MS / 2);
                // What has not ended is due, sooner or later; if it is not, the assertion on what is shown fails.
                if due_entries(self.world).await.is_empty() {
                    let shown = self.world.execution(&accepted).await;
                    let writes = self.count().writes;
                    return History { shown, writes };
                }
            }
            Box::pin(self.sweep(lagging)).await;
        }
        panic!("{accepted} has not ended after crashes at {deaths:?}");
    }

    /// Nothing comes of time in which no message is on its way and nothing is due; a lagging sweep
    /// and a current one still come before what is due next.
    fn skip_what_is_idle(&self, entries: &[Value]) {
        let due_at = |entry: &Value| entry["due_at"]["N"].as_str()?.parse::<i64>().ok();
        let idle_ms = entries.iter().filter_map(due_at).min().map_or(0, |next| {
            next - self.world.clock.now().as_millis() - 3 * ROUND_MS
        });
        if idle_ms > 0 {
            self.world.clock.advance(idle_ms);
        }
    }

    /// A process of its own: `None` where it died.
    async fn process<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.proxy.revive();
        // Without optimisation each of these futures takes a good part of a test's stack.
        self.proxy.until_death(Box::pin(work)).await
    }

    async fn deliver(&self, hook: &Hook, delivery: &str, event: &Value) -> String {
        loop {
            let app = trigger::App::new(self.trigger.clone());
            let event = webhook(&hook.path, &[("webhook-id", delivery)], event);
            let answer = self.process(trigger::handle(&app, event)).await;
            let answer = answer.map(|response| {
                serde_json::from_slice::<Value>(response.body()).unwrap_or_default()
            });
            if let Some(id) = answer.unwrap_or_default()["executionId"].as_str() {
                return id.to_owned();
            }
        }
    }

    async fn work(&self) {
        let app = worker::App::new(self.worker.clone());
        self.process(crash::run_batch(self.world, &app)).await;
    }

    /// A sweep whose index lags.
    async fn sweep(&self, index: Vec<Value>) {
        self.proxy.freeze_index_as(index);
        let app = sweep::App::new(self.sweep.clone());
        let deadline = self.world.clock.now().plus_secs(60);
        self.process(sweep::handle(&app, deadline)).await;
    }

    fn count(&self) -> std::sync::MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
