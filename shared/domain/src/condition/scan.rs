//! Splits the text of a condition into tokens.

use serde_json::Value;

use super::InvalidCondition;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name of letters, digits and underscores.
    Name(String),
    /// A field right after a dot: `.name`.
    Field(String),
    /// A text in quotes.
    Text(String),
    Number(Value),
    /// An operator or a bracket.
    Sign(&'static str),
}

/// Longer ones first.
const SIGNS: [&str; 18] = [
    "==", "!=", "<=", ">=", "//", "<", ">", "|", ",", ".", "(", ")", "[", "]", "?", "-", ";", ":",
];

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, InvalidCondition> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (token, after) = next(rest)?;
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn next(text: &str) -> Result<(Token, &str), InvalidCondition> {
    let first = text.as_bytes().first().copied().unwrap_or_default();
    if first == b'"' {
        return quoted(text);
    }
    if first.is_ascii_digit() {
        return number(text);
    }
    if let Some(field) = text.strip_prefix('.').filter(|rest| starts_name(rest)) {
        let (name, after) = name(field);
        return Ok((Token::Field(name), after));
    }
    if starts_name(text) {
        let (name, after) = name(text);
        return Ok((Token::Name(name), after));
    }
    for sign in SIGNS {
        if let Some(after) = text.strip_prefix(sign) {
            return Ok((Token::Sign(sign), after));
        }
    }
    let shown: String = text.chars().take(10).collect();
    Err(InvalidCondition(format!(
        "`{shown}` is not understood here"
    )))
}

fn starts_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

fn name(text: &str) -> (String, &str) {
    let is_part = |part: char| part.is_ascii_alphanumeric() || part == '_';
    let end = text.find(|part| !is_part(part)).unwrap_or(text.len());
    (text[..end].to_owned(), &text[end..])
}

/// A text as JSON writes it.
fn quoted(text: &str) -> Result<(Token, &str), InvalidCondition> {
    let mut is_escaped = false;
    for (at, part) in text.char_indices().skip(1) {
        match part {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => {
                let (quoted, after) = text.split_at(at + 1);
                let read = serde_json::from_str(quoted);
                let read = read.map_err(|_| {
                    InvalidCondition(format!("{quoted} is no text as JSON writes it"))
                })?;
                return Ok((Token::Text(read), after));
            }
            _ => {}
        }
    }
    Err(InvalidCondition("a text has no closing quote".to_owned()))
}

fn number(text: &str) -> Result<(Token, &str), InvalidCondition> {
    let is_part = |part: char| part.is_ascii_alphanumeric() || part == '.';
    let end = text.find(|part| !is_part(part)).unwrap_or(text.len());
    let (digits, after) = text.split_at(end);
    let read = serde_json::from_str(digits);
    let read = read.map_err(|_| InvalidCondition(format!("{digits} is no number")))?;
    Ok((Token::Number(read), after))
}
