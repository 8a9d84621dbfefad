//! DynamoDB records and conditional writes, SQS, configuration.
