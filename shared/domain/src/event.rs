//! The event that a workflow gets as its input, read from the stored request. The same bytes give the same event, so a
//! replay needs nothing but the request.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::parameter::read_field;
use crate::{WebhookRequest, charset, form, json_check, json_text};

/// The field of an event that holds a body which is no object.
const BODY: &str = "body";
/// The field that says how `body` is encoded.
const BODY_ENCODING: &str = "bodyEncoding";
/// The field that says that characters of the body were replaced, because they could not be read.
const BODY_REPAIRED: &str = "bodyRepaired";

/// The body does not parse under its content type.
#[derive(Clone, Debug, thiserror::Error)]
pub enum UnreadableBody {
    /// It has a JSON content type, and is not JSON.
    #[error("the body is not valid JSON: {0}")]
    Json(#[source] Arc<serde_json::Error>),
    /// It is compressed, by this content encoding.
    #[error("the body is compressed ({0}); send it uncompressed")]
    Compressed(String),
    /// It is JSON, and not of the shape that the trigger's profile takes; the sentence says which.
    #[error("{0}")]
    Shape(&'static str),
}

impl From<serde_json::Error> for UnreadableBody {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(Arc::new(error))
    }
}

/// Body rules: a JSON object is the event itself, and any other JSON goes under `body`; forms and the query of a `GET`
/// become fields, and a form keeps its text under `body`; everything else is text under `body`, or base64 with
/// `bodyEncoding` where it is no text. `bodyRepaired` is `true` where characters had to be replaced. `triggeredAt` and
/// `source` are added, unless the sender has such a field. Parameters that are kept with the request are read as the types
/// that they have. The input that another workflow gave is taken as it is.
///
/// # Errors
/// The body does not parse under its content type.
pub fn event(request: &WebhookRequest) -> Result<Value, UnreadableBody> {
    if request.is_run() {
        return serde_json::from_slice(&request.body).map_err(UnreadableBody::from);
    }
    let Fields {
        fields: mut event,
        is_text,
    } = fields(request)?;
    for field in &request.parameters {
        read_field(&mut event, request, is_text, field);
    }
    event
        .entry("triggeredAt")
        .or_insert_with(|| Value::String(request.received_at.to_string()));
    event
        .entry("source")
        .or_insert_with(|| Value::String("webhook".to_owned()));
    Ok(Value::Object(event))
}

/// Whether [`event`] will succeed for a webhook, found out without building the event.
///
/// # Errors
/// The same as those of [`event`].
pub fn check_event(request: &WebhookRequest) -> Result<(), UnreadableBody> {
    match content(request)? {
        Content::Json(text) => json_text::read_with(&text, json_check::check)
            .map(|_| ())
            .map_err(UnreadableBody::from),
        Content::Query | Content::Empty | Content::Form | Content::Raw => Ok(()),
    }
}

/// The fields of an object or of a form in a body; none where the body is neither, or cannot be read.
pub(crate) fn body_fields(request: &WebhookRequest) -> Map<String, Value> {
    let read = match content(request) {
        Ok(Content::Json(text)) => {
            let read =
                |text: &[u8]| json_check::check(text).and_then(|()| serde_json::from_slice(text));
            json_text::read_with(&text, read).map_or(Value::Null, |read| read.value)
        }
        Ok(Content::Form) => Value::Object(from_pairs(form::read(request).fields.into_iter())),
        Ok(Content::Query | Content::Empty | Content::Raw) | Err(_) => Value::Null,
    };
    match read {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The body as one text, base64 where it is none; `None` where there is no body, or it is compressed.
pub(crate) fn body_text(request: &WebhookRequest) -> Option<String> {
    match content(request) {
        Ok(Content::Query | Content::Empty) | Err(_) => None,
        Ok(Content::Json(_) | Content::Form | Content::Raw) => match from_raw(request).remove(BODY)
        {
            Some(Value::String(text)) => Some(text),
            _ => None,
        },
    }
}

/// Where the fields of an event come from.
enum Content<'r> {
    Query,
    Empty,
    Json(Cow<'r, [u8]>),
    Form,
    Raw,
}

fn content(request: &WebhookRequest) -> Result<Content<'_>, UnreadableBody> {
    if request.method == "GET" {
        return Ok(Content::Query);
    }
    if let Some(encoding) = compression(request) {
        return Err(UnreadableBody::Compressed(encoding.to_owned()));
    }
    if json_text::without_mark(&request.body)
        .trim_ascii()
        .is_empty()
    {
        return Ok(Content::Empty);
    }
    Ok(match request.media_type().as_deref() {
        Some(kind) if is_json(kind) => Content::Json(json_bytes(request)),
        Some(form::MEDIA_TYPE) => Content::Form,
        Some(_) | None => Content::Raw,
    })
}

/// The fields of an event, without those that are added.
pub(crate) struct Fields {
    pub(crate) fields: Map<String, Value>,
    /// Whether every value is a text or a list of texts, because it comes from a form or a query.
    pub(crate) is_text: bool,
}

pub(crate) fn fields(request: &WebhookRequest) -> Result<Fields, UnreadableBody> {
    let (fields, is_text) = match content(request)? {
        Content::Query => (from_pairs(request.query.iter().cloned()), true),
        Content::Empty => (Map::new(), false),
        Content::Json(text) => (from_json(&text)?, false),
        Content::Form => (from_form(form::read(request)), true),
        Content::Raw => (from_raw(request), true),
    };
    Ok(Fields { fields, is_text })
}

/// The fields that the sender chose: without the text of a form, and without notes about the body.
pub(crate) fn own_fields(request: &WebhookRequest) -> Result<Map<String, Value>, UnreadableBody> {
    match content(request)? {
        Content::Form => Ok(from_pairs(form::read(request).fields.into_iter())),
        Content::Query | Content::Empty | Content::Json(_) | Content::Raw => {
            let mut fields = fields(request)?.fields;
            fields.retain(|name, _| name != BODY_REPAIRED && name != BODY_ENCODING);
            Ok(fields)
        }
    }
}

fn compression(request: &WebhookRequest) -> Option<&str> {
    request
        .header("content-encoding")
        .map(str::trim)
        .filter(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity"))
}

/// `application/json`, and every other way of saying it that senders have: `text/json`, `application/x-json`, `json`,
/// any `+json` type.
fn is_json(media_type: &str) -> bool {
    let subtype = media_type.rsplit('/').next().unwrap_or_default().trim();
    matches!(subtype, "json" | "x-json") || subtype.ends_with("+json")
}

/// JSON is UTF-8 (RFC 8259 section 8.1); a body that is not is read in the encoding that it declares.
fn json_bytes(request: &WebhookRequest) -> Cow<'_, [u8]> {
    let body = request.body.as_slice();
    if std::str::from_utf8(body).is_ok() {
        return Cow::Borrowed(body);
    }
    let declared = charset::declared(request.header("content-type").unwrap_or_default());
    let decoded = charset::decode(body, declared);
    match decoded.was_repaired {
        true => Cow::Borrowed(body),
        false => Cow::Owned(decoded.text.into_owned().into_bytes()),
    }
}

fn from_json(text: &[u8]) -> Result<Map<String, Value>, UnreadableBody> {
    let read = json_text::read_with(text, |text| serde_json::from_slice(text))
        .map_err(UnreadableBody::from)?;
    let mut fields = match read.value {
        Value::Object(fields) => fields,
        other => Map::from_iter([(BODY.to_owned(), other)]),
    };
    note_repair(&mut fields, read.was_repaired);
    Ok(fields)
}

fn from_form(form: form::Form) -> Map<String, Value> {
    let mut fields = from_pairs(form.fields.into_iter());
    fields.entry(BODY).or_insert(Value::String(form.text));
    note_repair(&mut fields, form.was_repaired);
    fields
}

/// Text in its declared encoding; bytes that are none of it are kept as base64, so that nothing is lost.
fn from_raw(request: &WebhookRequest) -> Map<String, Value> {
    let declared = charset::declared(request.header("content-type").unwrap_or_default());
    let decoded = charset::decode(&request.body, declared);
    if decoded.was_repaired {
        return Map::from_iter([
            (BODY.to_owned(), STANDARD.encode(&request.body).into()),
            (BODY_ENCODING.to_owned(), "base64".into()),
        ]);
    }
    Map::from_iter([(BODY.to_owned(), Value::String(decoded.text.into_owned()))])
}

fn note_repair(fields: &mut Map<String, Value>, was_repaired: bool) {
    if was_repaired {
        fields.entry(BODY_REPAIRED).or_insert(Value::Bool(true));
    }
}

/// A name that occurs once is a string, one that occurs more often a list of strings.
fn from_pairs(pairs: impl Iterator<Item = (String, String)>) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in pairs {
        match fields.get_mut(&name) {
            None => {
                fields.insert(name, Value::String(value));
            }
            Some(Value::Array(values)) => values.push(Value::String(value)),
            Some(first) => *first = Value::Array(vec![first.take(), Value::String(value)]),
        }
    }
    fields
}

#[cfg(test)]
mod tests;
