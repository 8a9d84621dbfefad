//! Inserts values of an event into the body of a delivery. It follows the JSON that was written so far: a value inside
//! a JSON string of the template is escaped, and a value anywhere else is written as JSON. So no value can change the
//! structure of the document.

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
/// In a string, after a backslash.
const ESCAPED: u8 = 2;

/// Whether the next byte of a JSON text is inside a string. The body updates it; the formatter reads it.
#[derive(Debug, Default)]
pub(super) struct JsonPosition(AtomicU8);

impl JsonPosition {
    fn is_in_string(&self) -> bool {
        self.0.load(Ordering::Relaxed) != OUTSIDE
    }

    fn follow(&self, text: &[u8]) {
        let before = self.0.load(Ordering::Relaxed);
        let after = text.iter().fold(before, |state, byte| match (state, byte) {
            (OUTSIDE, b'"') | (ESCAPED, _) => IN_STRING,
            (IN_STRING, b'"') | (OUTSIDE, _) => OUTSIDE,
            (IN_STRING, b'\\') => ESCAPED,
            _ => IN_STRING,
        });
        self.0.store(after, Ordering::Relaxed);
    }
}

/// The body as far as it is rendered: at most [`MAX_BODY_BYTES`].
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) is_full: bool,
    position: Arc<JsonPosition>,
}

impl Body {
    pub(super) fn new(position: &Arc<JsonPosition>) -> Self {
        Self {
            bytes: Vec::new(),
            is_full: false,
            position: Arc::clone(position),
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
        self.position.follow(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Inserts a value into a JSON body.
pub(super) fn json(
    out: &mut Output<'_>,
    position: &JsonPosition,
    value: &Value,
) -> Result<(), Error> {
    let written = match (position.is_in_string(), value.as_str()) {
        (true, Some(text)) => without_quotes(&quoted(text)),
        (true, None) => without_quotes(&quoted(&text_of(value)?)),
        // The filter `tojson` has made it JSON.
        (false, Some(text)) if value.is_safe() && check(text.as_bytes()).is_ok() => text.to_owned(),
        (false, Some(text)) => quoted(text),
        (false, None) => text_of(value)?,
    };
    Ok(out.write_str(&written)?)
}

/// Inserts a value into another body: a string unchanged, null as nothing, and anything else as JSON.
pub(super) fn plain(out: &mut Output<'_>, value: &Value) -> Result<(), Error> {
    match (value.kind(), value.as_str()) {
        (_, Some(text)) => Ok(out.write_str(text)?),
        (ValueKind::None, None) => Ok(()),
        (_, None) => Ok(out.write_str(&text_of(value)?)?),
    }
}

/// The filter `tojson`: a value as JSON, which is not escaped again.
pub(super) fn tojson(value: &Value) -> Result<Value, Error> {
    text_of(value).map(Value::from_safe_string)
}

/// Checks that the whole body is one JSON value.
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
