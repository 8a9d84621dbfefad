//! Lambda in this process: functions that take JSON and give JSON, each invocation with a deadline and an end. Does
//! not know what a function does, nor what an event means.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, Timestamp};
use futures::future::BoxFuture;
use serde_json::Value;
use tokio::time::timeout;

use crate::random;
use crate::recursion::Lineage;

/// A deployed function: the handler, called in this process.
pub type Function =
    Arc<dyn Fn(Value, Invocation) -> BoxFuture<'static, Result<Value, Failure>> + Send + Sync>;

/// What a function knows of one invocation besides its event.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The name of the function.
    pub function: String,
    /// A UUID.
    pub request_id: String,
    /// When it is cut off.
    pub deadline: Timestamp,
}

/// Why an invocation gave no answer. Lambda calls all of these a function error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The function said so.
    #[error("{0}")]
    Reported(String),
    /// The function panicked; its message went to stderr.
    #[error("the function ended before it answered")]
    Crashed,
    /// The function took longer than its `Timeout`.
    #[error("the function timed out after {0} seconds")]
    TimedOut(u32),
    /// The template has no such function.
    #[error("there is no function of that name")]
    Unknown,
}

struct Deployed {
    function: Function,
    timeout_seconds: u32,
    allows_recursion: bool,
}

/// The functions of one stack, by name.
pub(crate) struct Functions {
    deployed: BTreeMap<String, Deployed>,
    clock: Clock,
}

impl Functions {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            deployed: BTreeMap::new(),
            clock,
        }
    }

    pub(crate) fn deploy(&mut self, name: &str, function: Function, timeout_seconds: u32) {
        self.deployed.insert(
            name.to_owned(),
            Deployed {
                function,
                timeout_seconds,
                allows_recursion: false,
            },
        );
    }

    /// Lets a function be part of a chain of its own invocations, however long.
    pub(crate) fn allow_recursion(&mut self, name: &str) {
        if let Some(deployed) = self.deployed.get_mut(name) {
            deployed.allows_recursion = true;
        }
    }

    /// Whether Lambda stops a chain of its own invocations.
    pub(crate) fn allows_recursion(&self, name: &str) -> bool {
        let deployed = self.deployed.get(name);
        deployed.is_some_and(|deployed| deployed.allows_recursion)
    }

    /// Runs a function to its end, its panic or its timeout.
    pub(crate) async fn invoke(&self, name: &str, event: Value) -> Result<Value, Failure> {
        self.invoke_after(Lineage::default(), name, event).await
    }

    /// The same at the end of a chain of invocations.
    pub(crate) async fn invoke_after(
        &self,
        lineage: Lineage,
        name: &str,
        event: Value,
    ) -> Result<Value, Failure> {
        let deployed = self.deployed.get(name).ok_or(Failure::Unknown)?;
        let seconds = deployed.timeout_seconds;
        let invocation = Invocation {
            function: name.to_owned(),
            request_id: random::uuid(),
            deadline: (self.clock)().plus_secs(seconds.into()),
        };
        let request_id = invocation.request_id.clone();
        let work = (deployed.function)(event, invocation);
        let mut task = tokio::spawn(lineage.invoking(name).around(work));
        let outcome = match timeout(Duration::from_secs(seconds.into()), &mut task).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(Failure::Crashed),
            Err(_) => {
                task.abort();
                Err(Failure::TimedOut(seconds))
            }
        };
        if let Err(failure) = &outcome {
            tracing::error!(function = name, request_id, %failure, "an invocation failed");
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock::ManualClock;

    fn functions(function: Function) -> Functions {
        let mut functions = Functions::new(ManualClock::at(1_000).clock());
        functions.deploy("f", function, 1);
        functions
    }

    #[tokio::test]
    async fn a_function_gets_its_event_and_its_deadline() {
        let echo: Function = Arc::new(|event, invocation| {
            Box::pin(async move {
                Ok(json!([
                    event,
                    invocation.deadline.as_millis(),
                    invocation.function
                ]))
            })
        });
        let answer = functions(echo).invoke("f", json!({"a": 1})).await;
        assert_eq!(answer, Ok(json!([{"a": 1}, 2_000, "f"])));
    }

    #[tokio::test]
    async fn a_panic_a_refusal_and_silence_are_failures_of_that_invocation() {
        let moody: Function = Arc::new(|event, _| {
            Box::pin(async move {
                match event.as_str() {
                    Some("panic") => panic!("as asked"),
                    Some("hang") => futures::future::pending().await,
                    _ => Err(Failure::Reported("no".to_owned())),
                }
            })
        });
        let functions = functions(moody);
        assert_eq!(
            functions.invoke("f", "panic".into()).await,
            Err(Failure::Crashed)
        );
        assert_eq!(
            functions.invoke("f", "refuse".into()).await,
            Err(Failure::Reported("no".to_owned()))
        );
        assert_eq!(
            functions.invoke("f", "hang".into()).await,
            Err(Failure::TimedOut(1))
        );
        assert_eq!(
            functions.invoke("g", Value::Null).await,
            Err(Failure::Unknown)
        );
    }
}
