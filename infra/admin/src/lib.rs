//! The operator's command: what needs the operator's own AWS credentials and no API key. It knows
//! nothing of HTTP.

mod cli;
mod keys;

pub use cli::main;
pub use keys::create_first_key;
