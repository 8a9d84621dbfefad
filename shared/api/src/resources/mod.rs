//! What the management API shows of each resource, and what it takes in. It knows neither where
//! they are kept nor who may see them.

pub mod api_key;
pub mod delivery;
pub mod event_type;
pub mod execution;
mod field;
pub mod outbound_event;
pub mod request;
pub mod secret;
pub mod step;
pub mod subscription;
pub mod trigger;
pub mod workflow;
