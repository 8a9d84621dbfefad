//! Rows of the tables that orgs keep for their workflows.

mod records;

pub use records::{PutOutcome, RecordPage, RecordQuery, RecordsTable, RowDeleteOutcome, RowWrite};
