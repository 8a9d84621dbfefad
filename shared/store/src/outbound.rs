//! Events, deliveries and their attempts, and the health of the endpoints that receive them.

mod credit_notices;
mod deliveries;
mod delivery_attempts;
pub(crate) mod delivery_item;
mod endpoint_health;
pub(crate) mod event_item;
mod events;
mod history;
pub(crate) mod retention;

pub use credit_notices::CreditNotices;
pub use deliveries::{Deliveries, RestartCondition, RestartOutcome};
pub use delivery_attempts::{DeliveryAttempts, DeliveryClaim, OwnedDelivery};
pub use endpoint_health::EndpointHealth;
pub use events::Events;
pub use history::{DeliveryHistory, DeliveryPage, DeliveryQuery, DeliveryStates};
