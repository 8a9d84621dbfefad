//! What a template can change a part by and ask of it. Nothing makes more than a body's worth of text, and all of it passes
//! the rendering's meter.

use std::borrow::Cow;
use std::sync::Arc;

use minijinja::value::{StringInput, Value};
use minijinja::{Environment, Error, filters, tests as asked};

use super::json_text;
use super::meter::{Meter, within_bounds};

/// A filter or test by its name.
pub(super) type Offered = (&'static str, fn() -> Value);

/// What a part can be changed by.
pub(super) const FILTERS: [Offered; 20] = [
    ("abs", || Value::from_function(filters::abs)),
    ("capitalize", || Value::from_function(filters::capitalize)),
    ("count", || Value::from_function(filters::length)),
    ("d", || Value::from_function(filters::default)),
    ("default", || Value::from_function(filters::default)),
    ("first", || Value::from_function(filters::first)),
    ("float", || Value::from_function(filters::float)),
    ("int", || Value::from_function(filters::int)),
    ("join", || Value::from_function(join)),
    ("last", || Value::from_function(filters::last)),
    ("length", || Value::from_function(filters::length)),
    ("lower", || Value::from_function(filters::lower)),
    ("replace", || Value::from_function(replace)),
    ("round", || Value::from_function(filters::round)),
    ("title", || Value::from_function(title)),
    ("tojson", || Value::from_function(json_text::tojson)),
    ("trim", || Value::from_function(trim)),
    ("truncate", || Value::from_function(truncate)),
    ("upper", || Value::from_function(filters::upper)),
    ("urlencode", || Value::from_function(filters::urlencode)),
];

/// What a part can be asked.
pub(super) const TESTS: [Offered; 16] = [
    ("defined", || Value::from_function(asked::is_defined)),
    ("eq", || Value::from_function(asked::is_eq)),
    ("false", || Value::from_function(asked::is_false)),
    ("ge", || Value::from_function(asked::is_ge)),
    ("gt", || Value::from_function(asked::is_gt)),
    ("in", || Value::from_function(asked::is_in)),
    ("le", || Value::from_function(asked::is_le)),
    ("lt", || Value::from_function(asked::is_lt)),
    ("mapping", || Value::from_function(asked::is_mapping)),
    ("ne", || Value::from_function(asked::is_ne)),
    ("none", || Value::from_function(asked::is_none)),
    ("number", || Value::from_function(asked::is_number)),
    ("sequence", || Value::from_function(asked::is_sequence)),
    ("string", || Value::from_function(asked::is_string)),
    ("true", || Value::from_function(asked::is_true)),
    ("undefined", || Value::from_function(asked::is_undefined)),
];

/// An environment with nothing in it but these filters and tests.
pub(super) fn environment<'a>(meter: &Arc<Meter>) -> Environment<'a> {
    let mut environment = Environment::empty();
    for (name, filter) in FILTERS {
        environment.add_filter(name, meter.metered(filter()));
    }
    for (name, test) in TESTS {
        environment.add_test(name, meter.metered(test()));
    }
    environment
}

/// Strings and numbers with something between them.
fn join(values: &Value, between: Option<Cow<'_, str>>) -> Result<Value, Error> {
    let mut joined = String::new();
    for (at, value) in values.try_iter()?.enumerate() {
        if at > 0 {
            joined.push_str(between.as_deref().unwrap_or_default());
        }
        match value.as_str() {
            Some(text) => joined.push_str(text),
            None => joined.push_str(&value.to_string()),
        }
        within_bounds(joined.len())?;
    }
    Ok(Value::from(joined))
}

fn replace(text: Cow<'_, str>, old: Cow<'_, str>, new: Cow<'_, str>) -> Result<String, Error> {
    if old.is_empty() {
        return Ok(text.into_owned());
    }
    let times = text.matches(old.as_ref()).count();
    within_bounds(text.len().saturating_add(times.saturating_mul(new.len())))?;
    Ok(text.replace(old.as_ref(), &new))
}

/// The first characters, 255 of them without a number, and an ellipsis in place of the rest.
fn truncate(text: Cow<'_, str>, chars: Option<usize>) -> String {
    let chars = chars.unwrap_or(255);
    match text.char_indices().nth(chars) {
        None => text.into_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// Each word with a capital letter first. The library's own formats letter by letter, which takes ten times as long.
fn title(text: Cow<'_, str>) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut begins = true;
    for letter in text.chars() {
        let ends_word = letter.is_ascii_punctuation() || letter.is_whitespace();
        match (ends_word, begins) {
            (true, _) => titled.push(letter),
            (false, true) => titled.extend(letter.to_uppercase()),
            (false, false) => titled.extend(letter.to_lowercase()),
        }
        begins = ends_word;
    }
    titled
}

/// Without spaces, or the characters that are given, at both ends. The library's own looks through all of these for each
/// character of the text.
fn trim(value: StringInput<'_>, outer: Option<Cow<'_, str>>) -> Value {
    let text = value.as_str();
    let trimmed = match outer {
        None => text.trim(),
        Some(outer) => {
            let mut outer: Vec<char> = outer.chars().collect();
            outer.sort_unstable();
            text.trim_matches(|letter| outer.binary_search(&letter).is_ok())
        }
    };
    value.preserve_safety(trimmed.to_owned())
}
