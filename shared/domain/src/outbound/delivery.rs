//! A delivery: one event for one subscription, as its record holds it.

use std::fmt;

use crate::outbound::EventType;
use crate::{DeliveryId, EventId, SubscriptionId, Tenant, Timestamp};

/// One event for one subscription.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Its id, which is derived from the event and the subscription.
    pub id: DeliveryId,
    /// The owner.
    pub tenant: Tenant,
    /// The subscription that receives it.
    pub subscription_id: SubscriptionId,
    /// The event that it delivers.
    pub event_id: EventId,
    /// The type of that event.
    pub event_type: EventType,
    /// When it was created.
    pub created_at: Timestamp,
    /// How many attempts were made in all.
    pub attempts: u32,
    /// How many attempts were made since it was created or last restarted: its place in the schedule.
    pub tries: u32,
    /// Its state.
    pub stage: Stage,
}

/// The state of a delivery, with its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It waits for its next attempt.
    Pending {
        /// When that attempt is due.
        next_attempt_at: Timestamp,
    },
    /// An attempt is in progress.
    Attempting {
        /// After that time the attempt counts as lost.
        lease_until: Timestamp,
    },
    /// The receiver took it.
    Delivered {
        /// When.
        at: Timestamp,
    },
    /// Every attempt failed, or the receiver is gone.
    Exhausted {
        /// When the last attempt ended.
        at: Timestamp,
    },
    /// Its subscription was disabled or deleted before the receiver took it.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

/// The status of a delivery, as a client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryStatus {
    /// It waits for an attempt, or one is in progress.
    Pending,
    /// The receiver took it.
    Delivered,
    /// Every attempt failed, or the receiver is gone.
    Exhausted,
    /// Its subscription was disabled or deleted.
    Cancelled,
}

/// The text names no status.
#[derive(Debug, thiserror::Error)]
#[error("expected one of pending, delivered, exhausted, cancelled")]
pub struct UnknownDeliveryStatus;

impl Delivery {
    /// The id of the delivery of an event to a subscription: the same however often it is derived, so that all attempts have
    /// one `webhook-id`.
    pub fn id_for(event: EventId, subscription: SubscriptionId) -> DeliveryId {
        DeliveryId::derived(&["delivery", &event.to_string(), &subscription.to_string()])
    }

    /// The status that a client sees.
    pub fn status(&self) -> DeliveryStatus {
        match self.stage {
            Stage::Pending { .. } | Stage::Attempting { .. } => DeliveryStatus::Pending,
            Stage::Delivered { .. } => DeliveryStatus::Delivered,
            Stage::Exhausted { .. } => DeliveryStatus::Exhausted,
            Stage::Cancelled { .. } => DeliveryStatus::Cancelled,
        }
    }

    /// When its next attempt is due, if it waits for one.
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

    /// Reads a status as JSON writes it.
    pub fn parse(text: &str) -> Result<Self, UnknownDeliveryStatus> {
        let known = Self::ALL.into_iter().find(|status| status.as_str() == text);
        known.ok_or(UnknownDeliveryStatus)
    }

    /// As JSON writes it.
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
