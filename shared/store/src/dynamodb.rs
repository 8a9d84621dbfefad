//! What every record shares: keys, attributes, item sizes and errors.

pub(crate) mod attributes;
pub(crate) mod error;
pub(crate) mod keys;
pub(crate) mod size;

pub use error::StoreError;
