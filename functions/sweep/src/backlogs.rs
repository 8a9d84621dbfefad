//! What the queues hold, as far as it can be told.

use domain::Backlog;
use store::{AwsContext, Queue, QueueName, StoreError};

pub(crate) struct Backlogs {
    executions: Backlog,
    deliveries: Backlog,
}

impl Backlogs {
    pub(crate) async fn look(aws: &AwsContext) -> Result<Self, StoreError> {
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

/// A queue that does not answer may hold everything that was sent; what runs or waits is still
/// looked after.
async fn backlog(aws: &AwsContext, queue: &Queue) -> Result<Backlog, StoreError> {
    let visible = match queue.visible_messages().await {
        Ok(visible) => visible,
        Err(error) => {
            tracing::warn!(%error, "the length of a queue is unknown");
            u64::MAX
        }
    };
    Ok(Backlog {
        visible,
        seen: aws.queue_progress.latest(queue.name()).await?,
    })
}
