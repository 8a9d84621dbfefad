//! The refold profile: `/api/v2/public/webhook`, with the key in `x-api-key`. What its document leaves open is answered as
//! its kind of product does: fields that it does not know are ignored, and `PUT` changes what it names.

use domain::WorkflowId;
use domain::outbound::{EventType, Format, Profile, Subscription};
use lambda_http::{Body, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::body;
use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::resources::subscription::{Draft, Field, Flaw, Wish};
use crate::status::Code;

/// The template that stands for the whole event, and for no template at all.
const WHOLE: &str = "{{event}}";

#[derive(Deserialize)]
struct Fields {
    webhook_url: Option<String>,
    webhook_events: Option<Vec<String>>,
    webhook_type: Option<String>,
    method: Option<String>,
    webhook_headers: Option<Map<String, Value>>,
    webhook_body: Option<Value>,
    slug: Option<String>,
    workflow_ids: Option<Vec<String>>,
    is_enabled: Option<bool>,
}

/// The body of `POST`.
pub fn create(inbound: &Inbound) -> Result<Draft, Problem> {
    let fields: Fields = body::lenient(&body::object(inbound)?)?;
    let (format, template) = format(fields.webhook_type, fields.webhook_body.as_ref())?;
    draft(Wish {
        form: Profile::Refold,
        names: Profile::Refold,
        url: fields.webhook_url,
        events: fields.webhook_events.unwrap_or_default(),
        workflow_ids: fields.workflow_ids.unwrap_or_default(),
        slug: slug(fields.slug),
        format,
        template,
        method: fields.method,
        headers: headers(fields.webhook_headers.unwrap_or_default())?,
        enabled: fields.is_enabled.unwrap_or(true),
    })
}

/// The body of `PUT`: what it does not name stays.
pub fn change(inbound: &Inbound, now: &Subscription) -> Result<Draft, Problem> {
    let fields: Fields = body::lenient(&body::object(inbound)?)?;
    let (format, template) = changed_format(&fields, now)?;
    draft(Wish {
        form: Profile::Refold,
        names: Profile::Refold,
        url: fields.webhook_url.or_else(|| Some(now.url.clone())),
        events: fields.webhook_events.unwrap_or_else(|| names(now)),
        workflow_ids: fields
            .workflow_ids
            .unwrap_or_else(|| texts(&now.workflow_ids)),
        slug: fields
            .slug
            .map_or_else(|| now.slug.clone(), |new| slug(Some(new))),
        format,
        template,
        method: fields.method.or_else(|| Some(now.method.to_string())),
        headers: match fields.webhook_headers {
            Some(new) => headers(new)?,
            None => now.headers.clone(),
        },
        enabled: fields.is_enabled.unwrap_or(now.is_enabled()),
    })
}

/// With a slug only events of workflows are allowed: a rule of this document alone.
fn draft(wish: Wish) -> Result<Draft, Problem> {
    let draft = Draft::parse(wish).map_err(|flaw| problem(&flaw))?;
    let are_of_workflows = draft.events.iter().all(EventType::is_of_a_workflow);
    if draft.slug.is_some() && !are_of_workflows {
        let detail = "With a slug, subscribe to events of workflows only.";
        return Err(Problem::new(Code::InvalidEvent, detail));
    }
    Ok(draft)
}

/// An empty one asks for nothing.
fn slug(slug: Option<String>) -> Option<String> {
    slug.filter(|slug| !slug.is_empty())
}

fn changed_format(fields: &Fields, now: &Subscription) -> Result<Chosen, Problem> {
    match (&fields.webhook_type, &fields.webhook_body, &now.format) {
        (None, None, Format::Default | Format::Slack) => Ok((Some(now.format.name().into()), None)),
        (None, None, Format::Custom(template)) => {
            Ok((Some("custom".into()), Some(template.clone())))
        }
        // Told to be custom, it keeps the template that it has.
        (Some(name), None, Format::Custom(template)) if name == "custom" => {
            Ok((Some("custom".into()), Some(template.clone())))
        }
        (None, Some(body), now) => format(Some(now.name().into()), Some(body)),
        (Some(name), body, _) => format(Some(name.clone()), body.as_ref()),
    }
}

/// The name of a format, and its template.
type Chosen = (Option<String>, Option<String>);

/// A body of the client's own makes the format custom, also where the type is left at its default. A body that is no string
/// is a template written as JSON, and an empty one asks for nothing.
fn format(name: Option<String>, body: Option<&Value>) -> Result<Chosen, Problem> {
    let template = match body {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    };
    let own = template.filter(|text| !["", WHOLE].contains(&text.trim()));
    match (name.as_deref().unwrap_or("default"), own) {
        ("default", Some(own)) => Ok((Some("custom".into()), Some(own))),
        ("custom", own) => Ok((name, own.or_else(|| Some(WHOLE.to_owned())))),
        ("slack", Some(_)) => Err(Problem::invalid_field(
            "/webhook_body",
            "Messages for Slack have a body of their own; leave it out.",
        )),
        _ => Ok((name, None)),
    }
}

/// Numbers and booleans are written out.
fn headers(fields: Map<String, Value>) -> Result<Vec<(String, String)>, Problem> {
    let one = |(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Number(_) | Value::Bool(_) => Ok((name, value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(Problem::invalid_field(
            "/webhook_headers",
            format!("The value of {name} is a string."),
        )),
    };
    fields.into_iter().map(one).collect()
}

fn problem(flaw: &Flaw) -> Problem {
    let field = match flaw.field {
        Field::Events => return invalid_event(),
        Field::Url => "webhook_url",
        Field::WorkflowIds => "workflow_ids",
        Field::Slug => "slug",
        Field::Format => "webhook_type",
        Field::Template => "webhook_body",
        Field::Method => "method",
        Field::Headers => "webhook_headers",
    };
    Problem::invalid_field(format!("/{field}"), flaw.reason.clone())
}

fn invalid_event() -> Problem {
    Problem::new(
        Code::InvalidEvent,
        "Invalid event. Check events list in documentation.",
    )
}

/// No such webhook, or not one of this profile and the caller.
pub fn not_found() -> Problem {
    Problem::new(Code::ResourceNotFound, "Webhook not found")
}

/// Any refusal in this profile's shape.
pub fn refuse(problem: Problem) -> Response<Body> {
    let message = match problem.place() {
        Some(field) => format!("{}: {}", own_name(&field), problem.detail()),
        None => problem.detail().to_owned(),
    };
    let body = json!({
        "status_code": problem.status().as_u16(),
        "http_error_type": error_type(&problem),
        "error": problem.code().as_str(),
        "message": message,
    });
    problem.respond_with(&body)
}

/// What is refused only once it is looked up is refused in the native words, whichever API asks.
fn own_name(field: &str) -> &str {
    match field {
        "url" => "webhook_url",
        "workflowIds" => "workflow_ids",
        own => own,
    }
}

/// The reason phrase as a constant: `BAD_REQUEST`.
fn error_type(problem: &Problem) -> String {
    let reason = problem.status().canonical_reason().unwrap_or_default();
    reason.to_ascii_uppercase().replace([' ', '-'], "_")
}

/// A webhook as the document prints it. Its headers are credentials more often than not, and are not shown.
pub fn view(subscription: &Subscription) -> Value {
    let template = match &subscription.format {
        Format::Custom(template) => template,
        Format::Default | Format::Slack => WHOLE,
    };
    let mut view = json!({
        "_id": subscription.id,
        "org_id": subscription.tenant.org,
        "environment": subscription.tenant.environment,
        "is_enabled": subscription.is_enabled(),
        "webhook_events": names(subscription),
        "workflow_ids": subscription.workflow_ids,
        "webhook_url": subscription.url,
        "webhook_body": template,
        "method": subscription.method.as_str(),
        "webhook_type": subscription.format.name(),
        "createdAt": subscription.created_at,
        "updatedAt": subscription.updated_at,
        "__v": subscription.revision.saturating_sub(1),
    });
    if let Some(slug) = &subscription.slug {
        view["slug"] = json!(slug);
    }
    view
}

/// All webhooks of the caller, as `GET` and `DELETE` answer them: a bare array, the oldest first.
pub fn list(subscriptions: &[Subscription]) -> Value {
    subscriptions.iter().map(view).collect()
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
