//! Who wants to be told of an execution, and passing on that there is something to tell. What is told to whom, and how,
//! `deliver` knows.

use std::time::Duration;

use aws::{Environment, Message};
use domain::Execution;
use domain::outbound::Watched;

/// Asked anew at every claim, so that a subscription counts as soon as it is made. Where the answer does not come,
/// everything counts as watched: `deliver` asks again, and crosses off what nobody wants.
pub(crate) async fn watched(aws: &Environment, execution: &Execution) -> Watched {
    match aws.config.subscriptions(execution.tenant).await {
        Ok(records) => {
            let subscriptions = records.iter().map(|record| &record.subscription);
            Watched::of(execution.workflow_id, subscriptions)
        }
        Err(error) => {
            tracing::warn!(%error, "who subscribes is not known; everything counts as watched");
            Watched::EVERYTHING
        }
    }
}

/// A message that is not sent is not lost: the execution is due, and found by that.
pub(crate) async fn announce(aws: &Environment, execution: &Execution) {
    let message = Message::Announce {
        execution_id: execution.id,
    };
    let org = execution.tenant.org;
    let sent = aws.deliveries.send(message, org, Duration::ZERO).await;
    if let Err(error) = sent {
        tracing::warn!(execution = %execution.id, %error, "its news are told later");
    }
}
