//! Text in the character encodings that senders still use, by the WHATWG Encoding standard: `iso-8859-1` is read as
//! windows-1252, as browsers do.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

/// A decoded text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded<'b> {
    pub(crate) text: Cow<'b, str>,
    /// Whether bytes that are none of the encoding became U+FFFD.
    pub(crate) was_repaired: bool,
}

/// The encoding of that name, in any case.
pub(crate) fn named(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label.trim().as_bytes())
}

/// The encoding that a content type declares, such as `text/plain; charset=Shift_JIS`.
pub(crate) fn declared(content_type: &str) -> Option<&'static Encoding> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        let label = value.split(',').next().unwrap_or_default().trim();
        is_charset.then(|| named(label.trim_matches(['"', '\''])))?
    })
}

/// Decodes a whole text. Its byte order mark goes before what is declared, and is skipped; without either it is UTF-8.
pub(crate) fn decode<'b>(bytes: &'b [u8], declared: Option<&'static Encoding>) -> Decoded<'b> {
    let (text, _, was_repaired) = declared.unwrap_or(UTF_8).decode(bytes);
    Decoded { text, was_repaired }
}

/// Decodes a part of a text, in which a byte order mark would be a character.
pub(crate) fn decode_part<'b>(bytes: &'b [u8], encoding: &'static Encoding) -> Decoded<'b> {
    let (text, was_repaired) = encoding.decode_without_bom_handling(bytes);
    Decoded { text, was_repaired }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(content_type: &str, bytes: &[u8]) -> String {
        decode(bytes, declared(content_type)).text.into_owned()
    }

    #[test]
    fn the_declared_encoding_is_used_however_it_is_written() {
        assert_eq!(text("text/plain; charset=windows-1252", b"\x80\xe9"), "€é");
        assert_eq!(text("text/plain;Charset=\"ISO-8859-1\"", b"\xe9"), "é");
        assert_eq!(text("text/plain; charset='shift_jis'", b"\x83\x65"), "テ");
        assert_eq!(
            text("text/plain; a=b; charset=latin1, text/plain", b"\xe9"),
            "é"
        );
        assert_eq!(text("text/plain; charset=nothing", "é".as_bytes()), "é");
        assert_eq!(text("text/plain", "é".as_bytes()), "é");
    }

    #[test]
    fn a_byte_order_mark_goes_before_the_declaration() {
        assert_eq!(
            text("text/plain; charset=latin1", b"\xef\xbb\xbf\xc3\xa9"),
            "é"
        );
        assert_eq!(text("text/plain", b"\xff\xfe\xe9\x00"), "é");
    }

    #[test]
    fn bytes_of_another_encoding_are_replaced_and_that_is_told() {
        let decoded = decode(b"Jos\xe9", None);
        assert_eq!(decoded.text, "Jos\u{fffd}");
        assert!(decoded.was_repaired);
        assert!(!decode("José".as_bytes(), None).was_repaired);
    }
}
