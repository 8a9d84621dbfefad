//! The messages that `deliver` sends about deliveries. A send may fail without harm: the delivery's record is due at some
//! time, and the sweep then sends the message again.

use std::time::Duration;

use domain::Timestamp;
use domain::outbound::Delivery;
use store::Message;

use crate::App;

/// Sends the message that has a delivery attempted at that time, which is no further away than the queue can delay a
/// message. Each subscription is a message group of its own, so a slow receiver delays only its own deliveries.
pub(crate) async fn send_delivery(app: &App, delivery: &Delivery, at: Timestamp, now: Timestamp) {
    let message = Message::Deliver {
        delivery_id: delivery.id,
    };
    let group = delivery.subscription_id;
    let delay = Duration::from_millis(u64::try_from(at.millis_since(now)).unwrap_or(0));
    app.aws
        .delivery_queue
        .send_or_leave_to_sweep(message, group, delay)
        .await;
}
