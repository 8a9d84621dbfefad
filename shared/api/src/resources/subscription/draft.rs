//! The rules for the fields of a subscription, which all profiles share. It does not know the names that a profile
//! gives to fields, nor whether deliveries may go to a URL.

use domain::WorkflowId;
use domain::limits::{
    MAX_SUBSCRIBED_EVENTS, MAX_SUBSCRIBED_WORKFLOWS, MAX_SUBSCRIPTION_HEADERS, MAX_URL_CHARS,
};
use domain::outbound::{EventType, Format, Method, Profile, check_header};

use crate::resources::field::{event_slug_rule, is_event_slug};

/// Shown in place of the values of headers, which often are credentials.
pub(crate) const HIDDEN_VALUE: &str = "***";

/// The fields of a request, of the right JSON types and not checked otherwise.
#[derive(Debug)]
pub(crate) struct SubscriptionFields {
    /// The profile that the subscription is created with.
    pub(crate) profile: Profile,
    /// The profile whose names the events have.
    pub(crate) event_names: Profile,
    pub(crate) url: Option<String>,
    pub(crate) events: Vec<String>,
    pub(crate) workflow_ids: Vec<String>,
    pub(crate) slug: Option<String>,
    pub(crate) format: Option<String>,
    pub(crate) template: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) enabled: bool,
}

/// The fields of a subscription, checked. Whether deliveries may go to the URL, whether event types are declared and
/// whose the workflows are is not checked yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The profile that the subscription is created with.
    pub profile: Profile,
    /// Where deliveries go.
    pub url: String,
    /// The event types, each once.
    pub events: Vec<EventType>,
    /// The workflows whose events are delivered; empty for all.
    pub workflow_ids: Vec<WorkflowId>,
    /// The slug that events must have.
    pub slug: Option<String>,
    /// The format of payloads.
    pub format: Format,
    /// The method of requests.
    pub method: Method,
    /// Headers to add to requests.
    pub headers: Vec<(String, String)>,
    /// Whether events are delivered.
    pub enabled: bool,
}

/// A field that breaks a rule.
#[derive(Debug)]
pub(crate) struct FieldError {
    pub(crate) field: Field,
    /// The entry of a list or object.
    pub(crate) entry: Option<Entry>,
    /// A sentence that tells the client the rule.
    pub(crate) reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Url,
    Events,
    WorkflowIds,
    Slug,
    Format,
    Template,
    Method,
    Headers,
}

#[derive(Debug)]
pub(crate) enum Entry {
    Index(usize),
    Name(String),
}

impl FieldError {
    fn new(field: Field, reason: impl Into<String>) -> Self {
        Self {
            field,
            entry: None,
            reason: reason.into(),
        }
    }

    fn of_entry(self, entry: Entry) -> Self {
        Self {
            entry: Some(entry),
            ..self
        }
    }
}

impl Draft {
    pub(crate) fn parse(fields: SubscriptionFields) -> Result<Self, FieldError> {
        Ok(Self {
            profile: fields.profile,
            events: events(&fields)?,
            url: url(fields.url)?,
            slug: slug(fields.slug)?,
            workflow_ids: workflow_ids(&fields.workflow_ids)?,
            format: format(fields.format.as_deref(), fields.template)?,
            method: method(fields.method.as_deref())?,
            headers: headers(fields.headers)?,
            enabled: fields.enabled,
        })
    }
}

fn url(url: Option<String>) -> Result<String, FieldError> {
    let url = url.ok_or_else(|| FieldError::new(Field::Url, "Give the URL to deliver to."))?;
    let lower = url.to_ascii_lowercase();
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| lower.strip_prefix(scheme));
    let is_plain = |letter: char| !letter.is_control() && !letter.is_whitespace();
    if rest.is_none_or(str::is_empty) || !url.chars().all(is_plain) {
        return Err(FieldError::new(
            Field::Url,
            "A URL begins with https:// or http://, and has no spaces.",
        ));
    }
    if url.chars().count() > MAX_URL_CHARS {
        let reason = format!("A URL has at most {MAX_URL_CHARS} characters.");
        return Err(FieldError::new(Field::Url, reason));
    }
    Ok(url)
}

