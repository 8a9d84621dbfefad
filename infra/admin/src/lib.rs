//! What the operator's command does: what needs the operator's own AWS credentials and no API key. It knows nothing of
//! HTTP, nor of the command line.

mod keys;

pub use keys::create_first_key;
