//! The webhooks that are sent: files of `events/`, of several sizes.

use serde_json::Value;

use crate::Outcome;

/// Names the size of the body; with the name of its file in `events/`.
pub(crate) const SIZES: [(&str, &str); 4] = [
    ("0.2 KB", "uptime-alert"),
    ("1 KB", "order-paid"),
    ("9 KB", "github-push"),
    ("95 KB", "stock-count"),
];

/// The one that budgets are about.
pub(crate) const ORDINARY: &str = "order-paid";

/// The names under which senders give a delivery its id.
const DELIVERY_HEADERS: [&str; 3] = ["webhook-id", "x-webhook-delivery-id", "x-github-delivery"];

/// An event of `events/`, to be sent as often as one likes.
#[derive(Clone, Debug)]
pub(crate) struct Event(Value);

impl Event {
    pub(crate) fn read(name: &str) -> Outcome<Self> {
        let path = format!("{}/../events/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        Ok(Self(serde_json::from_str(&text)?))
    }

    /// To the webhook at this path and query, as Lambda hands it over.
    #[must_use]
    pub(crate) fn to(&self, hook: &str) -> Self {
        let (path, query) = hook.split_once('?').unwrap_or((hook, ""));
        let mut event = self.0.clone();
        event["rawPath"] = path.into();
        event["rawQueryString"] = query.into();
        event["requestContext"]["http"]["path"] = path.into();
        event["queryStringParameters"]["token"] = query.trim_start_matches("token=").into();
        event["pathParameters"]["workflowId"] = path.trim_start_matches("/hooks/").into();
        Self(event)
    }

    /// The delivery of that number.
    pub(crate) fn delivery(&self, number: usize) -> String {
        let mut event = self.0.clone();
        for name in DELIVERY_HEADERS {
            if let Some(id) = event["headers"].get_mut(name) {
                *id = format!("delivery-{number:012}").into();
            }
        }
        event.to_string()
    }

    /// What its sender sent: name and value of its own headers, and the body.
    pub(crate) fn body(&self) -> &str {
        self.0["body"].as_str().unwrap_or_default()
    }
}
