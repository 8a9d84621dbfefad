//! Text of strangers on a terminal. Names, headers and bodies may carry escape sequences, which a terminal would act on, and
//! marks that turn text around; they are shown as escapes instead.

/// A text on one line: control characters and line breaks become escapes.
pub(crate) fn safe(text: &str) -> String {
    escaped(text, |_| false)
}

/// A text of several lines: line breaks and tabs stay.
pub(crate) fn safe_block(text: &str) -> String {
    escaped(text, |character| matches!(character, '\n' | '\t'))
}

/// JSON that is written already: what JSON lets stand in strings, and terminals act on, is escaped as JSON does.
pub(crate) fn safe_json(json: &str) -> String {
    let mut result = String::with_capacity(json.len());
    for character in json.chars() {
        // Line breaks of the layout are outside of strings; within them JSON has escaped C0 already.
        if acts(character) && !matches!(character, '\n' | '\t') {
            result.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            result.push(character);
        }
    }
    result
}

fn escaped(text: &str, kept: impl Fn(char) -> bool) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            _ if kept(character) => result.push(character),
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\t' => result.push_str("\\t"),
            _ if acts(character) => {
                result.push_str(&format!("\\u{{{:x}}}", u32::from(character)));
            }
            _ => result.push(character),
        }
    }
    result
}

/// Whether a terminal does something else than to show it: C0, DEL, C1, and the marks that turn text around.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_shown_and_not_sent() {
        assert_eq!(safe("a\u{1b}[2J\u{9b}1m\nb"), "a\\u{1b}[2J\\u{9b}1m\\nb");
        assert_eq!(safe_block("a\n\u{7}b"), "a\n\\u{7}b");
        assert_eq!(safe("\u{202e}txt.exe"), "\\u{202e}txt.exe");
    }

    #[test]
    fn json_stays_json() {
        let value = serde_json::json!({"a": "\u{7f}\u{9b}\u{202e}\u{1b}"});
        let text = safe_json(&format!("{value:#}"));
        assert!(text.chars().all(|c| c == '\n' || !acts(c)), "{text}");
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, value);
    }
}
