//! What an operator relies on: metrics and alarms, records that the next version can read, and settings of the template.

mod alarms;
mod cost;
mod debits;
mod hardening;
mod metrics;
mod org_data;
mod outbound_records;
mod records;
mod recursive_loops;
mod stored_bytes;
mod stored_kinds;
mod templates;
