//! Runs executions that SQS hands over.
