//! Values of an event in the body of a delivery. It follows the JSON that has been written, so that a value that stands in a
//! string of the template is escaped for it, and one that stands anywhere else is JSON of its own: neither can become a
//! part of the document around it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use minijinja::value::{Value, ValueKind};
use minijinja::{Error, Output};
use serde::de::IgnoredAny;

use super::values;
use crate::MAX_BODY_BYTES;

const OUTSIDE: u8 = 0;
const IN_STRING: u8 = 1;
/// In a string, right after a backslash.
const ESCAPED: u8 = 2;

/// Where in a JSON text the next byte goes. The body writes it, the formatter reads it.
#[derive(Debug, Default)]
pub(super) struct Place(AtomicU8);

impl Place {
    fn is_in_string(&self) -> bool {
        self.0.load(Ordering::Relaxed) != OUTSIDE
    }

    fn follow(&self, text: &[u8]) {
        let before = self.0.load(Ordering::Relaxed);
        let after = text.iter().fold(before, |place, byte| match (place, byte) {
            (OUTSIDE, b'"') | (ESCAPED, _) => IN_STRING,
            (IN_STRING, b'"') | (OUTSIDE, _) => OUTSIDE,
            (IN_STRING, b'\\') => ESCAPED,
            _ => IN_STRING,
        });
        self.0.store(after, Ordering::Relaxed);
    }
}

/// What has been written so far; it takes [`MAX_BODY_BYTES`].
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) is_full: bool,
    place: Arc<Place>,
}

impl Body {
    pub(super) fn new(place: &Arc<Place>) -> Self {
        Self {
            bytes: Vec::new(),
            is_full: false,
            place: Arc::clone(place),
        }
    }
}

impl io::Write for Body {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + text.len() > MAX_BODY_BYTES {
            self.is_full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(text);
        self.place.follow(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A value where JSON is written.
pub(super) fn json(out: &mut Output<'_>, place: &Place, value: &Value) -> Result<(), Error> {
    let written = match (place.is_in_string(), value.as_str()) {
        (true, Some(text)) => without_quotes(&quoted(text)),
        (true, None) => without_quotes(&quoted(&text_of(value)?)),
        // What the filter `tojson` made is JSON already.
        (false, Some(text)) if value.is_safe() && check(text.as_bytes()).is_ok() => text.to_owned(),
        (false, Some(text)) => quoted(text),
        (false, None) => text_of(value)?,
    };
    Ok(out.write_str(&written)?)
}

/// A value where no JSON is written: a string as it is, null as nothing, and anything else as its JSON.
pub(super) fn plain(out: &mut Output<'_>, value: &Value) -> Result<(), Error> {
    match (value.kind(), value.as_str()) {
        (_, Some(text)) => Ok(out.write_str(text)?),
        (ValueKind::None, None) => Ok(()),
        (_, None) => Ok(out.write_str(&text_of(value)?)?),
    }
}

/// The filter: a value as JSON, which is not quoted again.
pub(super) fn tojson(value: &Value) -> Result<Value, Error> {
    text_of(value).map(Value::from_safe_string)
}

/// Whether all of it is one JSON value.
pub(super) fn check(body: &[u8]) -> Result<(), serde_json::Error> {
    serde_json::from_slice::<IgnoredAny>(body).map(drop)
}

fn text_of(value: &Value) -> Result<String, Error> {
    values::to_json(value).map(|json| json.to_string())
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn without_quotes(quoted: &str) -> String {
    quoted
        .get(1..quoted.len() - 1)
        .unwrap_or_default()
        .to_owned()
}
