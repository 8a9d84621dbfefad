//! Everything Sluice asks of AWS: DynamoDB records and conditional writes, the SQS queue, the KMS key
//! of secrets, and the configuration that names them. It knows no status codes and no Lambda events.

mod client;
mod config;
mod dynamodb;
mod executions;
mod outbound;
mod rows;

pub use client::*;
pub use config::*;
pub use dynamodb::*;
pub use executions::*;
pub use outbound::*;
pub use rows::*;