/// An event type that is named twice counts once.
fn events(fields: &SubscriptionFields) -> Result<Vec<EventType>, FieldError> {
    if !(1..=MAX_SUBSCRIBED_EVENTS).contains(&fields.events.len()) {
        let reason = format!("Name 1 to {MAX_SUBSCRIBED_EVENTS} event types.");
        return Err(FieldError::new(Field::Events, reason));
    }
    let mut events = Vec::new();
    for (index, name) in fields.events.iter().enumerate() {
        let event = EventType::parse(fields.event_names, name)
            .filter(EventType::can_be_subscribed_to)
            .filter(|event| event.name(fields.profile).is_some());
        let event = event.ok_or_else(|| unknown_event(index))?;
        if !events.contains(&event) {
            events.push(event);
        }
    }
    Ok(events)
}

fn unknown_event(index: usize) -> FieldError {
    let reason = "There is no such event type, or it cannot be subscribed to.";
    FieldError::new(Field::Events, reason).of_entry(Entry::Index(index))
}

fn workflow_ids(texts: &[String]) -> Result<Vec<WorkflowId>, FieldError> {
    if texts.len() > MAX_SUBSCRIBED_WORKFLOWS {
        let reason = format!("Name at most {MAX_SUBSCRIBED_WORKFLOWS} workflows.");
        return Err(FieldError::new(Field::WorkflowIds, reason));
    }
    let mut ids = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let invalid = |error| {
            FieldError::new(Field::WorkflowIds, format!("{error}.")).of_entry(Entry::Index(index))
        };
        let id = WorkflowId::parse(text).map_err(invalid)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

fn slug(slug: Option<String>) -> Result<Option<String>, FieldError> {
    match slug {
        Some(slug) if !is_event_slug(&slug) => Err(FieldError::new(Field::Slug, event_slug_rule())),
        slug => Ok(slug),
    }
}

/// A template belongs to the format `custom`, and to no other.
fn format(name: Option<&str>, template: Option<String>) -> Result<Format, FieldError> {
    let without_template = |format, template: Option<String>| match template {
        None => Ok(format),
        Some(_) => Err(FieldError::new(
            Field::Template,
            "A template needs the format custom.",
        )),
    };
    match (name.unwrap_or("default"), template) {
        ("default", template) => without_template(Format::Default, template),
        ("slack", template) => without_template(Format::Slack, template),
        ("custom", None) => Err(FieldError::new(
            Field::Template,
            "The format custom needs a template.",
        )),
        ("custom", Some(template)) => payload::check_template(&template)
            .map(|()| Format::Custom(template))
            .map_err(|invalid| {
                FieldError::new(Field::Template, format!("The template, {invalid}."))
            }),
        _ => Err(FieldError::new(
            Field::Format,
            "The formats are default, slack and custom.",
        )),
    }
}

fn method(name: Option<&str>) -> Result<Method, FieldError> {
    name.map_or(Ok(Method::Post), Method::parse)
        .map_err(|error| FieldError::new(Field::Method, format!("{error}.")))
}

fn headers(headers: Vec<(String, String)>) -> Result<Vec<(String, String)>, FieldError> {
    if headers.len() > MAX_SUBSCRIPTION_HEADERS {
        let reason = format!("Add at most {MAX_SUBSCRIPTION_HEADERS} headers.");
        return Err(FieldError::new(Field::Headers, reason));
    }
    for (index, (name, value)) in headers.iter().enumerate() {
        let invalid = |reason: String| {
            FieldError::new(Field::Headers, reason).of_entry(Entry::Name(name.clone()))
        };
        check_header(name, value).map_err(|error| invalid(format!("The header {error}.")))?;
        if value == HIDDEN_VALUE {
            return Err(invalid(format!(
                "{HIDDEN_VALUE} stands for a hidden value; give the value."
            )));
        }
        let mut before = headers.iter().take(index);
        if before.any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            return Err(invalid(
                "The header is given twice, in different cases.".to_owned(),
            ));
        }
    }
    Ok(headers)
}
