//! The filters and tests of templates. None produces more text than a body may have, and the meter of the rendering
//! counts all of it.

use std::borrow::Cow;
use std::sync::Arc;

use minijinja::value::{StringInput, Value};
use minijinja::{Environment, Error, filters, tests};

use super::json_text;
use super::meter::{Meter, within_bounds};

/// The name of a filter or test, and the function itself.
pub(super) type NamedFunction = (&'static str, fn() -> Value);

/// The filters.
pub(super) const FILTERS: [NamedFunction; 20] = [
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

/// The tests.
pub(super) const TESTS: [NamedFunction; 16] = [
    ("defined", || Value::from_function(tests::is_defined)),
    ("eq", || Value::from_function(tests::is_eq)),
    ("false", || Value::from_function(tests::is_false)),
    ("ge", || Value::from_function(tests::is_ge)),
    ("gt", || Value::from_function(tests::is_gt)),
    ("in", || Value::from_function(tests::is_in)),
    ("le", || Value::from_function(tests::is_le)),
    ("lt", || Value::from_function(tests::is_lt)),
    ("mapping", || Value::from_function(tests::is_mapping)),
    ("ne", || Value::from_function(tests::is_ne)),
    ("none", || Value::from_function(tests::is_none)),
    ("number", || Value::from_function(tests::is_number)),
    ("sequence", || Value::from_function(tests::is_sequence)),
    ("string", || Value::from_function(tests::is_string)),
    ("true", || Value::from_function(tests::is_true)),
    ("undefined", || Value::from_function(tests::is_undefined)),
];

/// An environment with these filters and tests, and nothing else.
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

/// Joins values with a separator.
fn join(values: &Value, separator: Option<Cow<'_, str>>) -> Result<Value, Error> {
    let mut joined = String::new();
    for (index, value) in values.try_iter()?.enumerate() {
        if index > 0 {
            joined.push_str(separator.as_deref().unwrap_or_default());
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
    let count = text.matches(old.as_ref()).count();
    within_bounds(text.len().saturating_add(count.saturating_mul(new.len())))?;
    Ok(text.replace(old.as_ref(), &new))
}

/// The first characters, 255 by default, and an ellipsis in place of the others.
fn truncate(text: Cow<'_, str>, chars: Option<usize>) -> String {
    let chars = chars.unwrap_or(255);
    match text.char_indices().nth(chars) {
        None => text.into_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// Capitalizes each word. The filter of the library formats each letter by itself, which takes ten times as long.
fn title(text: Cow<'_, str>) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut starts_word = true;
    for letter in text.chars() {
        let ends_word = letter.is_ascii_punctuation() || letter.is_whitespace();
        match (ends_word, starts_word) {
            (true, _) => titled.push(letter),
            (false, true) => titled.extend(letter.to_uppercase()),
            (false, false) => titled.extend(letter.to_lowercase()),
        }
        starts_word = ends_word;
    }
    titled
}

/// Removes white space, or the given characters, at both ends. The filter of the library searches the given characters
/// one by one for each character of the text.
fn trim(value: StringInput<'_>, removed: Option<Cow<'_, str>>) -> Value {
    let text = value.as_str();
    let trimmed = match removed {
        None => text.trim(),
        Some(removed) => {
            let mut removed: Vec<char> = removed.chars().collect();
            removed.sort_unstable();
            text.trim_matches(|letter| removed.binary_search(&letter).is_ok())
        }
    };
    value.preserve_safety(trimmed.to_owned())
}
