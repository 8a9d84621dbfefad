//! The stack on a laptop, read from data.yaml and template.yaml.

mod allocator;
mod backends;
mod calls;
pub mod cli;
pub mod clock;
mod combining_lock;
mod data;
pub mod dynamodb;
mod echo;
pub mod functions;
mod gateway;
mod kms;
mod poller;
mod product;
mod protocol;
mod random;
mod recursion;
mod remote;
mod s3;
mod schedule;
mod seed;
mod server;
mod sign_in;
pub mod sqs;
mod stack;
mod start_error;
pub mod template;

pub use backends::Backends;
pub use data::Data;
pub use s3::{S3, operation as s3_operation};
pub use seed::{Demo, demo};
pub use stack::{Connections, Mode, Options, Stack, TEMPLATES};
pub use start_error::StartError;
