//! What a client wants a subscription to be, whichever API it speaks: the rules that all of them share. It does not know
//! how each of them calls a field, nor whether the URL may be reached.

use domain::WorkflowId;
use domain::outbound::{EventType, Format, Method, Profile, check_header};

const MAX_URL_CHARS: usize = 2_048;
const MAX_EVENTS: usize = 100;
const MAX_WORKFLOWS: usize = 100;
const MAX_HEADERS: usize = 50;
const MAX_SLUG_CHARS: usize = 100;

/// Shown in place of the values of headers, which are credentials more often than not.
pub(crate) const NOT_SHOWN: &str = "***";

/// Fields as they came, whose form alone is known.
#[derive(Debug)]
pub(crate) struct Wish {
    /// Which API the subscription was made with.
    pub(crate) form: Profile,
    /// Which API's names the events have.
    pub(crate) names: Profile,
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

/// A subscription that could be. Whether its URL may be reached and the declared types are there, is not known yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub form: Profile,
    pub url: String,
    pub events: Vec<EventType>,
    pub workflow_ids: Vec<WorkflowId>,
    pub slug: Option<String>,
    pub format: Format,
    pub method: Method,
    pub headers: Vec<(String, String)>,
    pub enabled: bool,
}

/// One field that is not as it must be.
#[derive(Debug)]
pub(crate) struct Flaw {
    pub(crate) field: Field,
    /// Which entry of it.
    pub(crate) at: Option<At>,
    /// A sentence for the client.
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
pub(crate) enum At {
    Index(usize),
    Name(String),
}

impl Flaw {
    fn of(field: Field, reason: impl Into<String>) -> Self {
        Self {
            field,
            at: None,
            reason: reason.into(),
        }
    }

    fn at(self, at: At) -> Self {
        Self {
            at: Some(at),
            ..self
        }
    }
}

impl Draft {
    pub(crate) fn parse(wish: Wish) -> Result<Self, Flaw> {
        Ok(Self {
            form: wish.form,
            events: events(&wish)?,
            url: url(wish.url)?,
            slug: slug(wish.slug)?,
            workflow_ids: workflow_ids(&wish.workflow_ids)?,
            format: format(wish.format.as_deref(), wish.template)?,
            method: method(wish.method.as_deref())?,
            headers: headers(wish.headers)?,
            enabled: wish.enabled,
        })
    }
}

fn url(url: Option<String>) -> Result<String, Flaw> {
    let url = url.ok_or_else(|| Flaw::of(Field::Url, "Give the URL to deliver to."))?;
    let lower = url.to_ascii_lowercase();
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| lower.strip_prefix(scheme));
    let is_plain = |letter: char| !letter.is_control() && !letter.is_whitespace();
    if rest.is_none_or(str::is_empty) || !url.chars().all(is_plain) {
        return Err(Flaw::of(
            Field::Url,
            "A URL begins with https:// or http://, and has no spaces.",
        ));
    }
    if url.chars().count() > MAX_URL_CHARS {
        let reason = format!("A URL has at most {MAX_URL_CHARS} characters.");
        return Err(Flaw::of(Field::Url, reason));
    }
    Ok(url)
}

/// Each counts once.
fn events(wish: &Wish) -> Result<Vec<EventType>, Flaw> {
    if !(1..=MAX_EVENTS).contains(&wish.events.len()) {
        let reason = format!("Name 1 to {MAX_EVENTS} types of events.");
        return Err(Flaw::of(Field::Events, reason));
    }
    let mut events = Vec::new();
    for (at, name) in wish.events.iter().enumerate() {
        let event = EventType::parse(wish.names, name)
            .filter(EventType::can_be_subscribed_to)
            .filter(|event| event.name(wish.form).is_some());
        let event = event.ok_or_else(|| unknown_event(at))?;
        if !events.contains(&event) {
            events.push(event);
        }
    }
    Ok(events)
}

fn unknown_event(at: usize) -> Flaw {
    let reason = "There is no such type of event, or it cannot be subscribed to.";
    Flaw::of(Field::Events, reason).at(At::Index(at))
}

fn workflow_ids(texts: &[String]) -> Result<Vec<WorkflowId>, Flaw> {
    if texts.len() > MAX_WORKFLOWS {
        let reason = format!("Name at most {MAX_WORKFLOWS} workflows.");
        return Err(Flaw::of(Field::WorkflowIds, reason));
    }
    let mut ids = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let flaw = |error| Flaw::of(Field::WorkflowIds, format!("{error}.")).at(At::Index(at));
        let id = WorkflowId::parse(text).map_err(flaw)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

fn slug(slug: Option<String>) -> Result<Option<String>, Flaw> {
    match slug {
        Some(slug) if !is_slug(&slug) => Err(Flaw::of(Field::Slug, slug_rule())),
        slug => Ok(slug),
    }
}

/// Apps have slugs as well as workflows, and theirs are not ours to name.
pub(crate) fn is_slug(text: &str) -> bool {
    (1..=MAX_SLUG_CHARS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

pub(crate) fn slug_rule() -> String {
    format!("A slug is 1 to {MAX_SLUG_CHARS} visible ASCII characters.")
}

/// A template belongs to the format `custom`, and to no other.
fn format(name: Option<&str>, template: Option<String>) -> Result<Format, Flaw> {
    let alone = |format, template: Option<String>| match template {
        None => Ok(format),
        Some(_) => Err(Flaw::of(
            Field::Template,
            "A template needs the format custom.",
        )),
    };
    match (name.unwrap_or("default"), template) {
        ("default", template) => alone(Format::Default, template),
        ("slack", template) => alone(Format::Slack, template),
        ("custom", None) => Err(Flaw::of(
            Field::Template,
            "The format custom needs a template.",
        )),
        ("custom", Some(template)) => payload::check_template(&template)
            .map(|()| Format::Custom(template))
            .map_err(|invalid| Flaw::of(Field::Template, format!("The template, {invalid}."))),
        _ => Err(Flaw::of(
            Field::Format,
            "The formats are default, slack and custom.",
        )),
    }
}

fn method(name: Option<&str>) -> Result<Method, Flaw> {
    name.map_or(Ok(Method::Post), Method::parse)
        .map_err(|error| Flaw::of(Field::Method, format!("{error}.")))
}

fn headers(headers: Vec<(String, String)>) -> Result<Vec<(String, String)>, Flaw> {
    if headers.len() > MAX_HEADERS {
        let reason = format!("Add at most {MAX_HEADERS} headers.");
        return Err(Flaw::of(Field::Headers, reason));
    }
    for (at, (name, value)) in headers.iter().enumerate() {
        let flaw = |reason: String| Flaw::of(Field::Headers, reason).at(At::Name(name.clone()));
        check_header(name, value).map_err(|error| flaw(format!("The header {error}.")))?;
        if value == NOT_SHOWN {
            return Err(flaw(format!(
                "{NOT_SHOWN} stands for a value that is not shown."
            )));
        }
        let mut before = headers.iter().take(at);
        if before.any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            return Err(flaw(
                "The header is there twice, in another case.".to_owned(),
            ));
        }
    }
    Ok(headers)
}
