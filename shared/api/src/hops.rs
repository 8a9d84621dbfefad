//! The header `Sluice-Hops`: how many workflows called one another before a request. Every route that starts work refuses
//! requests beyond the limit, so that no workflow calls itself for ever.

use domain::{HOPS_HEADER, MAX_HOPS};

use crate::inbound::Inbound;
use crate::problem::Problem;

/// The hops before this request.
///
/// # Errors
/// There are more than [`MAX_HOPS`].
pub fn counted(inbound: &Inbound) -> Result<u8, Problem> {
    let hops = domain::hops(inbound.header(HOPS_HEADER));
    if hops > MAX_HOPS {
        return Err(Problem::loop_detected());
    }
    Ok(hops)
}
