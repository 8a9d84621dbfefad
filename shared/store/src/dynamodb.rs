//! What every record shares: tables, keys, attributes, conditional writes, the indexes and compression.

pub(crate) mod attributes;
pub(crate) mod compression;
pub(crate) mod conditional_write;
pub(crate) mod due_attributes;
pub(crate) mod history_index;
pub(crate) mod keys;
pub(crate) mod parameter_field;
pub(crate) mod request_record;
pub(crate) mod size;
pub(crate) mod table;
pub(crate) mod transaction;
pub(crate) mod update_expression;
pub(crate) mod versioned_json;
