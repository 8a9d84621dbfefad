//! Writes JSON values as YAML 1.2: mappings and lists as blocks, texts of several lines as literals, and every other text that
//! could be read as something else in quotes. Numbers keep every digit.

use serde_json::Value;

/// A document, with a line break at its end.
pub(super) fn document(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => mapping(&mut text, value, 0),
        Value::Array(items) if !items.is_empty() => list(&mut text, items, 0),
        other => {
            text.push_str(&scalar(other));
            text.push('\n');
        }
    }
    text
}

fn mapping(text: &mut String, value: &Value, depth: usize) {
    let Value::Object(map) = value else { return };
    for (index, (key, value)) in map.iter().enumerate() {
        // The first key of a mapping in a list stands after its dash.
        if index > 0 || !text.ends_with("- ") {
            indent(text, depth);
        }
        text.push_str(&plain_or_quoted(key));
        text.push(':');
        member(text, value, depth);
    }
}

fn list(text: &mut String, items: &[Value], depth: usize) {
    for item in items {
        indent(text, depth);
        text.push_str("- ");
        match item {
            Value::Object(map) if !map.is_empty() => mapping(text, item, depth + 1),
            Value::Array(inner) if !inner.is_empty() => {
                text.pop();
                text.push('\n');
                list(text, inner, depth + 1);
            }
            other => {
                text.push_str(&block_or_scalar(other, depth + 1));
                text.push('\n');
            }
        }
    }
}

fn member(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            text.push('\n');
            mapping(text, value, depth + 1);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            list(text, items, depth + 1);
        }
        other => {
            text.push(' ');
            text.push_str(&block_or_scalar(other, depth + 1));
            text.push('\n');
        }
    }
}

/// A text of several lines becomes a literal where one can hold it.
fn block_or_scalar(value: &Value, depth: usize) -> String {
    let Value::String(text) = value else {
        return scalar(value);
    };
    let fits = text.contains('\n')
        && !text.starts_with([' ', '\n', '\t'])
        && !text.ends_with("\n\n")
        && text.chars().all(|c| c == '\n' || !needs_escape(c))
        && text.lines().all(|line| !line.ends_with(' '));
    if !fits {
        return scalar(value);
    }
    let mut result = String::from(if text.ends_with('\n') { "|" } else { "|-" });
    for line in text.lines() {
        result.push('\n');
        if !line.is_empty() {
            indent(&mut result, depth);
            result.push_str(line);
        }
    }
    result
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => plain_or_quoted(text),
        // Empty lists and mappings are the same in YAML.
        other => other.to_string(),
    }
}

fn plain_or_quoted(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    super::safe_json(&Value::String(text.to_owned()).to_string())
}

/// Whether it reads as this text without quotes. Rather too strict: quotes are never wrong.
fn is_plain(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '$');
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '$' | ' ');
    let known = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    starts
        && text.chars().all(word)
        && !text.ends_with(' ')
        && !known.contains(&text.to_ascii_lowercase().as_str())
}

fn needs_escape(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn indent(text: &mut String, depth: usize) {
    for _ in 0..depth {
        text.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_reads_as_the_same() {
        let value = json!({
            "name": "Orders", "on": "yes", "empty": {}, "none": [], "n": 1.5, "zero": "0123", "null": null,
            "list": [[1, [2]], {"a": {"b": [true]}, "c": "x: y"}, "two\nlines", "- dash", "ends \n"],
            "script": "a = 1\n\n  b = \"2\"\n", "no end": "a\nb", "tab": "\ta\nb", "escape": "\u{1b}[0m\n", "": "#",
            "expression": "${ .a | \"b\" }", "time": "2026-01-01", "unicode": "Käse \u{1f9c0}",
        });
        let text = document(&value);
        let read: Value = serde_saphyr::from_str(&text).unwrap();
        assert_eq!(read.to_string(), value.to_string(), "{text}");
    }

    #[test]
    fn blocks_are_as_people_write_them() {
        let value = json!([{"a": 1, "b": ["x"]}, "y"]);
        assert_eq!(document(&value), "- a: 1\n  b:\n    - x\n- \"y\"\n");
    }
}
