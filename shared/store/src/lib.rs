//! Everything Sluice asks of AWS: DynamoDB records and conditional writes, the SQS queues, the KMS key of secrets, the bucket
//! of files, and the settings that name them. It knows no status codes and no Lambda events.
//!
//! Modules depend on each other in one direction: `error` and `client` on none, `dynamodb` on those, `executions`,
//! `outbound`, `config`, `captures`, `files`, `org_data`, `usage` and `rows` on `dynamodb`, `refused_requests` on `usage`,
//! `recovery` on `executions` and `outbound`, `context` on all.

#![warn(missing_docs)]

mod cache;
mod captures;
mod client;
mod clock;
mod config;
mod context;
mod dynamodb;
mod error;
mod executions;
mod files;
mod org_data;
mod outbound;
mod outcome;
mod recovery;
mod refused_requests;
mod rows;
mod settings;
mod usage;

pub use cache::BoundedCache;
pub use captures::Captures;
pub use client::*;
pub use config::*;
pub use context::AwsContext;
pub use error::StoreError;
pub use executions::*;
pub use files::{FileContent, FileCreation, FileObjects, FileUse, Files, UploadTarget};
pub use org_data::{Erased, OrgData};
pub use outbound::*;
pub use outcome::{InsertOutcome, UpdateOutcome, WorkflowCreation, WorkflowUpdate};
pub use recovery::*;
pub use refused_requests::RefusedRequests;
pub use rows::*;
pub use settings::{Callable, Settings};
pub use usage::Usage;
