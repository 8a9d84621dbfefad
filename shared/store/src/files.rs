//! Files that webhooks name: their records in the table of runs, and their bytes in the bucket.
//!
//! A record never promises what the bucket does not have: bytes are put before their record is written, and are kept for
//! longer before the record says so.

mod bucket;
mod item;
mod objects;
mod records;
mod signing;

pub(crate) use bucket::{Bucket, BucketAddress};
pub use objects::{FileContent, FileObjects, UploadTarget};
pub use records::{FileCreation, FileUse, Files};
