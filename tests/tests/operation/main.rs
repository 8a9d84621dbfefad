//! What whoever operates a stack relies on: its metrics and alarms, and records that the next version can read.

mod alarms;
mod metrics;
mod outbound_records;
mod records;
