//! Everything Sluice asks of AWS: DynamoDB records and conditional writes, the SQS queue, and the
//! configuration that names them. It knows no status codes and no Lambda events.

mod attributes;
mod buckets;
mod cancel;
mod checkpoint;
mod claim;
mod client;
mod config_table;
mod due;
mod environment;
mod error;
mod history;
mod key_ring;
mod keys;
mod logging;
mod queue;
mod random;
mod request_record;
mod runs;
mod size;
mod state;
mod triggers;
mod workflows;

pub use buckets::{Buckets, Receipt, Taken};
pub use cancel::Cancelled;
pub use checkpoint::{Checkpoint, Fenced, Next, Progress};
pub use claim::{Claim, Owned};
pub use client::http_client;
pub use config_table::{Changed, ConfigTable, Created};
pub use due::{Due, Look};
pub use environment::{Environment, InvalidVariable, Settings};
pub use error::StoreError;
pub use history::{ListQuery, Page, Position};
pub use key_ring::KeyRing;
pub use logging::init_logging;
pub use queue::{MAX_DELAY_MS, Message, Queue, QueueError, UnreadableMessage};
pub use random::{Nonce, Random};
pub use runs::{Accepted, Deleted, Detail, NewExecution, RunsTable, Start};
