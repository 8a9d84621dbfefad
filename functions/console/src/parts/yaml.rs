//! JSON as YAML, for people: a definition is stored as JSON, and edited as YAML. What is written here reads back as the same
//! JSON.

use serde_json::{Map, Value};

/// The value as YAML in block style.
pub(crate) fn yaml(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(members) if !members.is_empty() => write_members(&mut text, members, 0),
        Value::Array(items) if !items.is_empty() => write_items(&mut text, items, 0),
        scalar => {
            text.push_str(&written(scalar, 0));
            text.push('\n');
        }
    }
    text
}

fn write_members(text: &mut String, members: &Map<String, Value>, depth: usize) {
    for (index, (name, value)) in members.iter().enumerate() {
        // The first one stands where the caller is: behind `- `, or at the beginning of a line.
        if index > 0 || !text.ends_with("- ") {
            indent(text, depth);
        }
        text.push_str(&word(name));
        text.push(':');
        write_behind(text, value, depth);
    }
}

fn write_items(text: &mut String, items: &[Value], depth: usize) {
    for item in items {
        indent(text, depth);
        text.push_str("- ");
        match item {
            Value::Object(members) if !members.is_empty() => {
                write_members(text, members, depth + 1)
            }
            Value::Array(items) if !items.is_empty() => {
                text.truncate(text.trim_end_matches(' ').len());
                text.push('\n');
                write_items(text, items, depth + 1);
            }
            scalar => {
                text.push_str(&written(scalar, depth + 1));
                text.push('\n');
            }
        }
    }
}

/// A value behind the colon of its name.
fn write_behind(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            text.push('\n');
            write_members(text, members, depth + 1);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            write_items(text, items, depth + 1);
        }
        scalar => {
            text.push(' ');
            text.push_str(&written(scalar, depth + 1));
            text.push('\n');
        }
    }
}

fn indent(text: &mut String, depth: usize) {
    text.extend(std::iter::repeat_n("  ", depth));
}

fn written(value: &Value, depth: usize) -> String {
    match value {
        Value::String(text) if is_block(text) => block(text, depth),
        Value::String(text) => word(text),
        // An empty list or object, a number, a boolean or null is the same in both.
        other => other.to_string(),
    }
}

/// Lines that need no escape, none of which begins or ends with a space.
fn is_block(text: &str) -> bool {
    let is_plain = |line: &str| line.trim() == line && !line.is_empty();
    text.contains('\n')
        && text
            .strip_suffix('\n')
            .unwrap_or(text)
            .split('\n')
            .all(is_plain)
        && !text
            .chars()
            .any(|character| needs_escape(character) && character != '\n')
}

fn block(text: &str, depth: usize) -> String {
    let (lines, head) = match text.strip_suffix('\n') {
        Some(lines) => (lines, "|"),
        None => (text, "|-"),
    };
    let mut written = head.to_owned();
    for line in lines.split('\n') {
        written.push('\n');
        indent(&mut written, depth);
        written.push_str(line);
    }
    written
}

/// A text as it is, where YAML reads it as that text; otherwise as JSON writes it, with escapes for what YAML does not take
/// as it is.
fn word(text: &str) -> String {
    if is_bare(text) {
        return text.to_owned();
    }
    let mut written = String::new();
    for character in Value::from(text).to_string().chars() {
        if needs_escape(character) {
            written.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            written.push(character);
        }
    }
    written
}

/// What JSON writes as it is, and YAML 1.2 section 5.1 calls not printable or other readers take for the end of a line.
fn needs_escape(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
}

fn is_bare(text: &str) -> bool {
    let begins_well =
        text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '$' || first == '/');
    let is_known = |character: char| {
        character.is_ascii_alphanumeric() || " _-./$(){}|=+*<>".contains(character)
    };
    let means_more = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    begins_well
        && text.chars().all(is_known)
        && text.trim_end() == text
        && !means_more.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_reads_back_as_the_same() {
        let awkward = [
            "",
            " ",
            "a: b",
            "- a",
            "# no",
            "a #b",
            "true",
            "No",
            "~",
            "null",
            "1",
            "1e3",
            "0x1f",
            "2026-01-01",
            "'",
            "\"",
            "\\",
            "a\nb",
            "a\nb\n",
            "a\n\nb",
            " a\nb",
            "a\n b",
            "a\n\n",
            "\n",
            "\ta",
            "é",
            "\u{7f}",
            "\u{85}",
            "\u{2028}",
            "\u{feff}a",
            "a\n\u{2028}b",
            "${ .a + \"b\" }",
            "${ .a }",
            "{a}",
            "[a]",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a`",
            "|",
            ">",
            "a:",
            "?a",
            "=",
            "<<",
            "---",
            "...",
            "key: |",
            "a\r\nb",
            "# a\n# b",
        ];
        let texts: Vec<Value> = awkward.iter().map(|text| json!(text)).collect();
        let named: Map<String, Value> = awkward
            .iter()
            .map(|text| ((*text).to_owned(), json!(text)))
            .collect();
        for value in [
            json!(texts),
            json!(named),
            json!([[1, [2, []]], {}, [{"a": [{"b": 1, "c": {"d": null}}], "e": 2}]]),
            json!({"big": 12_345_678_901_234_567_890_u64, "small": 1.5e-9, "yes": true, "none": null, "empty": {}, "list": []}),
        ] {
            let wrapped = json!({ "value": value });
            let text = yaml(&wrapped);
            let back = engine::yaml_to_json(&text)
                .unwrap_or_else(|problem| panic!("{problem:?} in\n{text}"));
            assert_eq!(back, wrapped, "{text}");
        }
    }

    #[test]
    fn a_definition_reads_like_one_that_somebody_wrote() {
        let definition = json!({
            "document": {"dsl": "1.0.0", "name": "demo"},
            "do": [{"greet": {"set": {"message": "${ \"Hi\" }"}}}, {"wait": {"wait": {"seconds": 5}}}],
        });
        let expected = "document:\n  dsl: \"1.0.0\"\n  name: demo\ndo:\n  - greet:\n      set:\n        message: \"${ \\\"Hi\\\" }\"\n  - wait:\n      wait:\n        seconds: 5\n";
        assert_eq!(yaml(&definition), expected);
    }
}
