//! HTTP requests to typed commands, outcomes to HTTP responses, and the one table of status codes. Nothing here knows
//! tables, the SDK, or which steps a request takes.

#![warn(missing_docs)]

pub mod answer;
pub mod auth;
mod body;
pub mod gateway;
pub mod hops;
pub mod idempotency;
mod inbound;
#[cfg(test)]
mod openapi;
pub mod page;
mod problem;
pub mod profiles;
pub mod resources;
mod status;
#[cfg(test)]
mod test_requests;
pub mod webhook;

pub use inbound::Inbound;
pub use problem::Problem;
pub use status::{Code, FORGED, SEE_OTHER};
