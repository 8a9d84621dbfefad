//! Where a request has the fields of app authorization: in headers of HAP, in the query, or among the fields of its body;
//! names count whatever their case. It does not know which values are right.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::event::body_fields;
use crate::{WebhookRequest, form, json_text};

/// A field of app authorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    AppKey,
    Sign,
    Timestamp,
}

impl Name {
    const ALL: [Self; 3] = [Self::AppKey, Self::Sign, Self::Timestamp];

    /// In lower case.
    fn header(self) -> &'static str {
        match self {
            Self::AppKey => "hap-appkey",
            Self::Sign => "hap-sign",
            Self::Timestamp => "hap-timestamp",
        }
    }

    /// In the query and in the body, in any case.
    fn parameter(self) -> &'static str {
        match self {
            Self::AppKey => "AppKey",
            Self::Sign => "Sign",
            Self::Timestamp => "Timestamp",
        }
    }

    fn is(self, text: &str) -> bool {
        text.eq_ignore_ascii_case(self.parameter())
    }
}

struct Field {
    name: Name,
    value: String,
    is_in_body: bool,
}

/// The fields that a request has, each once.
pub(super) struct Fields(Vec<Field>);

impl Fields {
    /// Without white space around it.
    pub(super) fn value(&self, name: Name) -> Option<&str> {
        let found = self.0.iter().find(|field| field.name == name);
        found.map(|field| field.value.trim())
    }

    fn take(&mut self, is_in_body: bool, read: impl Fn(Name) -> Option<String>) {
        for name in Name::ALL {
            if self.value(name).is_none() {
                let value = read(name);
                self.0.extend(value.map(|value| Field {
                    name,
                    value,
                    is_in_body,
                }));
            }
        }
    }
}

/// The headers come first, because no sender has them for anything else, then the query, then the body.
pub(super) fn find(request: &WebhookRequest) -> Fields {
    let mut found = Fields(Vec::new());
    found.take(false, |name| {
        request.header(name.header()).map(str::to_owned)
    });
    found.take(false, |name| {
        let mut query = request.query.iter();
        let pair = query.find(|(parameter, _)| name.is(parameter));
        pair.map(|(_, value)| value.clone())
    });
    if found.0.len() < Name::ALL.len() {
        let body = body_fields(request);
        found.take(true, |name| {
            let (_, value) = body.iter().find(|(field, _)| name.is(field))?;
            text(value)
        });
    }
    found
}

/// A timestamp may be a number. Anything else is no value of a field of app authorization.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The request without the `AppKey` and `Sign` that its body has, as it may be stored. Those elsewhere are removed from every
/// request ([`WebhookRequest::without_credentials`]). A timestamp is no credential.
#[must_use]
pub fn without_app_credentials(request: WebhookRequest) -> WebhookRequest {
    let found = find(&request);
    let secrets: Vec<Name> = found
        .0
        .iter()
        .filter(|field| field.is_in_body && field.name != Name::Timestamp)
        .map(|field| field.name)
        .collect();
    if secrets.is_empty() {
        return request;
    }
    let is_secret = |text: &str| secrets.iter().any(|name| name.is(text));
    let body = match form::is_form(&request) {
        true => without_pairs(&request.body, is_secret),
        false => without_members(body_fields(&request), is_secret),
    };
    WebhookRequest { body, ..request }
}

fn without_members(mut fields: Map<String, Value>, is_secret: impl Fn(&str) -> bool) -> Vec<u8> {
    fields.retain(|name, _| !is_secret(name));
    Value::Object(fields).to_string().into_bytes()
}

/// The other pairs stay as they are written.
fn without_pairs(body: &[u8], is_secret: impl Fn(&str) -> bool) -> Vec<u8> {
    let kept: Vec<&[u8]> = json_text::without_mark(body)
        .split(|byte| *byte == b'&')
        .filter(|pair| {
            let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
            let name = String::from_utf8_lossy(name).replace('+', " ");
            !is_secret(&percent_decode_str(&name).decode_utf8_lossy())
        })
        .collect();
    kept.join(&b'&')
}
