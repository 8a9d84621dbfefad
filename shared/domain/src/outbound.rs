//! Outgoing webhooks: event types, subscriptions, deliveries and their attempts. It does not know how a payload looks, how
//! it is sent, or where anything is stored.

mod attempt;
mod circuit_breaker;
mod credits_exhausted;
mod declared_type;
mod delivery;
mod event;
mod event_type;
mod header;
mod lifecycle_interest;
mod schedule;
mod subscription;

pub use attempt::{Attempt, KEPT_BODY_BYTES, Outcome};
pub use circuit_breaker::{CircuitBreaker, OpenUntil, ReceiverHealth};
pub use credits_exhausted::credits_exhausted;
pub use declared_type::{DeclaredType, EventDeclaration, InvalidDeclaredType, MAX_DECLARED_TYPES};
pub use delivery::{Delivery, DeliveryStatus, Stage, UnknownDeliveryStatus};
pub use event::{Event, LifecycleEvent, Subject};
pub use event_type::{EventType, Profile, Publisher};
pub use header::{InvalidHeader, check_header};
pub use lifecycle_interest::{LifecycleInterest, Watch};
pub use schedule::{FAILING_LIMIT_MS, MAX_ATTEMPTS, next_delay_ms, worst_case_secs};
pub use subscription::{
    DisabledBecause, Format, MAX_SUBSCRIPTIONS, Method, Subscription, UnknownFormat,
    UnknownOutboundMethod,
};
