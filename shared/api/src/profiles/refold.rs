//! The refold profile: `/api/v2/public/webhook`, with the key in `x-api-key`. Its document leaves two things open:
//! unknown fields are ignored, and `PUT` changes the fields that it names and keeps the others.

pub(crate) mod answers;

use domain::WorkflowId;
use domain::outbound::{EventType, Format, Profile, Subscription};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::body;
use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::resources::subscription::{Draft, Field, FieldError, SubscriptionFields};
use crate::status::Code;

pub use answers::{list, not_found, refuse, view};

/// The template that clients send, and are shown, where a subscription has none: it stands for the whole event.
const WHOLE_EVENT_TEMPLATE: &str = "{{event}}";

/// The settings of a webhook. Other fields are ignored.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "RefoldWebhookSettings"))]
pub(crate) struct Fields {
    /// Where deliveries go. Required in a new webhook.
    webhook_url: Option<String>,
    /// The event types that are delivered. Required in a new webhook.
    webhook_events: Option<Vec<String>>,
    /// The form of the body: `default`, `slack` or `custom`; `default` by default.
    webhook_type: Option<String>,
    /// The method of requests; `POST` by default.
    method: Option<String>,
    /// Headers to add to requests; numbers and booleans become text.
    webhook_headers: Option<Map<String, Value>>,
    /// The template of the body, as a text or as JSON; one makes the type `custom`.
    webhook_body: Option<Value>,
    /// The slug that events must have.
    slug: Option<String>,
    /// The workflows whose events are delivered; all of them by default.
    workflow_ids: Option<Vec<String>>,
    /// Whether events are delivered; `true` by default.
    is_enabled: Option<bool>,
}

/// Reads the body of `POST`.
pub fn create(inbound: &Inbound) -> Result<Draft, Problem> {
    let fields: Fields = body::lenient(&body::object(inbound)?)?;
    let chosen = format(fields.webhook_type, fields.webhook_body.as_ref())?;
    draft(SubscriptionFields {
        profile: Profile::Refold,
        event_names: Profile::Refold,
        url: fields.webhook_url,
        events: fields.webhook_events.unwrap_or_default(),
        workflow_ids: fields.workflow_ids.unwrap_or_default(),
        slug: slug(fields.slug),
        format: chosen.format,
        template: chosen.template,
        method: fields.method,
        headers: headers(fields.webhook_headers.unwrap_or_default())?,
        enabled: fields.is_enabled.unwrap_or(true),
    })
}

/// Reads the body of `PUT`: a field that it does not name keeps its value.
pub fn change(inbound: &Inbound, now: &Subscription) -> Result<Draft, Problem> {
    let fields: Fields = body::lenient(&body::object(inbound)?)?;
    let chosen = changed_format(&fields, now)?;
    draft(SubscriptionFields {
        profile: Profile::Refold,
        event_names: Profile::Refold,
        url: fields.webhook_url.or_else(|| Some(now.url.clone())),
        events: fields.webhook_events.unwrap_or_else(|| names(now)),
        workflow_ids: fields
            .workflow_ids
            .unwrap_or_else(|| texts(&now.workflow_ids)),
        slug: fields
            .slug
            .map_or_else(|| now.slug.clone(), |new| slug(Some(new))),
        format: chosen.format,
        template: chosen.template,
        method: fields.method.or_else(|| Some(now.method.to_string())),
        headers: match fields.webhook_headers {
            Some(new) => headers(new)?,
            None => now.headers.clone(),
        },
        enabled: fields.is_enabled.unwrap_or(now.is_enabled()),
    })
}

/// This profile alone allows a slug only for events of workflows.
fn draft(fields: SubscriptionFields) -> Result<Draft, Problem> {
    let draft = Draft::parse(fields).map_err(|error| problem(&error))?;
    let are_of_workflows = draft.events.iter().all(EventType::is_of_a_workflow);
    if draft.slug.is_some() && !are_of_workflows {
        let detail = "With a slug, subscribe to events of workflows only.";
        return Err(Problem::new(Code::InvalidEvent, detail));
    }
    Ok(draft)
}

/// An empty slug counts as none.
fn slug(slug: Option<String>) -> Option<String> {
    slug.filter(|slug| !slug.is_empty())
}

fn changed_format(fields: &Fields, now: &Subscription) -> Result<ChosenFormat, Problem> {
    match (&fields.webhook_type, &fields.webhook_body, &now.format) {
        (None, None, Format::Default | Format::Slack) => Ok(ChosenFormat {
            format: Some(now.format.name().into()),
            template: None,
        }),
        (None, None, Format::Custom(template)) => Ok(ChosenFormat::custom(template.clone())),
        // A custom subscription that is set to custom without a template keeps its template.
        (Some(name), None, Format::Custom(template)) if name == "custom" => {
            Ok(ChosenFormat::custom(template.clone()))
        }
        (None, Some(body), now) => format(Some(now.name().into()), Some(body)),
        (Some(name), body, _) => format(Some(name.clone()), body.as_ref()),
    }
}

/// The name of a format, and its template.
struct ChosenFormat {
    format: Option<String>,
    template: Option<String>,
}

impl ChosenFormat {
    fn custom(template: String) -> Self {
        Self {
            format: Some("custom".into()),
            template: Some(template),
        }
    }
}

/// A body of the client's own makes the format custom, also where the type is `default`. A body that is no string is a
/// template given as JSON; an empty one counts as none.
fn format(name: Option<String>, body: Option<&Value>) -> Result<ChosenFormat, Problem> {
    let template = match body {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(json) => Some(payload::json_template(json)),
    };
    let own = template.filter(|text| !["", WHOLE_EVENT_TEMPLATE].contains(&text.trim()));
    match (name.as_deref().unwrap_or("default"), own) {
        ("default", Some(own)) => Ok(ChosenFormat::custom(own)),
        ("custom", own) => Ok(ChosenFormat::custom(
            own.unwrap_or_else(|| WHOLE_EVENT_TEMPLATE.to_owned()),
        )),
        ("slack", Some(_)) => Err(Problem::invalid_field(
            "/webhook_body",
            "The format slack has its own body; leave webhook_body out.",
        )),
        _ => Ok(ChosenFormat {
            format: name,
            template: None,
        }),
    }
}

/// Values that are numbers or booleans become text.
fn headers(fields: Map<String, Value>) -> Result<Vec<(String, String)>, Problem> {
    let header = |(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Number(_) | Value::Bool(_) => Ok((name, value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(Problem::invalid_field(
            "/webhook_headers",
            format!("The value of {name} is a string."),
        )),
    };
    fields.into_iter().map(header).collect()
}

fn problem(error: &FieldError) -> Problem {
    let field = match error.field {
        Field::Events => return invalid_event(),
        Field::Url => "webhook_url",
        Field::WorkflowIds => "workflow_ids",
        Field::Slug => "slug",
        Field::Format => "webhook_type",
        Field::Template => "webhook_body",
        Field::Method => "method",
        Field::Headers => "webhook_headers",
    };
    Problem::invalid_field(format!("/{field}"), error.reason.clone())
}

fn invalid_event() -> Problem {
    Problem::new(
        Code::InvalidEvent,
        "Invalid event. Check events list in documentation.",
    )
}

fn names(subscription: &Subscription) -> Vec<String> {
    let name = |event: &EventType| event.name(Profile::Refold).map(str::to_owned);
    subscription.events.iter().filter_map(name).collect()
}

fn texts(ids: &[WorkflowId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests;
