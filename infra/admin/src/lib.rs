//! What the operator's command does: what needs the operator's own AWS credentials and no API key. It knows nothing of
//! HTTP, nor of the command line.

mod keys;
mod org_change;
mod orgs;

pub use keys::create_first_key;
pub use org_change::{InvalidOrgChange, OrgChange};
pub use orgs::{SetOrgError, set_org, show};
