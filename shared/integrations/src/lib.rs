//! The AWS services that a workflow may call: Lambda, Step Functions, SQS, EventBridge. Every call
//! is checked first against what the operator permits, and never reaches this deployment's own
//! resources. It is a room of its own, so that only the function that runs workflows links these
//! clients. It does not know workflows.

mod arn;
mod events;
mod failure;
mod lambda;
mod permitted;
mod queues;
mod states;

use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_types::timeout::TimeoutConfig;
use store::{Callable, Connection};

pub use events::Entry;
pub use failure::Failure;
pub use lambda::{Invocation, Invoked};
pub use queues::{Sent, SqsMessage};
pub use states::{Standing, Start};

use arn::Place;
use permitted::Permitted;

/// Clients for what workflows call, each made when it is first used.
pub struct Reach {
    connection: Connection,
    place: Place,
    permitted: Permitted,
    events: OnceLock<aws_sdk_eventbridge::Client>,
    lambda: OnceLock<aws_sdk_lambda::Client>,
    queues: OnceLock<aws_sdk_sqs::Client>,
    states: OnceLock<aws_sdk_sfn::Client>,
}

impl Reach {
    pub fn new(connection: Connection, callable: &Callable) -> Self {
        Self {
            place: Place::new(connection.region(), callable.account_id.as_deref()),
            permitted: Permitted::new(callable),
            connection,
            events: OnceLock::new(),
            lambda: OnceLock::new(),
            queues: OnceLock::new(),
            states: OnceLock::new(),
        }
    }
}

/// For calls that a service answers at once. The caller's own limit lies above.
fn short() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_secs(15))
        .build()
}

/// For calls that last as long as what they call: no attempt is given up and begun again, because
/// the first may still run.
fn long() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .build()
}
