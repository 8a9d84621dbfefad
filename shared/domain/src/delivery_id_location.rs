//! Where the owner of a trigger says that a sender's delivery id is: a header, or a place in a JSON body. It does not know
//! what a delivery id may look like.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::WebhookRequest;
use crate::request::is_secret_header;

/// The name of a header, in characters.
const MAX_HEADER_CHARS: usize = 64;
/// A path, in bytes.
pub const MAX_DELIVERY_ID_PATH_BYTES: usize = 200;

/// One place, in a form that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum DeliveryIdLocation {
    /// A header, by its name in lower case.
    Header(String),
    /// A place in the body.
    Path(JsonPath),
}

/// A path of names and indexes, such as `$.data.items[0]['event-id']`: what RFC 9535 calls a singular query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPath {
    text: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
}

/// A location as it is stored.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Written {
    Header(String),
    Path(String),
}

/// A text is no place of a delivery id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDeliveryIdLocation {
    /// The header's name is malformed, or it is one that carries a credential.
    #[error(
        "a header is a name of 1 to {MAX_HEADER_CHARS} letters, digits, - and _, and none that carries a credential"
    )]
    Header,
    /// The path is malformed.
    #[error(
        "a path is names and indexes, such as $.data.items[0].id, in at most {MAX_DELIVERY_ID_PATH_BYTES} bytes"
    )]
    Path,
}

impl DeliveryIdLocation {
    /// A header, whatever the case of its name.
    pub fn header(name: &str) -> Result<Self, InvalidDeliveryIdLocation> {
        let name = name.to_ascii_lowercase();
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let is_name = (1..=MAX_HEADER_CHARS).contains(&name.len()) && name.bytes().all(is_part);
        if !is_name || is_secret_header(&name) {
            return Err(InvalidDeliveryIdLocation::Header);
        }
        Ok(Self::Header(name))
    }

    /// A place in the body.
    pub fn path(text: &str) -> Result<Self, InvalidDeliveryIdLocation> {
        let path = JsonPath::parse(text).ok_or(InvalidDeliveryIdLocation::Path)?;
        Ok(Self::Path(path))
    }

    /// What is there: a text, or a number as it is written. `None` where there is nothing, or something else.
    pub(crate) fn find(&self, request: &WebhookRequest) -> Option<String> {
        match self {
            Self::Header(name) => request.header(name).map(str::to_owned),
            Self::Path(path) => {
                let body = crate::read_json(&request.body).ok()?;
                match path.find(&body)? {
                    Value::String(text) => Some(text.clone()),
                    Value::Number(number) => Some(number.to_string()),
                    Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
                }
            }
        }
    }
}

impl JsonPath {
    /// The text, as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_DELIVERY_ID_PATH_BYTES {
            return None;
        }
        let mut rest = text.strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = next(rest)?;
            steps.push(step);
            rest = after;
        }
        (!steps.is_empty()).then(|| Self {
            text: text.to_owned(),
            steps,
        })
    }

    fn find<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.steps.iter().try_fold(value, |value, step| match step {
            Step::Name(name) => value.as_object()?.get(name),
            Step::Index(index) => value.as_array()?.get(*index),
        })
    }
}

/// `.name`, `[0]`, `['name']` or `["name"]`, and what follows it.
fn next(text: &str) -> Option<(Step, &str)> {
    if let Some(rest) = text.strip_prefix('.') {
        let is_part = |part: char| part.is_alphanumeric() || part == '_';
        let end = rest.find(|part| !is_part(part)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let begins = |first: char| first.is_alphabetic() || first == '_';
        return name
            .starts_with(begins)
            .then(|| (Step::Name(name.to_owned()), after));
    }
    let rest = text.strip_prefix('[')?;
    let quote = rest
        .chars()
        .next()
        .filter(|first| matches!(first, '\'' | '"'));
    let Some(quote) = quote else {
        let (digits, after) = rest.split_once(']')?;
        let is_index = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let index = digits.parse().ok().filter(|_| is_index)?;
        return Some((Step::Index(index), after));
    };
    let (name, after) = rest[1..].split_once(quote)?;
    let after = after.strip_prefix(']')?;
    let is_plain = !name.contains('\\');
    is_plain.then(|| (Step::Name(name.to_owned()), after))
}

impl TryFrom<Written> for DeliveryIdLocation {
    type Error = InvalidDeliveryIdLocation;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        match written {
            Written::Header(name) => Self::header(&name),
            Written::Path(text) => Self::path(&text),
        }
    }
}

impl From<DeliveryIdLocation> for Written {
    fn from(location: DeliveryIdLocation) -> Self {
        match location {
            DeliveryIdLocation::Header(name) => Self::Header(name),
            DeliveryIdLocation::Path(path) => Self::Path(path.text),
        }
    }
}

#[cfg(test)]
mod tests;
