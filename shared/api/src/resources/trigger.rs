//! Triggers as JSON. The token is shown in two answers only: to create and to rotate.

mod authentication;

use domain::limits::{MAX_NETWORKS, MAX_OVERLAP_SECS, MAX_TRIGGERS};
use domain::signature::SigningSecret;
use domain::{HookMethod, IpAllowList, Secret, Trigger, TriggerId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::body;
use crate::inbound::Inbound;
use crate::page::{PageCursor, Paging, only};
use crate::problem::Problem;
use crate::status::Code;

pub use authentication::{AuthenticationDraft, SecretRotation, secret_rotation};

/// The fields of a trigger, parsed and checked.
#[derive(Debug)]
pub struct Draft {
    /// Whether the trigger accepts webhooks.
    pub enabled: bool,
    /// The networks that webhooks may come from; empty for any.
    pub ip_allow_list: IpAllowList,
    /// The methods that the webhook URL takes, each once.
    pub methods: Vec<HookMethod>,
    /// How senders sign; `None` for no signature.
    pub authentication: Option<AuthenticationDraft>,
    /// The body of the request, for the fingerprint of an `Idempotency-Key`. The secret is left out, because a
    /// fingerprint with it would confirm a guess at the secret.
    pub body: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    enabled: Option<bool>,
    profile: Option<String>,
    ip_allow_list: Option<Vec<String>>,
    methods: Option<Vec<String>>,
    authentication: Option<authentication::Fields>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rotation {
    overlap_seconds: Option<u32>,
}

/// Reads the body of a create request. Every field is optional: `enabled` (`true` by default), `profile` (`native`),
/// `ipAllowList` (empty: any address), `methods` (`["POST"]`), `authentication` (none).
pub fn create(inbound: &Inbound) -> Result<Draft, Problem> {
    draft(&body::object(inbound)?)
}

/// Reads the body of a change: a JSON merge patch (RFC 7396) of the current trigger.
pub fn change(inbound: &Inbound, now: &Trigger) -> Result<Draft, Problem> {
    let patch = body::object(inbound)?;
    body::typed::<Fields>(&patch)?;
    let mut target = json!({
        "enabled": now.enabled,
        "ipAllowList": now.ip_allow_list.entries(),
        "methods": names(&now.methods),
        "authentication": authentication::patch_target(
            now.authentication.as_ref(),
            patch.get("authentication"),
        ),
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
    if parsed.profile.is_some_and(|profile| profile != "native") {
        let detail = "The profile is native.";
        return Err(Problem::invalid_field("/profile", detail));
    }
    let methods = methods(parsed.methods)?;
    if parsed.authentication.is_some() && methods.contains(&HookMethod::Get) {
        let detail =
            "A signature covers the body, and a GET has its event in the URL; allow POST alone.";
        return Err(Problem::invalid_field("/methods", detail));
    }
    Ok(Draft {
        enabled: parsed.enabled.unwrap_or(true),
        ip_allow_list: networks(&parsed.ip_allow_list.unwrap_or_default())?,
        methods,
        authentication: parsed
            .authentication
            .map(authentication::Fields::read)
            .transpose()?,
        body: without_secret(fields.clone()),
    })
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

/// `POST` alone by default. A method that is named twice counts once.
fn methods(entries: Option<Vec<String>>) -> Result<Vec<HookMethod>, Problem> {
    let Some(entries) = entries else {
        return Ok(vec![HookMethod::Post]);
    };
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

/// A trigger without its URL, which contains the token.
pub fn view(trigger: &Trigger) -> Value {
    json!({
        "id": trigger.id,
        "workflowId": trigger.workflow_id,
        "enabled": trigger.enabled,
        "profile": "native",
        "ipAllowList": trigger.ip_allow_list.entries(),
        "methods": names(&trigger.methods),
        "authentication": trigger.authentication.as_ref().map(authentication::view),
        "createdAt": trigger.created_at,
    })
}

/// A trigger with its URL: only for the answer to the request that created the token.
pub fn view_with_url(trigger: &Trigger, token: &Secret, base_url: &str) -> Value {
    let mut view = view(trigger);
    view["url"] = json!(format!(
        "{base_url}/hooks/{}?token={}",
        trigger.workflow_id,
        token.reveal()
    ));
    view
}

/// Adds the signing secret to the view of its trigger: only for the answer to the request that set it.
#[must_use]
pub fn with_secret(mut view: Value, secret: Option<&SigningSecret>) -> Value {
    if let Some(secret) = secret {
        view["authentication"]["secret"] = json!(secret.reveal());
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

fn names(methods: &[HookMethod]) -> Vec<&'static str> {
    methods.iter().map(|method| method.as_str()).collect()
}

#[cfg(test)]
mod tests;
