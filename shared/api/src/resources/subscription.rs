//! Subscriptions as JSON. The secret is shown in two answers only, to create and to rotate-secret; the values of
//! headers in no answer.

mod draft;
mod problems;
mod recover;
mod view;

use std::collections::BTreeMap;

use domain::limits::MAX_OVERLAP_SECS;
use domain::outbound::{Profile, Subscription};
use domain::signature::{SchemeName, read_secret};
use domain::{Fingerprint, Secret, SubscriptionId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub use draft::Draft;
pub(crate) use draft::{Entry, Field, FieldError, HIDDEN_VALUE, SubscriptionFields};
pub use problems::{disabled, no_workflow, too_many, undeclared, url_refused};
pub use recover::{RecoverRequest, recover};
pub use view::{
    RecoveryView, SubscriptionView, SubscriptionWithSecretView, TestEventView, location,
    recovery_view, test_event_view, view, view_with_secret,
};
use view::{names, template};

use crate::body;
use crate::inbound::Inbound;
use crate::page::{PageCursor, Paging, only};
use crate::problem::Problem;

/// For how many seconds both secrets sign after a rotation by default: 24 hours.
const DEFAULT_OVERLAP_SECS: u32 = 86_400;

/// The body of a create request.
#[derive(Debug)]
pub struct CreateRequest {
    /// The fields of the subscription.
    pub draft: Draft,
    /// The client's own secret, `whsec_…`.
    pub secret: Option<Secret>,
    /// The fingerprint of the request, for its `Idempotency-Key`. The secret is left out, because a fingerprint with it
    /// would confirm a guess at the secret.
    pub fingerprint: Fingerprint,
}

/// The body of a rotate-secret request.
#[derive(Debug)]
pub struct RotateSecretRequest {
    /// The client's own secret; `None` for a random one.
    pub secret: Option<Secret>,
    /// For how many seconds the old secret signs beside the new one.
    pub overlap_secs: u32,
}

/// The settings of a subscription.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "SubscriptionSettings"))]
pub(crate) struct Fields {
    /// Where deliveries go: an `http` or `https` URL that the deployment delivers to. Required in a new subscription.
    url: Option<String>,
    /// The event types that are delivered: 1 to 100. Required in a new subscription.
    events: Option<Vec<String>>,
    /// The workflows whose events are delivered; all of them by default.
    workflow_ids: Option<Vec<String>>,
    /// The slug that events must have; any by default.
    slug: Option<String>,
    /// The form of the body; `default` by default.
    #[cfg_attr(test, schemars(extend("enum" = ["default", "slack", "custom", null])))]
    format: Option<String>,
    /// The method of requests; `POST` by default.
    #[cfg_attr(test, schemars(extend("enum" = ["POST", "PUT", "PATCH", null])))]
    method: Option<String>,
    /// Headers to add to requests. In a change, the value `***` keeps the value, and `null` removes the header.
    headers: Option<BTreeMap<String, Option<String>>>,
    /// The template of the body, with the format `custom`.
    template: Option<String>,
    /// Whether events are delivered; `true` by default.
    enabled: Option<bool>,
}

/// A new subscription.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "NewSubscription")]
pub(crate) struct NewFields {
    #[serde(flatten)]
    _settings: Fields,
    #[serde(flatten)]
    _secret: SecretField,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SecretField {
    /// A secret of the client's own, `whsec_…` in base64; a random one by default.
    secret: Option<String>,
}

/// How to rotate the secret.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "SubscriptionSecretRotation"))]
pub(crate) struct RotationFields {
    /// A secret of the client's own, `whsec_…` in base64; a random one by default.
    secret: Option<String>,
    /// For how many seconds the old secret signs beside the new one; 86,400 by default.
    #[cfg_attr(test, schemars(range(min = 0, max = 604_800)))]
    overlap_seconds: Option<u32>,
}

/// Reads the body of a create request: `url` and `events`; and optionally `workflowIds` (all workflows by default),
/// `slug`, `format` (`default`), `template` (with the format `custom`), `method` (`POST`), `headers`, `enabled`
/// (`true`) and `secret` (a random one).
pub fn create(inbound: &Inbound) -> Result<CreateRequest, Problem> {
    let mut fields = body::object(inbound)?;
    let secret_field: Map<String, Value> = fields.remove_entry("secret").into_iter().collect();
    let secret_field: SecretField = body::typed(&secret_field)?;
    Ok(CreateRequest {
        draft: draft(&fields, Profile::Native)?,
        secret: secret(secret_field.secret)?,
        fingerprint: Fingerprint::of(&Value::Object(fields)),
    })
}

/// Reads the body of a change: a JSON merge patch (RFC 7396) of the current subscription. A header whose value is `***`
/// keeps its value. The secret is changed by rotating it.
pub fn change(inbound: &Inbound, now: &Subscription) -> Result<Draft, Problem> {
    let mut patch = body::object(inbound)?;
    body::typed::<Fields>(&patch)?;
    keep_hidden_headers(&mut patch, now);
    let mut target = patch_target(now);
    let is_other_format = patch.get("format").is_some_and(|format| format != "custom");
    if is_other_format && !patch.contains_key("template") {
        target["template"] = Value::Null;
    }
    json_patch::merge(&mut target, &Value::Object(patch));
    match target {
        Value::Object(fields) => draft(&fields, now.profile),
        _ => Err(Problem::internal()),
    }
}

fn keep_hidden_headers(patch: &mut Map<String, Value>, now: &Subscription) {
    if let Some(Value::Object(headers)) = patch.get_mut("headers") {
        let is_known = |name: &str| now.headers.iter().any(|(known, _)| known == name);
        headers.retain(|name, value| value != HIDDEN_VALUE || !is_known(name));
    }
}

/// The current subscription as the document that a patch applies to.
fn patch_target(now: &Subscription) -> Value {
    let headers: Map<String, Value> = now
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    json!({
        "url": now.url,
        "events": names(now),
        "workflowIds": now.workflow_ids,
        "slug": now.slug,
        "format": now.format.name(),
        "template": template(&now.format),
        "method": now.method.as_str(),
        "headers": headers,
        "enabled": now.is_enabled(),
    })
}

fn draft(fields: &Map<String, Value>, profile: Profile) -> Result<Draft, Problem> {
    let parsed: Fields = body::typed(fields)?;
    let headers = parsed.headers.unwrap_or_default();
    Draft::parse(SubscriptionFields {
        profile,
        event_names: Profile::Native,
        url: parsed.url,
        events: parsed.events.unwrap_or_default(),
        workflow_ids: parsed.workflow_ids.unwrap_or_default(),
        slug: parsed.slug,
        format: parsed.format,
        template: parsed.template,
        method: parsed.method,
        headers: headers
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect(),
        enabled: parsed.enabled.unwrap_or(true),
    })
    .map_err(|error| problem(&error))
}

fn problem(error: &FieldError) -> Problem {
    let field = match error.field {
        Field::Url => "url",
        Field::Events => "events",
        Field::WorkflowIds => "workflowIds",
        Field::Slug => "slug",
        Field::Format => "format",
        Field::Template => "template",
        Field::Method => "method",
        Field::Headers => "headers",
    };
    let pointer = match &error.entry {
        None => format!("/{field}"),
        Some(Entry::Index(index)) => format!("/{field}/{index}"),
        Some(Entry::Name(name)) => format!("/{field}/{}", body::escaped(name)),
    };
    Problem::invalid_field(pointer, error.reason.clone())
}

/// Reads the body of a rotate-secret request: `secret` (a random one by default) and `overlapSeconds` (86,400; at most
/// 604,800).
pub fn rotate_secret(inbound: &Inbound) -> Result<RotateSecretRequest, Problem> {
    let fields: RotationFields = body::typed(&body::object(inbound)?)?;
    let overlap_secs = fields.overlap_seconds.unwrap_or(DEFAULT_OVERLAP_SECS);
    if overlap_secs > MAX_OVERLAP_SECS {
        let detail = format!("An overlap has at most {MAX_OVERLAP_SECS} seconds.");
        return Err(Problem::invalid_field("/overlapSeconds", detail));
    }
    Ok(RotateSecretRequest {
        secret: secret(fields.secret)?,
        overlap_secs,
    })
}

/// Parses a secret. No problem quotes it.
fn secret(text: Option<String>) -> Result<Option<Secret>, Problem> {
    let Some(text) = text else {
        return Ok(None);
    };
    read_secret(&SchemeName::STANDARD_WEBHOOKS, &text)
        .map_err(|error| Problem::invalid_field("/secret", format!("A secret {error}.")))?;
    Ok(Some(Secret::from_caller(&text)))
}

/// Reads the query of a list, which is ordered by id.
pub fn paging(inbound: &Inbound) -> Result<Paging<SubscriptionId>, Problem> {
    only(inbound, &["limit", "cursor"])?;
    Paging::parse(inbound)
}

impl PageCursor for SubscriptionId {
    const LIST: &'static str = "subscriptions";

    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

#[cfg(test)]
mod tests;
