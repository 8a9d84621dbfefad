//! Webhooks in: checks, records and enqueues an execution.
