//! The header `Sluice-Hops`: how many workflows have called one another before this request. Every route that starts
//! executions or deliveries refuses requests beyond the limit, so that no workflow calls itself for ever.

use domain::{HOPS_HEADER, MAX_HOPS};

use crate::inbound::Inbound;
use crate::problem::Problem;

/// The number of hops before this request.
///
/// # Errors
/// There are more than [`MAX_HOPS`].
pub fn checked_hops(inbound: &Inbound) -> Result<u8, Problem> {
    let hops = domain::hops(inbound.header(HOPS_HEADER));
    if hops > MAX_HOPS {
        return Err(Problem::loop_detected());
    }
    Ok(hops)
}
