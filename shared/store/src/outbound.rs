//! Events, deliveries and their attempts, and the health of the endpoints that receive them.

pub(crate) mod attempts;
pub(crate) mod deliveries;
pub(crate) mod delivery_history;
pub(crate) mod endpoint_health;
pub(crate) mod events;
pub(crate) mod retention;

pub use attempts::{DeliveryClaim, OwnedDelivery};
pub use deliveries::{Restart, Restarted};
pub use delivery_history::{DeliveryPage, DeliveryQuery, DeliveryStates};
