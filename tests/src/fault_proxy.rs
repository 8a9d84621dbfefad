//! A proxy between a function and AWS: it counts the calls of the real SDK, and fails or delays the ones that a test
//! names. The function behind it knows nothing of it.

mod calls;
mod frozen_index;
mod s3;
mod sockets;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use domain::Clock;
use http::Request;
use local::Connections;
use serde_json::Value;
use store::{AwsContext, Transport};
use tokio::task::AbortHandle;

use crate::bill::Bill;
use crate::{FunctionSettings, World};

use calls::State;

/// What happens to one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// None: the call takes effect and is answered.
    Pass,
    /// The same, and what it costs is kept: [`FaultProxy::bills`].
    Meter,
    /// The process dies before the call reaches AWS.
    CrashBefore,
    /// The process dies after the call has taken effect.
    CrashAfter,
    /// The call takes effect, but the connection breaks before the answer.
    LoseAnswer,
    /// The connection breaks at once, and the call takes effect when the test lets it: [`FaultProxy::release`].
    Hold,
    /// AWS answers this instead, and does nothing.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The name of the error.
        error: &'static str,
    },
    /// DynamoDB cancels the transaction for these reasons, one for each of its writes, and does nothing. The embedded
    /// database never reports a `TransactionConflict` of its own.
    Cancel {
        /// Codes of cancellation reasons, such as `None` and `TransactionConflict`.
        reasons: &'static [&'static str],
    },
    /// DynamoDB reads none of the items that a batch asks for, and says so.
    Unread,
    /// The call takes effect after that time, whether or not the caller still waits for the answer.
    Slow {
        /// The time.
        millis: u64,
    },
}

/// In front of a world's tables, keys and queues: in this process, or on loopback where the world uses sockets.
pub struct FaultProxy {
    state: Arc<State>,
    clock: Clock,
    listening: Option<Listening>,
}

/// Where the proxy listens if the world uses sockets.
struct Listening {
    url: String,
    task: AbortHandle,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FaultProxy {
    /// `plan` says what happens to the call with that number, from 1, and that operation.
    pub async fn new(
        world: &World,
        plan: impl Fn(usize, &str) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let state = Arc::new(State::new(world, plan));
        let listening = match world.connections {
            Connections::InProcess => None,
            Connections::Sockets => {
                let (url, task) = sockets::listen(Arc::clone(&state)).await;
                Some(Listening { url, task })
            }
        };
        Self {
            state,
            clock: world.clock.clock(),
            listening,
        }
    }

    /// What a function has from AWS through this proxy.
    pub fn environment(&self, world: &World, package: &str) -> AwsContext {
        self.settings(world, package).environment()
    }

    /// The same with the timeouts of a deployment, for tests of what a function does when AWS takes long. On a busy
    /// machine they end calls that have no fault.
    pub fn short_timeout_environment(&self, world: &World, package: &str) -> AwsContext {
        let settings = self.settings(world, package);
        let variable = |name: &str| settings.variables.get(name).cloned();
        AwsContext::new(variable, self.clock.clone(), &settings.transport)
            .expect("the variables are complete")
    }

    /// What a function is then started with.
    pub fn settings(&self, world: &World, package: &str) -> FunctionSettings {
        let mut settings = world.settings(package);
        settings.transport = match &self.listening {
            None => self.transport(),
            Some(listening) => {
                for service in ["DYNAMODB", "KMS", "S3", "SQS"] {
                    let name = format!("AWS_ENDPOINT_URL_{service}");
                    settings.variables.insert(name, listening.url.clone());
                }
                Transport::Network
            }
        };
        settings
    }

    fn transport(&self) -> Transport {
        let state = Arc::clone(&self.state);
        Transport::InProcess(Arc::new(move |request: Request<Bytes>| {
            Box::pin(calls::handle(Arc::clone(&state), request))
        }))
    }

    /// The operations so far, in their order.
    pub fn calls(&self) -> Vec<String> {
        self.state.calls().clone()
    }

    /// What was metered since the last time.
    pub fn bills(&self) -> Vec<Bill> {
        std::mem::take(&mut self.state.bills())
    }

    /// From now on a new process uses this proxy; the one that died is gone.
    pub fn revive(&self) {
        self.state.is_dead.store(false, Ordering::SeqCst);
    }

    /// Makes the due index lag: from now on it answers what it would answer now. On AWS an index follows its table
    /// late; the embedded one never does.
    pub async fn freeze_index(&self, world: &World) {
        self.freeze_index_as(due_entries(world).await);
    }

    /// Makes the due index answer from entries that were seen before.
    pub fn freeze_index_as(&self, entries: Vec<Value>) {
        self.state.freeze(entries);
    }

    /// Starts a new list of calls.
    pub fn forget_calls(&self) {
        self.state.calls().clear();
    }

    /// Lets the calls that were held take effect; how many there are.
    pub async fn release(&self) -> usize {
        let held = std::mem::take(&mut *self.state.held());
        let calls = held.len();
        for call in held {
            self.state.pass(call).await.expect("the stack answers");
        }
        calls
    }

    /// The future's answer, or `None` where the process died in it.
    pub async fn until_death<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.state.died.notified() => None,
            done = work => Some(done),
        }
    }
}

/// All that the due index holds now.
pub async fn due_entries(world: &World) -> Vec<Value> {
    let entries = crate::invariants::scan_index(world, "due").await;
    entries.into_iter().map(Value::Object).collect()
}

/// One call of the AWS JSON protocol without the SDK, such as `DynamoDB_20120810.Scan`: what a test reads or
/// changes without a function.
pub async fn ask(world: &World, target: &str, body: String) -> Value {
    let request = Request::post("/")
        .header("x-amz-target", target)
        .body(Bytes::from(body))
        .expect("a request");
    let answer = world.stack.backends().answer(request).await;
    serde_json::from_slice(answer.body()).unwrap_or_default()
}
