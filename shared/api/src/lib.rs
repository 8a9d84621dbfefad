//! Requests to commands, outcomes to responses, the one status-code table.
