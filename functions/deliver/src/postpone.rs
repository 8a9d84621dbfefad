//! Postpones a delivery without an attempt.

use domain::Timestamp;
use domain::outbound::{Delivery, Stage};
use store::StoreError;

use crate::App;
use crate::messages::send_delivery;

/// Sets the delivery's next attempt to that time, and enqueues it. Returns `false` where the delivery has changed since it
/// was read, and then does nothing.
pub(crate) async fn postpone(
    app: &App,
    delivery: &Delivery,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let nonce = app.aws.random.nonce();
    let stage = Stage::Pending {
        next_attempt_at: until,
    };
    let deliveries = &app.aws.deliveries;
    let is_ours = deliveries.set_stage(delivery, stage, now, &nonce).await?;
    if is_ours {
        send_delivery(app, delivery, until, now).await;
    }
    Ok(is_ours)
}
