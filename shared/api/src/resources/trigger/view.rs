//! Triggers as the API shows them. The token is in the URL alone, and the URL in few answers.

use domain::limits::MAX_TRIGGERS;
use domain::{Condition, HookMethod, Secret, Trigger};
use serde_json::{Value, json};

use super::authentication::{self, NewSecret};
use super::{cors, delivery_id, parameters, response};
use crate::problem::Problem;
use crate::status::Code;
use crate::webhook;

/// A trigger without its URL, which contains the token.
pub fn view(trigger: &Trigger) -> Value {
    json!({
        "id": trigger.id,
        "workflowId": trigger.workflow_id,
        "enabled": trigger.enabled,
        "profile": trigger.profile.as_str(),
        "ipAllowList": trigger.ip_allow_list.entries(),
        "methods": names(&trigger.methods),
        "cors": cors::view(&trigger.cors),
        "response": response::view(&trigger.response),
        "deliveryId": trigger.delivery_id_location.as_ref().map(delivery_id::view),
        "condition": trigger.condition.as_ref().map(Condition::as_str),
        "authentication": trigger.authentication.as_ref().map(authentication::view),
        "parameters": parameters::view(&trigger.parameters),
        "sampledAt": trigger.sampled_at,
        "createdAt": trigger.created_at,
    })
}

/// A trigger with its URL: for the answer to the request that made the token, and for an admin who asks for it.
pub fn view_with_url(trigger: &Trigger, token: &Secret, base_url: &str) -> Value {
    let mut view = view(trigger);
    let url = webhook::url(trigger.profile, base_url, trigger.workflow_id, token);
    view["url"] = json!(url);
    view
}

/// Adds the secret of its authentication to the view of a trigger: only for the answer to the request that set it.
#[must_use]
pub fn with_secret(mut view: Value, secret: Option<&NewSecret>) -> Value {
    if let Some(secret) = secret {
        authentication::show(&mut view["authentication"], secret);
    }
    view
}

/// The trigger has no authentication, and so no secret to rotate.
pub fn no_secret() -> Problem {
    Problem::new(
        Code::NotFound,
        "The trigger has no authentication; set it with a PATCH first.",
    )
}

/// The trigger's token is not kept in a form that can be shown again.
pub fn no_url() -> Problem {
    let detail = "The token of this trigger is not kept; rotate it to get a new URL.";
    Problem::new(Code::NotFound, detail)
}

/// The workflow has as many triggers as it may.
pub fn too_many() -> Problem {
    let detail = format!("A workflow has at most {MAX_TRIGGERS} triggers; delete one first.");
    Problem::new(Code::LimitReached, detail)
}

/// The path of a trigger.
pub fn location(trigger: &Trigger) -> String {
    format!(
        "/v1/workflows/{}/triggers/{}",
        trigger.workflow_id, trigger.id
    )
}

pub(super) fn names(methods: &[HookMethod]) -> Vec<&'static str> {
    methods.iter().map(|method| method.as_str()).collect()
}
