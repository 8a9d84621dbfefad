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
    /// The profile whose paths begin as the request's does; `None` where no profile has such a path.
    pub fn of_route(inbound: &Inbound) -> Option<Self> {
        match inbound.segments.first()?.as_str() {
            "hooks" => Some(Self::Native),
            _ => None,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_the_path_decides_the_profile() {
        let profile = |segments: &[&str]| {
            let mut inbound = Inbound::read(lambda_http::Request::default());
            inbound.segments = segments.iter().map(|&segment| segment.to_owned()).collect();
            WebhookProfile::of_route(&inbound)
        };
        for path in [&["hooks"][..], &["hooks", "wf_1"], &["hooks", "a", "b"]] {
            assert_eq!(profile(path), Some(WebhookProfile::Native), "{path:?}");
        }
        for path in [&[][..], &["hook"], &["v1", "hooks"]] {
            assert_eq!(profile(path), None, "{path:?}");
        }
    }
}
