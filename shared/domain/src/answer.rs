//! An answer that the owner of a trigger chooses, or that an execution gives: status, content type, headers and body. A
//! stranger may write any of it, so only what cannot act on our origin passes. It does not know how it is sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The body of an answer, in bytes: 100 KB, as that of a webhook.
pub const MAX_ANSWER_BYTES: usize = 102_400;
/// Headers of an answer.
pub const MAX_ANSWER_HEADERS: usize = 20;
/// The value of a header, or the content type, in characters.
const MAX_ANSWER_HEADER_CHARS: usize = 1_024;

/// What an answer has where nothing else is chosen.
const DEFAULT_STATUS: u16 = 200;
/// The content type of a text.
const PLAIN_TEXT: &str = "text/plain; charset=utf-8";

/// Headers that an answer may have, besides those that begin with `x-`. None of them sets a cookie, speaks for the origin
/// (CORS, CSP), or changes how the answer travels.
const ALLOWED_HEADERS: [&str; 9] = [
    "cache-control",
    "content-disposition",
    "content-language",
    "etag",
    "expires",
    "last-modified",
    "retry-after",
    "webhook-allowed-origin",
    "webhook-allowed-rate",
];

/// Headers that begin with `x-` and yet mean something to browsers, caches or gateways.
const REFUSED_PREFIXES: [&str; 9] = [
    "x-accel-",
    "x-amz",
    "x-api-key",
    "x-content-",
    "x-dns-prefetch-",
    "x-forwarded-",
    "x-frame-",
    "x-permitted-",
    "x-xss-",
];

/// The parts of an answer, not checked yet. What is left out has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct AnswerParts {
    /// 200 by default.
    pub status: Option<u16>,
    /// That of plain text by default.
    pub content_type: Option<String>,
    /// By name.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Empty by default.
    #[serde(default)]
    pub body: String,
}

/// A checked answer. Names of headers are in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AnswerParts")]
pub struct Answer {
    status: u16,
    content_type: String,
    headers: BTreeMap<String, String>,
    body: String,
}

/// A part of an answer cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct InvalidAnswer {
    /// The part: `status`, `contentType`, `headers/NAME` or `body`.
    pub part: String,
    /// A sentence that says what it may be.
    pub reason: String,
}

impl Answer {
    /// Checks the parts of an answer.
    pub fn new(parts: AnswerParts) -> Result<Self, InvalidAnswer> {
        let status = parts.status.unwrap_or(DEFAULT_STATUS);
        if !matches!(status, 200..=299 | 400..=599) {
            let reason = "A status is 200 to 299 or 400 to 599.".to_owned();
            return Err(invalid("status", reason));
        }
        let content_type = parts.content_type.unwrap_or_else(|| PLAIN_TEXT.to_owned());
        if !is_content_type(&content_type) {
            let reason = "A content type is a type and a subtype, such as text/plain.".to_owned();
            return Err(invalid("contentType", reason));
        }
        let headers = headers(parts.headers)?;
        let has_no_body = matches!(status, 204 | 205);
        if has_no_body && !parts.body.is_empty() {
            return Err(invalid(
                "body",
                format!("An answer of {status} has no body."),
            ));
        }
        if parts.body.len() > MAX_ANSWER_BYTES {
            let reason = format!("The body of an answer has at most {MAX_ANSWER_BYTES} bytes.");
            return Err(invalid("body", reason));
        }
        Ok(Self {
            status,
            content_type,
            headers,
            body: parts.body,
        })
    }

    /// 200 to 299, or 400 to 599.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// With its parameters.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// Names, in lower case, with their values.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.headers.iter();
        headers.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The text.
    pub fn body(&self) -> &str {
        &self.body
    }
}

impl TryFrom<AnswerParts> for Answer {
    type Error = InvalidAnswer;

    fn try_from(parts: AnswerParts) -> Result<Self, InvalidAnswer> {
        Self::new(parts)
    }
}

/// Whether an answer may have the header, by its name in lower case.
fn is_allowed(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_custom = name.starts_with("x-")
        && name.len() > 2
        && name.len() <= 64
        && name.bytes().all(is_token)
        && !REFUSED_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix));
    is_custom || ALLOWED_HEADERS.contains(&name)
}

fn headers(given: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, InvalidAnswer> {
    if given.len() > MAX_ANSWER_HEADERS {
        let reason = format!("An answer has at most {MAX_ANSWER_HEADERS} headers.");
        return Err(invalid("headers", reason));
    }
    let mut headers = BTreeMap::new();
    for (name, value) in given {
        let lower = name.to_ascii_lowercase();
        let part = format!("headers/{name}");
        if !is_allowed(&lower) {
            let listed = ALLOWED_HEADERS.join(", ");
            let reason = format!("A header is one of {listed}, or a name of yours after x-.");
            return Err(invalid(&part, reason));
        }
        if !is_header_value(&value) {
            let reason = format!(
                "The value of a header is visible ASCII with spaces, of at most {MAX_ANSWER_HEADER_CHARS} characters."
            );
            return Err(invalid(&part, reason));
        }
        if headers.insert(lower, value).is_some() {
            return Err(invalid(&part, "A header is named once.".to_owned()));
        }
    }
    Ok(headers)
}

/// RFC 9110 section 8.3.1, as far as it is used: `type/subtype`, then parameters.
fn is_content_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    let is_token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    let is_essence = essence
        .split_once('/')
        .is_some_and(|(main, sub)| is_token(main) && is_token(sub));
    is_essence && is_header_value(text)
}

fn is_header_value(text: &str) -> bool {
    let is_text = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    text.len() <= MAX_ANSWER_HEADER_CHARS && text.trim() == text && text.bytes().all(is_text)
}

fn invalid(part: &str, reason: String) -> InvalidAnswer {
    InvalidAnswer {
        part: part.to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests;
