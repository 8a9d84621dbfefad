//! Names and content types of files, as senders give them and receivers read them again.

use std::fmt;
use std::str::FromStr;

use crate::limits::{MAX_CONTENT_TYPE_BYTES, MAX_FILE_NAME_BYTES};

/// A name without a path, which can stand in a header and in a list for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName(String);

/// The text is no name of a file.
#[derive(Debug, thiserror::Error)]
#[error(
    "a file's name is 1 to {MAX_FILE_NAME_BYTES} bytes, without a path, control characters, and characters that change the direction of text"
)]
pub struct InvalidFileName;

impl FileName {
    /// Checks a name.
    pub fn parse(text: &str) -> Result<Self, InvalidFileName> {
        let is_name = !text.trim().is_empty()
            && text.len() <= MAX_FILE_NAME_BYTES
            && !matches!(text, "." | "..")
            && !text.chars().any(is_refused);
        is_name
            .then(|| Self(text.to_owned()))
            .ok_or(InvalidFileName)
    }

    /// The name in a part of a form: some senders put a path before it, which says nothing here (RFC 7578 section 4.2).
    pub fn of_part(text: &str) -> Result<Self, InvalidFileName> {
        Self::parse(text.rsplit(['/', '\\']).next().unwrap_or_default())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Separators of paths, control characters, and the marks of Unicode that change the direction of the text around them: they
/// make `fdp.exe` look like `exe.pdf`.
fn is_refused(char: char) -> bool {
    matches!(char, '/' | '\\' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
        || char.is_control()
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for FileName {
    type Err = InvalidFileName;

    fn from_str(text: &str) -> Result<Self, InvalidFileName> {
        Self::parse(text)
    }
}

/// A media type with its parameters (RFC 9110 section 8.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentType(String);

/// The text is no content type.
#[derive(Debug, thiserror::Error)]
#[error(
    "a content type is written type/subtype, may have parameters, and has at most {MAX_CONTENT_TYPE_BYTES} bytes of visible ASCII"
)]
pub struct InvalidContentType;

/// What a browser would run or render as a page of the site that it comes from.
const ACTIVE: [&str; 8] = [
    "html",
    "xhtml+xml",
    "svg+xml",
    "xml",
    "xsl",
    "javascript",
    "ecmascript",
    "x-javascript",
];

impl ContentType {
    /// Bytes of no known type.
    pub fn bytes() -> Self {
        Self("application/octet-stream".to_owned())
    }

    /// Checks a content type.
    pub fn parse(text: &str) -> Result<Self, InvalidContentType> {
        let (kind, parameters) = text.split_once(';').unwrap_or((text, ""));
        let is_token = |part: &str| !part.is_empty() && part.bytes().all(is_token_byte);
        let named = kind.trim_end().split_once('/');
        let is_type = named.is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype));
        let is_visible = |byte: u8| matches!(byte, b' '..=b'~');
        let is_valid =
            is_type && text.len() <= MAX_CONTENT_TYPE_BYTES && parameters.bytes().all(is_visible);
        is_valid
            .then(|| Self(text.to_owned()))
            .ok_or(InvalidContentType)
    }

    /// As its sender wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The type under which the bytes are served from a URL: never one that a browser runs.
    pub fn as_served(&self) -> &str {
        let kind = self.0.split(';').next().unwrap_or_default().trim();
        let subtype = kind.split_once('/').map_or("", |(_, subtype)| subtype);
        let subtype = subtype.to_ascii_lowercase();
        let is_active = ACTIVE.contains(&subtype.as_str()) || subtype.ends_with("+xml");
        match is_active {
            true => "application/octet-stream",
            false => &self.0,
        }
    }
}

/// RFC 9110 section 5.6.2.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ContentType {
    type Err = InvalidContentType;

    fn from_str(text: &str) -> Result<Self, InvalidContentType> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_path_and_nothing_that_deceives() {
        let longest = "x".repeat(MAX_FILE_NAME_BYTES);
        for text in ["a.txt", "Größe 1.pdf", "日本語", "..a", "a;b\"c", &longest] {
            assert_eq!(FileName::parse(text).unwrap().as_str(), text);
        }
        let too_long = format!("{longest}x");
        for text in [
            "",
            " ",
            ".",
            "..",
            "a/b",
            "a\\b",
            "a\0",
            "a\nb",
            "a\u{7f}",
            "a\u{85}",
            "a\u{202e}fdp.exe",
            &too_long,
        ] {
            assert!(FileName::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_path_before_the_name_of_a_part_is_left_out() {
        for text in ["/etc/a.txt", "C:\\temp\\a.txt", "../../a.txt", "a.txt"] {
            assert_eq!(FileName::of_part(text).unwrap().as_str(), "a.txt", "{text}");
        }
        for text in ["/etc/", "..", "a/..", "C:\\", ""] {
            assert!(FileName::of_part(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_content_type_is_a_media_type() {
        for text in [
            "text/plain",
            "application/vnd.a+json; charset=utf-8",
            "a/b;",
        ] {
            assert_eq!(ContentType::parse(text).unwrap().as_str(), text);
        }
        let longest = format!("a/{}", "b".repeat(MAX_CONTENT_TYPE_BYTES - 2));
        assert!(ContentType::parse(&longest).is_ok());
        let too_long = format!("{longest}b");
        for text in [
            "",
            "text",
            "/",
            "a/",
            "/b",
            "a b/c",
            "a/b\r\nx: y",
            "a/b; \u{e9}",
            &too_long,
        ] {
            assert!(ContentType::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_a_browser_would_run_is_served_as_bytes() {
        for text in [
            "text/html",
            "TEXT/HTML; charset=utf-8",
            "image/svg+xml",
            "application/xhtml+xml",
            "text/xml",
            "application/rss+xml",
            "text/javascript",
        ] {
            let kind = ContentType::parse(text).unwrap();
            assert_eq!(kind.as_served(), "application/octet-stream", "{text}");
        }
        for text in ["image/png", "application/pdf", "text/csv; charset=utf-8"] {
            assert_eq!(ContentType::parse(text).unwrap().as_served(), text);
        }
    }
}
