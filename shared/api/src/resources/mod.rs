//! Each resource of the management API: the bodies and queries of requests, and the JSON of answers. It knows neither
//! where resources are stored nor who may see them.

pub mod api_key;
pub mod delivery;
pub mod delivery_request;
pub mod event_type;
pub mod execution;
pub mod expression;
mod field;
pub mod file;
pub mod health;
pub mod org;
pub mod outbound_event;
pub mod replays;
pub mod request;
pub mod secret;
pub mod session;
pub mod step;
pub mod subscription;
pub mod trigger;
pub mod usage;
pub mod webhook_document;
pub mod workflow;
