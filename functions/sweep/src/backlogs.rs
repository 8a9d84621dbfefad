//! Reads how long the queues are and how far their receivers have come, which tells a backlog from a lost message.

use domain::Backlog;
use store::{AwsContext, Queue, QueueName, StoreError};

/// The backlogs of both queues, when the sweep began.
pub(crate) struct Backlogs {
    executions: Backlog,
    deliveries: Backlog,
}

impl Backlogs {
    pub(crate) async fn read(aws: &AwsContext) -> Result<Self, StoreError> {
        let (executions, deliveries) = futures::try_join!(
            backlog(aws, &aws.execution_queue),
            backlog(aws, &aws.delivery_queue)
        )?;
        Ok(Self {
            executions,
            deliveries,
        })
    }

    pub(crate) fn of(&self, queue: QueueName) -> &Backlog {
        match queue {
            QueueName::Executions => &self.executions,
            QueueName::Deliveries => &self.deliveries,
        }
    }
}

/// A queue whose length cannot be read is assumed to hold every message that was sent; records without a sent message are
/// recovered all the same.
async fn backlog(aws: &AwsContext, queue: &Queue) -> Result<Backlog, StoreError> {
    let visible = match queue.visible_messages().await {
        Ok(visible) => visible,
        Err(error) => {
            tracing::warn!(%error, "the length of a queue cannot be read; its messages are assumed to be still queued");
            u64::MAX
        }
    };
    Ok(Backlog {
        visible,
        seen: aws.queue_progress.latest(queue.name()).await?,
    })
}
