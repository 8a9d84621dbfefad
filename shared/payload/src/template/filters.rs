//! What a template can change a part by and ask of it: nothing that makes more than a little more than it was given.

use std::borrow::Cow;

use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, filters, tests as asked};

use super::json_text;
use crate::MAX_BODY_BYTES;

/// What a part can be changed by.
pub(super) const FILTERS: [&str; 20] = [
    "abs",
    "capitalize",
    "count",
    "d",
    "default",
    "first",
    "float",
    "int",
    "join",
    "last",
    "length",
    "lower",
    "replace",
    "round",
    "title",
    "tojson",
    "trim",
    "truncate",
    "upper",
    "urlencode",
];

/// What a part can be asked.
pub(super) const TESTS: [&str; 9] = [
    "defined",
    "false",
    "mapping",
    "none",
    "number",
    "sequence",
    "string",
    "true",
    "undefined",
];

/// An environment with nothing in it but these filters and tests.
pub(super) fn environment<'a>() -> Environment<'a> {
    let mut environment = Environment::empty();
    environment.add_filter("abs", filters::abs);
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("count", filters::length);
    environment.add_filter("d", filters::default);
    environment.add_filter("default", filters::default);
    environment.add_filter("first", filters::first);
    environment.add_filter("float", filters::float);
    environment.add_filter("int", filters::int);
    environment.add_filter("join", join);
    environment.add_filter("last", filters::last);
    environment.add_filter("length", filters::length);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("replace", replace);
    environment.add_filter("round", filters::round);
    environment.add_filter("title", filters::title);
    environment.add_filter("tojson", json_text::tojson);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("truncate", truncate);
    environment.add_filter("upper", filters::upper);
    environment.add_filter("urlencode", filters::urlencode);
    environment.add_test("defined", asked::is_defined);
    environment.add_test("false", asked::is_false);
    environment.add_test("mapping", asked::is_mapping);
    environment.add_test("none", asked::is_none);
    environment.add_test("number", asked::is_number);
    environment.add_test("sequence", asked::is_sequence);
    environment.add_test("string", asked::is_string);
    environment.add_test("true", asked::is_true);
    environment.add_test("undefined", asked::is_undefined);
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

fn within_bounds(bytes: usize) -> Result<(), Error> {
    if bytes <= MAX_BODY_BYTES {
        return Ok(());
    }
    let detail = format!("a filter makes at most {MAX_BODY_BYTES} bytes");
    Err(Error::new(ErrorKind::InvalidOperation, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_and_test_that_is_offered_is_there() {
        let environment = environment();
        let state = environment.empty_state();
        let value = [Value::from("1")];
        for name in FILTERS {
            let applied = state
                .apply_filter(name, &value)
                .map_err(|error| error.kind());
            assert_ne!(applied.err(), Some(ErrorKind::UnknownFilter), "{name}");
        }
        for name in TESTS {
            let tested = state
                .perform_test(name, &value)
                .map_err(|error| error.kind());
            assert_ne!(tested.err(), Some(ErrorKind::UnknownTest), "{name}");
        }
    }
}
