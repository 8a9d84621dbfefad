//! Subscriptions as JSON. Their secret is shown in two answers only, that of create and that of rotate-secret; the values of
//! their headers in none.

mod draft;
mod view;

use std::collections::BTreeMap;

use domain::outbound::{MAX_SUBSCRIPTIONS, Profile, Subscription};
use domain::signature::{SchemeName, read_secret};
use domain::{Fingerprint, Secret, SubscriptionId, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub use draft::Draft;
pub(crate) use draft::{At, Field, Flaw, NOT_SHOWN, Wish, is_slug, slug_rule};
pub use view::{location, recovered, tested, view, view_with_secret};
use view::{names, template};

use super::delivery::Place;
use super::field::moment;
use crate::body;
use crate::inbound::Inbound;
use crate::page::{Paging, Position, only};
use crate::problem::Problem;
use crate::status::Code;

/// How long both secrets sign after a rotation that does not say: 24 hours.
const DEFAULT_OVERLAP_SECS: u32 = 86_400;
/// And at the most: 7 days.
const MAX_OVERLAP_SECS: u32 = 604_800;

/// So many deliveries are begun anew by one request, unless it asks for fewer.
const MAX_RECOVERED: usize = 1_000;

/// A new subscription.
#[derive(Debug)]
pub struct Creation {
    pub draft: Draft,
    /// `whsec_…`, where the client brings its own.
    pub secret: Option<Secret>,
    /// By which a repeat is known. It leaves the secret out, because a hash of it would confirm a guess.
    pub fingerprint: Fingerprint,
}

/// A new secret.
#[derive(Debug)]
pub struct Rotation {
    pub secret: Option<Secret>,
    pub overlap_secs: u32,
}

/// What a client wants sent again.
#[derive(Debug)]
pub struct Recovery {
    pub since: Timestamp,
    /// Without an end, where the client does not say.
    pub until: Option<Timestamp>,
    pub paging: Paging<Place>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    url: Option<String>,
    events: Option<Vec<String>>,
    workflow_ids: Option<Vec<String>>,
    slug: Option<String>,
    format: Option<String>,
    method: Option<String>,
    headers: Option<BTreeMap<String, Option<String>>>,
    template: Option<String>,
    enabled: Option<bool>,
}

#[derive(Deserialize)]
struct SecretField {
    secret: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RotationFields {
    secret: Option<String>,
    overlap_seconds: Option<u32>,
}

/// A new subscription: `url` and `events`; and optionally `workflowIds` (of all), `slug`, `format` (`default`), `template`
/// (with the format `custom`), `method` (`POST`), `headers`, `enabled` (`true`) and `secret` (a new one).
pub fn create(inbound: &Inbound) -> Result<Creation, Problem> {
    let mut fields = body::object(inbound)?;
    let own: Map<String, Value> = fields.remove_entry("secret").into_iter().collect();
    let own: SecretField = body::typed(&own)?;
    Ok(Creation {
        draft: draft(&fields, Profile::Native)?,
        secret: secret(own.secret)?,
        fingerprint: Fingerprint::of(&Value::Object(fields)),
    })
}

/// A change, as a JSON merge patch (RFC 7396) of what the subscription is now; a header whose value is `***` stays as it
/// is. The secret is changed by rotating it.
pub fn change(inbound: &Inbound, now: &Subscription) -> Result<Draft, Problem> {
    let mut patch = body::object(inbound)?;
    body::typed::<Fields>(&patch)?;
    keep_headers(&mut patch, now);
    let mut target = target(now);
    let is_other_format = patch.get("format").is_some_and(|format| format != "custom");
    if is_other_format && !patch.contains_key("template") {
        target["template"] = Value::Null;
    }
    json_patch::merge(&mut target, &Value::Object(patch));
    match target {
        Value::Object(fields) => draft(&fields, now.form),
        _ => Err(Problem::internal()),
    }
}

fn keep_headers(patch: &mut Map<String, Value>, now: &Subscription) {
    if let Some(Value::Object(headers)) = patch.get_mut("headers") {
        let is_there = |name: &str| now.headers.iter().any(|(known, _)| known == name);
        headers.retain(|name, value| value != NOT_SHOWN || !is_there(name));
    }
}

/// What a patch applies to.
fn target(now: &Subscription) -> Value {
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

fn draft(fields: &Map<String, Value>, form: Profile) -> Result<Draft, Problem> {
    let parsed: Fields = body::typed(fields)?;
    let headers = parsed.headers.unwrap_or_default();
    Draft::parse(Wish {
        form,
        names: Profile::Native,
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
    .map_err(|flaw| problem(&flaw))
}

fn problem(flaw: &Flaw) -> Problem {
    let field = match flaw.field {
        Field::Url => "url",
        Field::Events => "events",
        Field::WorkflowIds => "workflowIds",
        Field::Slug => "slug",
        Field::Format => "format",
        Field::Template => "template",
        Field::Method => "method",
        Field::Headers => "headers",
    };
    let pointer = match &flaw.at {
        None => format!("/{field}"),
        Some(At::Index(at)) => format!("/{field}/{at}"),
        Some(At::Name(name)) => format!("/{field}/{}", body::escaped(name)),
    };
    Problem::invalid_field(pointer, flaw.reason.clone())
}

/// The body of rotate-secret: `secret` (a new one) and `overlapSeconds` (86,400; 604,800 at the most).
pub fn rotation(inbound: &Inbound) -> Result<Rotation, Problem> {
    let fields: RotationFields = body::typed(&body::object(inbound)?)?;
    let overlap_secs = fields.overlap_seconds.unwrap_or(DEFAULT_OVERLAP_SECS);
    if overlap_secs > MAX_OVERLAP_SECS {
        let detail = format!("An overlap has at most {MAX_OVERLAP_SECS} seconds.");
        return Err(Problem::invalid_field("/overlapSeconds", detail));
    }
    Ok(Rotation {
        secret: secret(fields.secret)?,
        overlap_secs,
    })
}

/// No problem quotes it.
fn secret(text: Option<String>) -> Result<Option<Secret>, Problem> {
    let Some(text) = text else {
        return Ok(None);
    };
    read_secret(&SchemeName::STANDARD_WEBHOOKS, &text)
        .map_err(|error| Problem::invalid_field("/secret", format!("A secret {error}.")))?;
    Ok(Some(Secret::from_caller(&text)))
}

/// The query of recover: `since`, and optionally `until`, `limit` (1,000, which is the most) and `cursor`.
pub fn recovery(inbound: &Inbound) -> Result<Recovery, Problem> {
    only(inbound, &["since", "until", "limit", "cursor"])?;
    let since = moment(inbound, "since")?;
    let missing = || Problem::invalid_parameter("since", "Say since when to send again.");
    Ok(Recovery {
        since: since.ok_or_else(missing)?,
        until: moment(inbound, "until")?,
        paging: Paging::within(inbound, MAX_RECOVERED, MAX_RECOVERED)?,
    })
}

/// The deployment does not deliver to this URL: its scheme, its port or its address.
pub fn url_refused(reason: &str) -> Problem {
    let detail = format!("Deliveries cannot go there: {reason}.");
    Problem::new(Code::UrlNotAllowed, detail).member("pointer", json!("/url"))
}

/// A workflow that is not there, or not the caller's.
pub fn no_workflow(at: usize) -> Problem {
    Problem::invalid_field(format!("/workflowIds/{at}"), "There is no such workflow.")
}

/// An event that nobody declared.
pub fn undeclared(at: usize, name: &str) -> Problem {
    let detail = format!("There is no type of event {name}; declare it first.");
    Problem::invalid_field(format!("/events/{at}"), detail)
}

pub fn too_many() -> Problem {
    let detail =
        format!("There are {MAX_SUBSCRIPTIONS} subscriptions at the most; delete one first.");
    Problem::new(Code::LimitReached, detail)
}

/// What is disabled gets nothing.
pub fn disabled() -> Problem {
    Problem::new(
        Code::SubscriptionDisabled,
        "Enable the subscription, then try again.",
    )
}

/// A list of subscriptions goes by id.
pub fn paging(inbound: &Inbound) -> Result<Paging<SubscriptionId>, Problem> {
    only(inbound, &["limit", "cursor"])?;
    Paging::parse(inbound)
}

impl Position for SubscriptionId {
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
