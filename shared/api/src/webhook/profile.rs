//! Which profile a request belongs to. A new profile is a module beside [`native`] and one more variant here; what
//! triggers workflows does not change.

use domain::Timestamp;
use lambda_http::{Body, Response};

use super::{Outcome, TriggerWorkflow, native};
use crate::inbound::Inbound;

/// The product whose requests and answers a route speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookProfile {
    /// Sluice's own: `/hooks/{workflowId}?token=…`.
    Native,
}

impl WebhookProfile {
    /// The profile of the request's path. A path of none is the native profile's to refuse.
    pub fn of_route(_inbound: &Inbound) -> Self {
        Self::Native
    }

    /// Reads a request; a refusal is one of the outcomes.
    pub fn decode(self, inbound: Inbound, now: Timestamp) -> Result<TriggerWorkflow, Outcome> {
        match self {
            Self::Native => native::decode(inbound, now),
        }
    }

    /// The answer to every outcome; `request_id` is the gateway's id of the request.
    pub fn encode(self, outcome: Outcome, request_id: &str) -> Response<Body> {
        match self {
            Self::Native => native::encode(outcome, request_id),
        }
    }
}
