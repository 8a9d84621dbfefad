//! Why requests about subscriptions are refused.

use domain::outbound::MAX_SUBSCRIPTIONS;
use serde_json::json;

use crate::problem::Problem;
use crate::status::Code;

/// The deployment does not deliver to this URL, because of its scheme, its port or its address.
pub fn url_refused(reason: &str) -> Problem {
    let detail = format!("Events cannot be delivered to this URL: {reason}.");
    Problem::new(Code::UrlNotAllowed, detail).member("pointer", json!("/url"))
}

/// The workflow at this index does not exist, or belongs to another tenant.
pub fn no_workflow(index: usize) -> Problem {
    Problem::invalid_field(
        format!("/workflowIds/{index}"),
        "There is no such workflow.",
    )
}

/// The org has not declared the event type at this index.
pub fn undeclared(index: usize, name: &str) -> Problem {
    let detail = format!("There is no event type {name}; declare it first.");
    Problem::invalid_field(format!("/events/{index}"), detail)
}

/// The tenant has as many subscriptions as it may.
pub fn too_many() -> Problem {
    let detail = format!("There are at most {MAX_SUBSCRIPTIONS} subscriptions; delete one first.");
    Problem::new(Code::LimitReached, detail)
}

/// The subscription is disabled, and events are delivered to enabled ones only.
pub fn disabled() -> Problem {
    Problem::new(
        Code::SubscriptionDisabled,
        "Enable the subscription, then try again.",
    )
}
