//! The stack on a laptop, read from template.yaml.

pub mod cli;
pub mod clock;
mod data;
pub mod dynamodb;
mod echo;
pub mod functions;
mod gateway;
mod kms;
mod poller;
mod product;
mod random;
mod remote;
mod schedule;
mod seed;
mod server;
pub mod sqs;
mod stack;
pub mod template;

pub use data::Data;
pub use seed::Demo;
pub use stack::{Mode, Options, Stack, StartError, TEMPLATE};
