//! Triggers as JSON. Their token is shown in two answers only: that of create and that of rotate.

mod authentication;

use domain::signature::SigningSecret;
use domain::{HookMethod, IpAllowList, Secret, Trigger, TriggerId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::body;
use crate::inbound::Inbound;
use crate::page::{Paging, Position, only};
use crate::problem::Problem;
use crate::status::Code;

pub use authentication::{AuthenticationDraft, SecretRotation, secret_rotation};

/// How long an old token or secret may go on working after a rotation: 7 days.
const MAX_OVERLAP_SECS: u32 = 604_800;
const MAX_NETWORKS: usize = 100;

/// What a client wants a trigger to be.
#[derive(Debug)]
pub struct Draft {
    pub enabled: bool,
    pub ip_allow_list: IpAllowList,
    pub methods: Vec<HookMethod>,
    pub authentication: Option<AuthenticationDraft>,
    /// The request as it came in, by which a repeat is known, but for a secret: what is kept of it would tell whether a
    /// guess at the secret is right.
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

/// A new trigger; every field is optional: `enabled` (`true`), `profile` (`native`),
/// `ipAllowList` (empty: everybody), `methods` (`["POST"]`), `authentication` (none).
pub fn create(inbound: &Inbound) -> Result<Draft, Problem> {
    draft(&body::object(inbound)?)
}

/// A change, as a JSON merge patch (RFC 7396) of what the trigger is now.
pub fn change(inbound: &Inbound, now: &Trigger) -> Result<Draft, Problem> {
    let patch = body::object(inbound)?;
    body::typed::<Fields>(&patch)?;
    let mut target = json!({
        "enabled": now.enabled,
        "ipAllowList": now.ip_allow_list.entries(),
        "methods": names(&now.methods),
        "authentication": authentication::patched(
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

/// Seconds that the old token goes on working: 0 by default, at most 604,800 (7 days).
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
            "A signature is of the body, and a GET has its event in the URL; allow POST alone.";
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

/// Without the field, `POST` alone; repeats count once.
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

/// A trigger without its URL, which holds the token.
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

/// A trigger with its URL: only where the token was just made.
pub fn view_with_url(trigger: &Trigger, token: &Secret, base_url: &str) -> Value {
    let mut view = view(trigger);
    view["url"] = json!(format!(
        "{base_url}/hooks/{}?token={}",
        trigger.workflow_id,
        token.reveal()
    ));
    view
}

/// Puts a signing secret into the view of its trigger: only where it was just set.
#[must_use]
pub fn with_secret(mut view: Value, secret: Option<&SigningSecret>) -> Value {
    if let Some(secret) = secret {
        view["authentication"]["secret"] = json!(secret.reveal());
    }
    view
}

/// A trigger that asks for no signature has no secret to rotate.
pub fn no_secret() -> Problem {
    Problem::new(
        Code::NotFound,
        "The trigger has no authentication; set it with a PATCH first.",
    )
}

pub fn location(trigger: &Trigger) -> String {
    format!(
        "/v1/workflows/{}/triggers/{}",
        trigger.workflow_id, trigger.id
    )
}

/// A list of triggers goes by id.
pub fn paging(inbound: &Inbound) -> Result<Paging<TriggerId>, Problem> {
    only(inbound, &["limit", "cursor"])?;
    Paging::parse(inbound)
}

impl Position for TriggerId {
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
