//! A JSON value as an XML document, for clients that read nothing else. It does not know what the value means.

use serde_json::{Map, Value};

/// The element of the whole document.
const ROOT: &str = "response";
/// The element of an item of a list that has no name.
const ITEM: &str = "item";

/// The members of an object are elements of their names, a list is the element of its name once for each item, and `null` is
/// an empty element. A character that no XML 1.0 document can have becomes U+FFFD, and one that no name can have `_`.
pub(crate) fn xml_document(value: &Value) -> String {
    let mut text = r#"<?xml version="1.0" encoding="UTF-8"?>"#.to_owned();
    match value {
        Value::Array(_) => within(&mut text, ROOT, |text| write(text, ITEM, value)),
        other => write(&mut text, ROOT, other),
    }
    text
}

fn write(text: &mut String, name: &str, value: &Value) {
    match value {
        Value::Null => within(text, name, |_| {}),
        Value::Bool(flag) => within(text, name, |text| text.push_str(&flag.to_string())),
        Value::Number(number) => within(text, name, |text| text.push_str(&number.to_string())),
        Value::String(content) => within(text, name, |text| push_escaped(text, content)),
        Value::Object(fields) => within(text, name, |text| write_members(text, fields)),
        Value::Array(items) => items.iter().for_each(|item| match item {
            Value::Array(_) => within(text, name, |text| write(text, ITEM, item)),
            _ => write(text, name, item),
        }),
    }
}

fn write_members(text: &mut String, fields: &Map<String, Value>) {
    for (name, value) in fields {
        write(text, &element_name(name), value);
    }
}

fn within(text: &mut String, name: &str, write: impl FnOnce(&mut String)) {
    text.extend(["<", name, ">"]);
    write(text);
    text.extend(["</", name, ">"]);
}

/// ASCII letters, digits, `_`, `-` and `.`, with a letter or `_` in front: a part of what XML 1.0 (section 2.3) allows, and
/// no colon, which would name a namespace.
fn element_name(name: &str) -> String {
    let is_start = |character: char| character.is_ascii_alphabetic() || character == '_';
    let is_part = |character: char| {
        is_start(character) || character.is_ascii_digit() || matches!(character, '-' | '.')
    };
    let mut element: String = name
        .chars()
        .map(|character| if is_part(character) { character } else { '_' })
        .collect();
    if !element.starts_with(is_start) {
        element.insert(0, '_');
    }
    element
}

/// XML 1.0 section 2.2 says which characters there are. A carriage return is escaped, or a reader would turn it into a line
/// feed.
fn push_escaped(text: &mut String, content: &str) {
    for character in content.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '\r' => text.push_str("&#13;"),
            '\t' | '\n' => text.push(character),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => text.push('\u{fffd}'),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn content(value: &Value) -> String {
        let text = xml_document(value);
        let text = text.strip_prefix(r#"<?xml version="1.0" encoding="UTF-8"?>"#);
        text.unwrap().to_owned()
    }

    #[test]
    fn a_value_is_a_document_whose_elements_have_the_names_of_its_members() {
        for (value, expected) in [
            (json!(null), "<response></response>"),
            (json!("hello"), "<response>hello</response>"),
            (
                json!({"b": 1.5, "a": {"c": true}}),
                "<response><b>1.5</b><a><c>true</c></a></response>",
            ),
            (
                json!({"tag": ["x", {"y": 1}], "none": []}),
                "<response><tag>x</tag><tag><y>1</y></tag></response>",
            ),
            (
                json!([1, null]),
                "<response><item>1</item><item></item></response>",
            ),
            (
                json!({"m": [[1, 2], [3]]}),
                "<response><m><item>1</item><item>2</item></m><m><item>3</item></m></response>",
            ),
        ] {
            assert_eq!(content(&value), expected);
        }
    }

    #[test]
    fn no_text_or_name_can_end_its_element() {
        let value = json!({"a><b": "</a>&\"", "1": "x", "": "y", "ä:b": "z"});
        let expected =
            "<response><a__b>&lt;/a&gt;&amp;\"</a__b><_1>x</_1><_>y</_><__b>z</__b></response>";
        assert_eq!(content(&value), expected);
        let odd = json!("a\u{0}\u{b}\u{ffff}\r\n\tb");
        assert_eq!(
            content(&odd),
            "<response>a\u{fffd}\u{fffd}\u{fffd}&#13;\n\tb</response>"
        );
    }
}
