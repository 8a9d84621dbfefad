//! The AWS services that a workflow may call: Lambda, Step Functions, SQS, EventBridge. Every call is first checked
//! against the operator's allowlist, and never reaches this deployment's own resources. It is a crate of its own so that
//! only the function that runs workflows links these clients. It does not know workflows.

#![warn(missing_docs)]

mod allowlist;
mod arn;
mod events;
mod failure;
mod lambda;
mod queues;
mod service;
mod states;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_types::timeout::TimeoutConfig;
use store::{Callable, Connection};

pub use events::Entry;
pub use failure::Failure;
pub use lambda::{Invocation, InvocationOutcome};
pub use queues::{SentMessage, SqsMessage};
pub use states::{StartStateMachine, StateMachineStatus};

use allowlist::Allowlist;
use arn::AwsScope;
use service::{Service, ServiceNames};

/// The clients of these services, each made when it is first used.
pub struct Integrations {
    connection: Connection,
    scope: AwsScope,
    allowlist: Allowlist,
    events: OnceLock<Service>,
    lambda: OnceLock<Service>,
    queues: OnceLock<aws_sdk_sqs::Client>,
    states: OnceLock<Service>,
}

impl Integrations {
    /// Clients on this connection, limited to what the operator made callable.
    pub fn new(connection: Connection, callable: &Callable) -> Self {
        Self {
            scope: AwsScope::new(connection.region(), callable.account_id.as_deref()),
            allowlist: Allowlist::new(callable),
            connection,
            events: OnceLock::new(),
            lambda: OnceLock::new(),
            queues: OnceLock::new(),
            states: OnceLock::new(),
        }
    }

    fn service(
        &self,
        names: &ServiceNames,
        url: Option<&String>,
        timeouts: TimeoutConfig,
    ) -> Service {
        let config = self.connection.sdk_config();
        match url {
            Some(url) => Service::new(&config, names, url, timeouts),
            None => Service::new(&config, names, &self.scope.url(names.endpoint), timeouts),
        }
    }
}

/// Timeouts of calls that a service answers at once. The caller has a longer limit of its own.
fn short() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_secs(15))
        .build()
}

/// Timeouts of calls that last as long as the function that they invoke. There is no time limit for an attempt, because
/// a second attempt could run beside the first.
fn long() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .build()
}
