//! Run history: list, read, replay, delete executions.
