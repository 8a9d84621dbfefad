//! What a delivery sends, as JSON, without anything that is secret. It does not know how it is made.

use domain::{DeliveryId, Timestamp};
use indexmap::IndexMap;
use serde::Serialize;

/// Shown in place of signatures, and of the values of the subscription's headers.
pub const HIDDEN: &str = super::subscription::HIDDEN_VALUE;

/// The request of the last attempt at a delivery, or of the first one to come, made anew from the subscription as it is now.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeliveryRequestView {
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// When the attempt began; of one that is to come, now.
    pub at: Timestamp,
    /// Whether the attempt has begun.
    pub sent: bool,
    /// The method.
    pub method: &'static str,
    /// Where it goes.
    pub url: String,
    /// The headers; the values of the subscription's own and of signatures are shown as `***`.
    pub headers: IndexMap<String, String>,
    /// The body; `null` where the template does not fit the event.
    pub body: Option<String>,
    /// The text that is signed with the subscription's secret; `null` where there is no body.
    pub signed_content: Option<String>,
    /// Why there is no body; `null` where there is one.
    pub error: Option<String>,
}
