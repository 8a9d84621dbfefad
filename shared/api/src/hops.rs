//! The header `Sluice-Hops`: how many workflows have called one another to get here. Whatever a request sets going is
//! refused beyond the limit, whichever route it takes, so that nothing calls itself for ever.

use domain::{HOPS_HEADER, MAX_HOPS};

use crate::inbound::Inbound;
use crate::problem::Problem;

/// The hops before this request, of which there may be so many.
pub fn counted(inbound: &Inbound) -> Result<u8, Problem> {
    let hops = domain::hops(inbound.header(HOPS_HEADER));
    if hops > MAX_HOPS {
        return Err(Problem::loop_detected());
    }
    Ok(hops)
}
