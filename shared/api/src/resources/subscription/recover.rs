//! The request to retry the failed deliveries of a subscription.

use domain::limits::MAX_RECOVERED_DELIVERIES;
use domain::{Cursor, DeliveryId, Timestamp};

use crate::inbound::Inbound;
use crate::page::{Paging, only};
use crate::problem::Problem;
use crate::resources::field::moment;

/// The query of a recover request: which failed deliveries to retry.
#[derive(Debug)]
pub struct RecoverRequest {
    /// Deliveries created at or after this time.
    pub since: Timestamp,
    /// Deliveries created before this time; `None` for all since then.
    pub until: Option<Timestamp>,
    /// How many deliveries, and after which one.
    pub paging: Paging<Cursor<DeliveryId>>,
}

/// Reads the query of a recover request: `since`, and optionally `until`, `limit` (1,000 by default and at most) and
/// `cursor`.
pub fn recover(inbound: &Inbound) -> Result<RecoverRequest, Problem> {
    only(inbound, &["since", "until", "limit", "cursor"])?;
    let since = moment(inbound, "since")?;
    let missing = || {
        Problem::invalid_parameter(
            "since",
            "Name the time since which failed deliveries are sent again.",
        )
    };
    Ok(RecoverRequest {
        since: since.ok_or_else(missing)?,
        until: moment(inbound, "until")?,
        paging: Paging::parse_with(inbound, MAX_RECOVERED_DELIVERIES, MAX_RECOVERED_DELIVERIES)?,
    })
}
