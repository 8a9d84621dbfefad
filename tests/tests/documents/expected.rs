//! What a document says of an answer, and what may stand where it prints a value of its own.

use serde_json::Value;

/// What an answer may have where the document prints a value of its own.
#[derive(Clone, Copy)]
pub(crate) enum Pattern {
    /// An id with this prefix.
    Id(&'static str),
    /// A whole number of seconds, from 1.
    Seconds,
    /// Any text with letters in it.
    Text,
    /// An object with members.
    Object,
}

/// What a document says of an answer.
#[derive(Clone)]
pub(crate) struct Expected {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    pub(crate) body: Option<Value>,
    pub(crate) members: Vec<(&'static str, Value)>,
}

/// An answer with this status.
pub(crate) fn status(status: u16) -> Expected {
    Expected {
        status,
        headers: Vec::new(),
        body: None,
        members: Vec::new(),
    }
}

impl Expected {
    /// It has this header.
    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Its body is this JSON.
    pub(crate) fn prints(mut self, body: &str) -> Self {
        self.body = Some(serde_json::from_str(body).expect("the document prints JSON"));
        self
    }

    /// Its body has this member, among others.
    pub(crate) fn member(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.members.push((name, value.into()));
        self
    }
}

impl Pattern {
    pub(crate) fn matches(self, got: &Value) -> bool {
        match self {
            Self::Id(prefix) => got
                .as_str()
                .is_some_and(|id| id.len() > prefix.len() && id.starts_with(prefix)),
            Self::Seconds => {
                let of_text = || got.as_str()?.parse().ok();
                got.as_u64()
                    .or_else(of_text)
                    .is_some_and(|secs: u64| secs > 0)
            }
            Self::Text => got
                .as_str()
                .is_some_and(|text| text.chars().any(char::is_alphabetic)),
            Self::Object => got.as_object().is_some_and(|object| !object.is_empty()),
        }
    }
}

impl Expected {
    pub(crate) fn printed_body(&self) -> String {
        let members = self.members.iter();
        let members = members.map(|(name, value)| format!("{name}: {value}"));
        match &self.body {
            Some(body) => body.to_string(),
            None => members.collect::<Vec<_>>().join(", "),
        }
    }
}

impl Pattern {
    pub(crate) fn described(self) -> String {
        match self {
            Self::Id(prefix) => format!("an id, {prefix}…"),
            Self::Seconds => "a number of seconds".to_owned(),
            Self::Text => "a sentence".to_owned(),
            Self::Object => "an object".to_owned(),
        }
    }
}
