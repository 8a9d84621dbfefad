//! Requests about triggers, as JSON.

mod authentication;
mod capture;
mod cors;
mod delivery_id;
mod parameters;
mod response;
mod sample;
mod view;

use domain::limits::{MAX_NETWORKS, MAX_OVERLAP_SECS};
use domain::{
    Condition, CorsOrigins, DeliveryIdLocation, HookMethod, InvalidCondition, IpAllowList,
    Parameters, Trigger, TriggerId, TriggerResponse, WebhookProfile,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::body;
use crate::inbound::Inbound;
use crate::page::{PageCursor, Paging, only};
use crate::problem::Problem;

#[cfg(test)]
pub(crate) use authentication::Rotation as SecretRotationFields;
pub use authentication::{
    AuthenticationDraft, NewSecret, SecretRotation, SignatureDraft, app_rotation, secret_rotation,
};
pub use capture::{Capture, CaptureView, CapturedSample, capture_view, nothing_captured};
pub use response::expression_problem;
#[cfg(test)]
pub(crate) use sample::Fields as SampleFields;
pub use sample::{SampleDraft, SampleView, draft as sample_draft, no_sample, sample_view};
pub use view::{
    TriggerView, location, no_secret, no_url, too_many, view, view_with_url, with_last_refusal,
    with_omitted, with_secret,
};

/// The fields of a trigger, parsed and checked.
#[derive(Debug)]
pub struct Draft {
    /// Whether the trigger accepts webhooks.
    pub enabled: bool,
    /// The product whose requests the webhook URL takes.
    pub profile: WebhookProfile,
    /// The networks that webhooks may come from; empty for any.
    pub ip_allow_list: IpAllowList,
    /// The methods that the webhook URL takes, each once.
    pub methods: Vec<HookMethod>,
    /// The origins whose pages may call the webhook URL.
    pub cors: CorsOrigins,
    /// What a webhook is answered with.
    pub response: TriggerResponse,
    /// Where senders put their delivery ids, if not where others do.
    pub delivery_id_location: Option<DeliveryIdLocation>,
    /// What an event has to satisfy.
    pub condition: Option<Condition>,
    /// How senders prove who they are; `None` for the token alone.
    pub authentication: Option<AuthenticationDraft>,
    /// What senders send.
    pub parameters: Parameters,
    /// The body of the request, for the fingerprint of an `Idempotency-Key`. The secret is left out, because a
    /// fingerprint with it would confirm a guess at the secret.
    pub body: Value,
}

/// The settings of a trigger; each has a default.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "TriggerSettings"))]
pub(crate) struct Fields {
    /// Whether it accepts webhooks; `true` by default.
    enabled: Option<bool>,
    /// The product whose requests its URL takes; `native` by default. Another profile means another URL.
    #[cfg_attr(test, schemars(extend("enum" = ["native", "refly", "hap", null])))]
    profile: Option<String>,
    /// The networks that webhooks may come from: at most 100 addresses or networks in CIDR notation; any by default.
    ip_allow_list: Option<Vec<String>>,
    /// The methods that its URL takes; `POST` by default, of HAP `GET` and `POST`.
    methods: Option<Vec<String>>,
    /// How senders prove who they are; the token alone by default.
    authentication: Option<authentication::Fields>,
    /// Which pages may call it; none by default.
    cors: Option<cors::Fields>,
    /// What webhooks are answered with; at once by default.
    response: Option<response::Fields>,
    /// Where senders put their delivery ids; where others do by default.
    delivery_id: Option<delivery_id::Fields>,
    /// What an event has to satisfy to begin an execution: a part of jq; anything by default.
    condition: Option<String>,
    /// What senders send; nothing by default.
    parameters: Option<Vec<parameters::Fields>>,
}

/// How to rotate the token of a trigger.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "TokenRotation"))]
pub(crate) struct Rotation {
    /// For how many seconds the old token works beside the new one; 0 by default.
    #[cfg_attr(test, schemars(range(min = 0, max = 604_800)))]
    overlap_seconds: Option<u32>,
}

/// Reads the body of a create request. Every field is optional: `enabled` (`true` by default), `profile` (`native`),
/// `ipAllowList` (empty: any address), `methods` (`["POST"]`; of HAP `["GET", "POST"]`), `cors` (no origin), `response` (at
/// once), `deliveryId` (where others put it), `condition` (none), `authentication` (none), `parameters` (none).
pub fn create(inbound: &Inbound) -> Result<Draft, Problem> {
    draft(&body::object(inbound)?)
}

/// Reads the body of a change: a JSON merge patch (RFC 7396) of the current trigger.
pub fn change(inbound: &Inbound, now: &Trigger) -> Result<Draft, Problem> {
    let patch = body::object(inbound)?;
    body::typed::<Fields>(&patch)?;
    let mut target = json!({
        "enabled": now.enabled,
        "profile": now.profile.as_str(),
        "ipAllowList": now.ip_allow_list.entries(),
        "methods": view::names(&now.methods),
        "cors": cors::view(&now.cors),
        "response": response::patch_target(&now.response, patch.get("response")),
        "condition": now.condition.as_ref().map(Condition::as_str),
        "deliveryId": delivery_id::patch_target(
            now.delivery_id_location.as_ref(),
            patch.get("deliveryId"),
        ),
        "authentication": authentication::patch_target(
            now.authentication.as_ref(),
            patch.get("authentication"),
        ),
        "parameters": parameters::view(&now.parameters),
    });
    json_patch::merge(&mut target, &Value::Object(patch));
    match target {
        Value::Object(fields) => draft(&fields),
        _ => Err(Problem::internal()),
    }
}

/// Reads the body of a token rotation: for how many seconds the old token works beside the new one, 0 by default.
pub fn overlap_secs(inbound: &Inbound) -> Result<u32, Problem> {
    let rotation: Rotation = body::typed(&body::object(inbound)?)?;
    checked_overlap(rotation.overlap_seconds.unwrap_or(0))
}

fn checked_overlap(overlap_secs: u32) -> Result<u32, Problem> {
    if overlap_secs > MAX_OVERLAP_SECS {
        let detail = format!("An overlap has at most {MAX_OVERLAP_SECS} seconds.");
        return Err(Problem::invalid_field("/overlapSeconds", detail));
    }
    Ok(overlap_secs)
}

fn draft(fields: &Map<String, Value>) -> Result<Draft, Problem> {
    let parsed: Fields = body::typed(fields)?;
    let profile = profile(parsed.profile.as_deref())?;
    let authentication = parsed
        .authentication
        .map(authentication::Fields::read)
        .transpose()?;
    let is_signed = matches!(authentication, Some(AuthenticationDraft::Signature(_)));
    let by_default: &[HookMethod] = match profile {
        // HAP's document: a request is a GET or a POST.
        WebhookProfile::Hap if !is_signed => &[HookMethod::Get, HookMethod::Post],
        WebhookProfile::Native | WebhookProfile::Refly | WebhookProfile::Hap => &[HookMethod::Post],
    };
    let methods = match parsed.methods {
        Some(entries) => methods(&entries)?,
        None => by_default.to_vec(),
    };
    if profile == WebhookProfile::Refly && methods != [HookMethod::Post] {
        let detail = "A webhook of the refly profile is called with POST alone.";
        return Err(Problem::invalid_field("/methods", detail));
    }
    if is_signed && methods.contains(&HookMethod::Get) {
        let detail =
            "A signature covers the body, and a GET has its event in the URL; allow POST alone.";
        return Err(Problem::invalid_field("/methods", detail));
    }
    Ok(Draft {
        enabled: parsed.enabled.unwrap_or(true),
        profile,
        ip_allow_list: networks(&parsed.ip_allow_list.unwrap_or_default())?,
        methods,
        cors: cors::Fields::read(parsed.cors)?,
        response: response::Fields::read(parsed.response)?,
        delivery_id_location: parsed
            .delivery_id
            .map(delivery_id::Fields::read)
            .transpose()?,
        condition: parsed.condition.as_deref().map(condition).transpose()?,
        authentication,
        parameters: parameters::read(parsed.parameters.unwrap_or_default())?,
        body: without_secret(fields.clone()),
    })
}

fn profile(name: Option<&str>) -> Result<WebhookProfile, Problem> {
    let parsed = name.map(WebhookProfile::parse).transpose();
    let invalid = |error| Problem::invalid_field("/profile", format!("{error}."));
    Ok(parsed.map_err(invalid)?.unwrap_or_default())
}

fn condition(text: &str) -> Result<Condition, Problem> {
    let invalid = |error: InvalidCondition| format!("The condition cannot be used: {error}.");
    Condition::parse(text).map_err(|error| Problem::invalid_field("/condition", invalid(error)))
}

fn without_secret(fields: Map<String, Value>) -> Value {
    let mut body = Value::Object(fields);
    if let Some(secret) = body.pointer_mut("/authentication/secret") {
        *secret = Value::Bool(!secret.is_null());
    }
    body
}

fn networks(entries: &[String]) -> Result<IpAllowList, Problem> {
    if entries.len() > MAX_NETWORKS {
        let detail = format!("An allow list has at most {MAX_NETWORKS} networks.");
        return Err(Problem::invalid_field("/ipAllowList", detail));
    }
    let list = IpAllowList::parse(entries);
    list.map_err(|invalid| {
        let at = entries.iter().position(|entry| *entry == invalid.0);
        let pointer = at.map_or("/ipAllowList".to_owned(), |at| format!("/ipAllowList/{at}"));
        Problem::invalid_field(pointer, format!("{invalid}."))
    })
}

/// A method that is named twice counts once.
fn methods(entries: &[String]) -> Result<Vec<HookMethod>, Problem> {
    let mut methods = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let method = HookMethod::parse(entry).map_err(|error| {
            Problem::invalid_field(format!("/methods/{at}"), format!("{error}."))
        })?;
        if !methods.contains(&method) {
            methods.push(method);
        }
    }
    if methods.is_empty() {
        return Err(Problem::invalid_field(
            "/methods",
            "Allow at least one method.",
        ));
    }
    Ok(methods)
}

/// Reads the query of one trigger: `reveal=url` asks for its URL with the token.
pub fn reveals_url(inbound: &Inbound) -> Result<bool, Problem> {
    only(inbound, &["reveal"])?;
    match inbound.parameter("reveal") {
        None => Ok(false),
        Some("url") => Ok(true),
        Some(_) => Err(Problem::invalid_parameter("reveal", "reveal is url.")),
    }
}

/// Reads the query of a list, which is ordered by id.
pub fn paging(inbound: &Inbound) -> Result<Paging<TriggerId>, Problem> {
    only(inbound, &["limit", "cursor"])?;
    Paging::parse(inbound)
}

impl PageCursor for TriggerId {
    const LIST: &'static str = "triggers";

    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

#[cfg(test)]
mod tests;
