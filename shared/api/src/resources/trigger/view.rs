//! Triggers as the API shows them. The token is in the URL alone, and the URL in few answers.

use domain::limits::MAX_TRIGGERS;
use domain::{
    Condition, HookMethod, RefusedRequest, Secret, Timestamp, Trigger, TriggerId, WorkflowId,
};
use serde::Serialize;

use super::authentication::{self, AuthenticationView, NewSecret};
use super::cors::{self, CorsView};
use super::delivery_id::{self, DeliveryIdView};
use super::parameters::{self, ParameterView};
use super::response::{self, ResponseView};
use crate::problem::Problem;
use crate::status::Code;
use crate::webhook;

/// A trigger.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TriggerView<'a> {
    /// Its id.
    id: TriggerId,
    /// The workflow that it runs.
    workflow_id: WorkflowId,
    /// Whether it accepts webhooks.
    enabled: bool,
    /// The product whose requests its URL takes.
    #[cfg_attr(test, schemars(extend("enum" = ["native", "refly", "hap"])))]
    profile: &'static str,
    /// The networks that webhooks may come from; empty for any.
    ip_allow_list: Vec<String>,
    /// The methods that its URL takes.
    methods: Vec<&'static str>,
    /// Which pages may call it; `null` for none.
    cors: Option<CorsView<'a>>,
    /// What webhooks are answered with.
    response: ResponseView<'a>,
    /// Where senders put their delivery ids; `null` where others do.
    delivery_id: Option<DeliveryIdView<'a>>,
    /// What an event has to satisfy to begin an execution; `null` where any does.
    condition: Option<&'a str>,
    /// How senders prove who they are; `null` for the token alone.
    authentication: Option<AuthenticationView<'a>>,
    /// What senders send.
    parameters: Vec<ParameterView>,
    /// When its sample was made; `null` where it has none.
    sampled_at: Option<Timestamp>,
    /// When it was created.
    created_at: Timestamp,
    /// Its URL, which contains the token: in the answer to the request that made the token, and with `reveal=url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// How many fields of a new sample found no room among the parameters: in the answer to the request that set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    omitted_parameters: Option<usize>,
    /// The last webhook with its token that was refused, within 31 days; `null` where none was: in the answer to a request
    /// for this trigger. One that follows another within a minute may be left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_refusal: Option<Option<RefusalView<'a>>>,
}

/// A webhook that was refused.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Refusal"))]
struct RefusalView<'a> {
    /// Why: the code of the problem that its sender got, or would have got where the profile's answers have none.
    #[cfg_attr(test, schemars(extend("examples" = ["INVALID_SIGNATURE"])))]
    code: &'a str,
    /// When it came in.
    at: Timestamp,
    /// The address that it came from; `null` where it is not known.
    source_ip: Option<String>,
    /// The names of its headers, in lower case, in the order in which they came: at most 64, and no values.
    headers: &'a [String],
}

/// A trigger without its URL, which contains the token.
pub fn view(trigger: &Trigger) -> TriggerView<'_> {
    TriggerView {
        id: trigger.id,
        workflow_id: trigger.workflow_id,
        enabled: trigger.enabled,
        profile: trigger.profile.as_str(),
        ip_allow_list: trigger.ip_allow_list.entries(),
        methods: names(&trigger.methods),
        cors: cors::view(&trigger.cors),
        response: response::view(&trigger.response),
        delivery_id: trigger.delivery_id_location.as_ref().map(delivery_id::view),
        condition: trigger.condition.as_ref().map(Condition::as_str),
        authentication: trigger.authentication.as_ref().map(authentication::view),
        parameters: parameters::view(&trigger.parameters),
        sampled_at: trigger.sampled_at,
        created_at: trigger.created_at,
        url: None,
        omitted_parameters: None,
        last_refusal: None,
    }
}

/// A trigger with its URL: for the answer to the request that made the token, and for an admin who asks for it.
pub fn view_with_url<'a>(trigger: &'a Trigger, token: &Secret, base_url: &str) -> TriggerView<'a> {
    let url = webhook::url(trigger.profile, base_url, trigger.workflow_id, token);
    TriggerView {
        url: Some(url),
        ..view(trigger)
    }
}

/// With the secret of its authentication: only for the answer to the request that set it.
#[must_use]
pub fn with_secret<'a>(view: TriggerView<'a>, secret: Option<&'a NewSecret>) -> TriggerView<'a> {
    match secret {
        None => view,
        Some(secret) => TriggerView {
            authentication: view.authentication.map(|shown| shown.with(secret)),
            ..view
        },
    }
}

/// The trigger with the parameters of its new sample, and how many fields of the sample found no room among them.
#[must_use]
pub fn with_omitted(view: TriggerView<'_>, omitted: usize) -> TriggerView<'_> {
    TriggerView {
        omitted_parameters: Some(omitted),
        ..view
    }
}

/// With the last webhook that was refused: for the answer to a request for this trigger alone.
#[must_use]
pub fn with_last_refusal<'a>(
    view: TriggerView<'a>,
    refused: Option<&'a RefusedRequest>,
) -> TriggerView<'a> {
    let shown = refused.map(|refused| RefusalView {
        code: &refused.code,
        at: refused.at,
        source_ip: refused.source_ip.map(|ip| ip.to_string()),
        headers: &refused.headers,
    });
    TriggerView {
        last_refusal: Some(shown),
        ..view
    }
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
