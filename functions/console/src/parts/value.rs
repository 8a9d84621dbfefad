//! Values that strangers chose, as text: JSON, bodies, ids to copy. What is long is cut, so that no page grows without
//! bounds.

use maud::{Markup, html};
use serde_json::Value;

/// A JSON value, cut after about so many bytes.
pub(crate) fn json(value: &Value, max_bytes: usize) -> Markup {
    let pretty = serde_json::to_string_pretty(value).unwrap_or_default();
    text_block(&pretty, max_bytes)
}

/// Text in lines, cut after about so many bytes.
pub(crate) fn text_block(text: &str, max_bytes: usize) -> Markup {
    let shown = cut(text, max_bytes);
    html! {
        pre tabindex="0" { code { (shown) } }
        @if shown.len() < text.len() {
            p.cut { "The first " (shown.len()) " of " (text.len()) " bytes." }
        }
    }
}

/// The beginning of a text that takes at most so many bytes in a page.
fn cut(text: &str, max_bytes: usize) -> &str {
    let mut taken = 0;
    let end = text.char_indices().find(|(_, character)| {
        taken += in_page(*character);
        taken > max_bytes
    });
    end.map_or(text, |(index, _)| &text[..index])
}

/// The bytes that a text takes in a page, where some characters are escaped.
pub(crate) fn page_bytes(text: &str) -> usize {
    text.chars().map(in_page).sum()
}

fn in_page(character: char) -> usize {
    match character {
        '&' | '<' | '>' | '"' => 6,
        other => other.len_utf8(),
    }
}

/// Bytes with their offsets, sixteen to a line.
pub(crate) fn hex(bytes: &[u8], max_bytes: usize) -> Markup {
    let shown = bytes.get(..max_bytes).unwrap_or(bytes);
    let lines: Vec<String> = shown
        .chunks(16)
        .enumerate()
        .map(|(line, bytes)| {
            let pairs: String = bytes.iter().map(|byte| format!("{byte:02x} ")).collect();
            let text = bytes.iter().map(|byte| match byte {
                b' '..=b'~' => char::from(*byte),
                _ => '.',
            });
            format!(
                "{:06x}  {pairs:<48} {}",
                line * 16,
                text.collect::<String>()
            )
        })
        .collect();
    html! {
        pre tabindex="0" { code { (lines.join("\n")) } }
        @if shown.len() < bytes.len() {
            p.cut { "The first " (shown.len()) " of " (bytes.len()) " bytes." }
        }
    }
}

/// A text that a module lets the visitor copy.
pub(crate) fn copyable(text: &str) -> Markup {
    html! { code data-copy=(text) { (text) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text_and_long_text_is_cut_between_characters() {
        let shown = text_block("<script>alert(1)</script>", 1_000).into_string();
        assert!(shown.contains("&lt;script&gt;") && !shown.contains("<script>"));
        assert_eq!(cut("aéb", 2), "a");
        assert_eq!(cut("<<<", 12), "<<");
        assert_eq!(cut("abc", 3), "abc");
    }

    #[test]
    fn hex_has_offsets_bytes_and_what_can_be_read() {
        let shown = hex(b"ab\x00<", 16).into_string();
        assert!(shown.contains("000000  61 62 00 3c"), "{shown}");
        assert!(shown.contains("ab.&lt;"), "{shown}");
    }
}
