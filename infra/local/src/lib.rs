//! The stack on a laptop, read from template.yaml.

pub mod clock;
pub mod dynamodb;
mod server;
pub mod sqs;
pub mod template;
