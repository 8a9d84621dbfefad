//! Rows of the tables that orgs keep for their workflows.

pub(crate) mod records;

pub use records::{Deleting, Putting, RecordPage, RecordQuery, RecordsTable, Write};
