//! Requests to commands, outcomes to responses, the one status-code table. Nothing here knows
//! tables, the SDK, or which steps a request takes.

pub mod answer;
mod inbound;
pub mod native;
mod problem;
mod status;

pub use inbound::Inbound;
pub use problem::Problem;
pub use status::Code;
