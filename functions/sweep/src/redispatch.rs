//! Which message a due record needs, and where and when it is to be sent. It does not send anything.

use domain::outbound::{Delivery, Event, Stage};
use domain::{Execution, RecoveryAction, Shard, Timestamp, recovery_action};
use store::{Message, QueueName};

/// A message to send again.
pub(crate) struct Redispatch {
    pub(crate) message: Message,
    pub(crate) queue: QueueName,
    /// The message group.
    pub(crate) group: String,
    pub(crate) shard: Shard,
    /// How often the record's message was sent again before.
    pub(crate) redrives: u32,
    pub(crate) delay_ms: i64,
}

impl Redispatch {
    /// The message of an execution; `None` where it needs none.
    pub(crate) fn of_execution(
        execution: &Execution,
        has_pending_events: bool,
        redrives: u32,
        now: Timestamp,
    ) -> Option<Self> {
        let execution_id = execution.id;
        let (message, queue, delay_ms) = match recovery_action(execution, has_pending_events, now) {
            RecoveryAction::Leave => return None,
            RecoveryAction::Send { delay_ms } => (
                Message::Run { execution_id },
                QueueName::Executions,
                delay_ms,
            ),
            RecoveryAction::Announce => {
                (Message::Announce { execution_id }, QueueName::Deliveries, 0)
            }
        };
        Some(Self {
            message,
            queue,
            group: execution.tenant.org.to_string(),
            shard: execution_id.shard(),
            redrives,
            delay_ms,
        })
    }

    /// The message that has a published event fanned out.
    pub(crate) fn of_event(event: &Event, redrives: u32) -> Self {
        Self {
            message: Message::FanOut { event_id: event.id },
            queue: QueueName::Deliveries,
            group: event.tenant.org.to_string(),
            shard: event.id.shard(),
            redrives,
            delay_ms: 0,
        }
    }

    /// The message that has a delivery attempted, at the end of the lease where an attempt is under way; `None` where the
    /// delivery has ended.
    pub(crate) fn of_delivery(delivery: &Delivery, redrives: u32, now: Timestamp) -> Option<Self> {
        let at = match delivery.stage {
            Stage::Pending { next_attempt_at } => next_attempt_at,
            Stage::Attempting { lease_until } => lease_until,
            Stage::Delivered { .. } | Stage::Exhausted { .. } | Stage::Cancelled { .. } => {
                return None;
            }
        };
        Some(Self {
            message: Message::Deliver {
                delivery_id: delivery.id,
            },
            queue: QueueName::Deliveries,
            group: delivery.subscription_id.to_string(),
            shard: delivery.id.shard(),
            redrives,
            delay_ms: at.millis_since(now).max(0),
        })
    }
}
