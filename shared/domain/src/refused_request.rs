//! What is kept of a request with a valid token that was refused: enough to tell its sender what is wrong, and nothing that
//! the sender wrote but names of headers.

use std::net::IpAddr;

use crate::{Tenant, Timestamp, Trigger, TriggerId, WebhookProfile, WebhookRequest};

/// Names of headers that are kept of a refused request; those that come later are left out.
pub const MAX_REFUSED_HEADERS: usize = 64;
/// How long it is kept, in days.
pub const REFUSED_REQUEST_DAYS: i64 = 31;

/// The trigger whose token a request had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalledTrigger {
    /// Its id.
    pub id: TriggerId,
    /// Whose it is.
    pub tenant: Tenant,
    /// The product whose requests its URL takes.
    pub profile: WebhookProfile,
}

/// The last request that a trigger refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRequest {
    /// Why, as the answer said.
    pub code: String,
    /// When the request came in.
    pub at: Timestamp,
    /// Where it came from, where the gateway knows it.
    pub source_ip: Option<IpAddr>,
    /// The names of its headers, in lower case, each once.
    pub headers: Vec<String>,
}

impl From<&Trigger> for CalledTrigger {
    fn from(trigger: &Trigger) -> Self {
        Self {
            id: trigger.id,
            tenant: trigger.tenant,
            profile: trigger.profile,
        }
    }
}

impl RefusedRequest {
    /// Of a request that was refused for this reason.
    pub fn new(code: &str, request: &WebhookRequest) -> Self {
        let mut headers: Vec<String> = Vec::new();
        for (name, _) in &request.headers {
            if headers.len() < MAX_REFUSED_HEADERS && !headers.contains(name) {
                headers.push(name.clone());
            }
        }
        Self {
            code: code.to_owned(),
            at: request.received_at,
            source_ip: request.source_ip,
            headers,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn request(headers: usize) -> WebhookRequest {
        let header = |n: usize| (format!("x-{n}"), "secret".to_owned());
        WebhookRequest {
            headers: (0..headers).map(header).collect(),
            ..WebhookRequest::of_run(&Value::Null, 0, None, Timestamp::from_millis(1))
        }
    }

    #[test]
    fn names_of_64_headers_are_kept_and_no_value() {
        for (sent, kept) in [(63, 63), (64, 64), (65, 64)] {
            let refused = RefusedRequest::new("RATE_LIMITED", &request(sent));
            assert_eq!(refused.headers.len(), kept);
            assert!(!format!("{refused:?}").contains("secret"));
        }
    }

    #[test]
    fn a_header_that_is_repeated_is_named_once() {
        let mut repeated = request(1);
        repeated.headers.extend(request(2).headers);
        let refused = RefusedRequest::new("RATE_LIMITED", &repeated);
        assert_eq!(refused.headers, ["x-0", "x-1"]);
    }
}
