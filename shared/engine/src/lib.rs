//! Interprets a workflow document; no I/O.
