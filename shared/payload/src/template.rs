//! Templates of orgs: Jinja, as `minijinja` has it, cut down to placing parts of an event. It does not know which
//! subscription a template belongs to, but for its form and headers.
//!
//! Whoever writes a template is a stranger, and so is whoever filled the event. A template can reach the event and nothing
//! else; what it may do is an allow-list (`allowed.rs`), because fuel counts steps and not how much one step makes; what its
//! filters read and make is counted apart (`meter.rs`). So a rendering ends within 100 ms, whatever it says, and needs no
//! thread of its own. And what the event holds stays what it is: in a template of JSON a string cannot end the string that
//! it stands in (`json_text.rs`).

mod allowed;
mod filters;
mod json_text;
mod meter;
mod values;

use std::sync::Arc;

use domain::outbound::{Event, Subscription};
use minijinja::value::{Enumerator, Object, Value};
use minijinja::{Environment, ErrorKind, UndefinedBehavior, context};

use crate::{JSON, Payload, RenderError, document};
use json_text::{Body, Place};

/// The longest template, in bytes: 32 KB.
pub const MAX_TEMPLATE_BYTES: usize = 32_768;

/// Instructions of one rendering. A loop over 1,000 things that places five parts of each takes about 15,000.
const FUEL: u64 = 20_000;

const NAME: &str = "template";

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct InvalidTemplate {
    /// From 1.
    pub line: usize,
    pub reason: String,
}

/// Whether a text can be a subscription's template: it parses, and does only what templates may. Whether a part that it
/// asks for is there, only an event can tell.
pub fn check_template(text: &str) -> Result<(), InvalidTemplate> {
    allowed::check(text)?;
    let mut environment = filters::environment(&Arc::default());
    compile(&mut environment, text)
}

/// Fills a template with an event.
///
/// The body is JSON where the subscription's own `Content-Type` says so, or, without one, where the template begins
/// like JSON or is nothing but tags. Then `{{ part }}` is the JSON of the part, quotes and all, or within a string of the
/// template the text of the part, escaped; and the whole must come out as JSON. Otherwise strings stand as they are.
pub(crate) fn render(
    text: &str,
    subscription: &Subscription,
    event: &Event,
) -> Result<Payload, RenderError> {
    allowed::check(text)?;
    let is_json = is_json(text, subscription);
    let place = Arc::new(Place::default());
    let mut environment = filters::environment(&Arc::default());
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    if is_json {
        let place = Arc::clone(&place);
        environment.set_formatter(move |out, _, value| json_text::json(out, &place, value));
    } else {
        environment.set_formatter(|out, _, value| json_text::plain(out, value));
    }
    compile(&mut environment, text)?;
    let mut body = Body::new(&place);
    let template = environment.get_template(NAME).map_err(failed)?;
    let filled =
        template.render_captured_to(context! { event => whole(subscription, event) }, &mut body);
    if body.is_full {
        return Err(RenderError::TooLarge);
    }
    filled.map_err(failed)?;
    finish(body.bytes, is_json)
}

fn finish(body: Vec<u8>, is_json: bool) -> Result<Payload, RenderError> {
    if !is_json {
        return Ok(Payload {
            content_type: "text/plain; charset=utf-8",
            body,
        });
    }
    json_text::check(&body).map_err(|error| RenderError::NotJson(error.to_string()))?;
    Ok(Payload {
        content_type: JSON,
        body,
    })
}

fn compile<'a>(environment: &mut Environment<'a>, text: &'a str) -> Result<(), InvalidTemplate> {
    environment
        .add_template(NAME, text)
        .map_err(|error| invalid(&error))
}

fn invalid(error: &minijinja::Error) -> InvalidTemplate {
    InvalidTemplate {
        line: error.line().unwrap_or(1),
        reason: reason(error),
    }
}

fn failed(error: minijinja::Error) -> RenderError {
    match error.kind() {
        ErrorKind::OutOfFuel => RenderError::TooLong,
        _ => RenderError::Fill {
            line: error.line(),
            reason: reason(&error),
        },
    }
}

/// What an error says without its place.
fn reason(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

fn is_json(text: &str, subscription: &Subscription) -> bool {
    let headers = &subscription.headers;
    let chosen = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    match chosen {
        Some((_, value)) => {
            let media_type = value.split(';').next().unwrap_or_default();
            let media_type = media_type.trim().to_ascii_lowercase();
            media_type == JSON || media_type.ends_with("+json")
        }
        None => allowed::first_letter(text).is_none_or(|first| matches!(first, '{' | '[' | '"')),
    }
}

/// The event in its subscription's form. `event.data` is there in every form, and shown in the native one alone.
fn whole(subscription: &Subscription, event: &Event) -> Value {
    let shown = document::of(subscription.form, event);
    Value::from_object(Whole {
        shown: values::from_json(&shown),
        data: values::from_json(&event.data),
    })
}

#[derive(Debug)]
struct Whole {
    shown: Value,
    data: Value,
}

impl Object for Whole {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let shown = self.shown.get_item(key).ok();
        let shown = shown.filter(|part| !part.is_undefined());
        shown.or_else(|| (key.as_str() == Some("data")).then(|| self.data.clone()))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.shown
            .try_iter()
            .map_or(Enumerator::Empty, |keys| Enumerator::Values(keys.collect()))
    }
}
