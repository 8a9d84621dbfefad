//! Every command against the whole stack on this machine, as a user runs it: what it prints where, and its exit code.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod account;
mod dev;
mod events;
mod failures;
mod files;
mod following;
mod hostile;
mod offline;
mod support;
mod webhooks;
