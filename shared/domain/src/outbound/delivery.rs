//! A delivery: one event on its way to one subscription, as its small record tells it.

use std::fmt;

use crate::outbound::EventType;
use crate::{DeliveryId, EventId, SubscriptionId, Tenant, Timestamp};

#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub tenant: Tenant,
    pub subscription_id: SubscriptionId,
    pub event_id: EventId,
    pub event_type: EventType,
    pub created_at: Timestamp,
    /// Attempts in all.
    pub attempts: u32,
    /// Attempts since it was last begun anew: where it stands in the schedule.
    pub tries: u32,
    pub stage: Stage,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Pending {
        next_attempt_at: Timestamp,
    },
    /// An attempt is under way; after `lease_until` it counts as lost.
    Attempting {
        lease_until: Timestamp,
    },
    Delivered {
        at: Timestamp,
    },
    /// Every attempt failed, or the receiver is gone.
    Exhausted {
        at: Timestamp,
    },
    /// Its subscription was disabled or deleted before it could be delivered.
    Cancelled {
        at: Timestamp,
    },
}

/// What a client sees of a delivery's stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryStatus {
    Pending,
    Delivered,
    Exhausted,
    Cancelled,
}

/// The text names no status.
#[derive(Debug, thiserror::Error)]
#[error("expected one of pending, delivered, exhausted, cancelled")]
pub struct UnknownDeliveryStatus;

impl Delivery {
    /// The same event and subscription, the same delivery, and the same `webhook-id` over all its attempts.
    pub fn id_for(event: EventId, subscription: SubscriptionId) -> DeliveryId {
        DeliveryId::derived(&["delivery", &event.to_string(), &subscription.to_string()])
    }

    pub fn status(&self) -> DeliveryStatus {
        match self.stage {
            Stage::Pending { .. } | Stage::Attempting { .. } => DeliveryStatus::Pending,
            Stage::Delivered { .. } => DeliveryStatus::Delivered,
            Stage::Exhausted { .. } => DeliveryStatus::Exhausted,
            Stage::Cancelled { .. } => DeliveryStatus::Cancelled,
        }
    }

    pub fn next_attempt_at(&self) -> Option<Timestamp> {
        match self.stage {
            Stage::Pending { next_attempt_at } => Some(next_attempt_at),
            Stage::Attempting { .. }
            | Stage::Delivered { .. }
            | Stage::Exhausted { .. }
            | Stage::Cancelled { .. } => None,
        }
    }

    /// Whether a recovery sends it again.
    pub fn has_failed(&self) -> bool {
        match self.status() {
            DeliveryStatus::Exhausted | DeliveryStatus::Cancelled => true,
            DeliveryStatus::Pending | DeliveryStatus::Delivered => false,
        }
    }
}

impl DeliveryStatus {
    const ALL: [Self; 4] = [
        Self::Pending,
        Self::Delivered,
        Self::Exhausted,
        Self::Cancelled,
    ];

    pub fn parse(text: &str) -> Result<Self, UnknownDeliveryStatus> {
        let known = Self::ALL.into_iter().find(|status| status.as_str() == text);
        known.ok_or(UnknownDeliveryStatus)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Exhausted => "exhausted",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for DeliveryStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
