//! The tokens of an expression, read one at a time, because strings hold whole expressions.

use super::Parsed;

/// A token. A string is only its opening quote: the parser reads on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'s> {
    /// A name or a keyword.
    Word(&'s str),
    /// `.name`, without the point.
    Field(&'s str),
    /// `$name`, with the dollar sign.
    Var(&'s str),
    /// `@name`, with the sign.
    Format(&'s str),
    Number(&'s str),
    Quote,
    Symbol(&'s str),
}

/// Symbols of more than one character, longest first.
const LONG_SYMBOLS: [&str; 14] = [
    "?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", "//", "..",
];

pub(super) struct Cursor<'s> {
    text: &'s str,
    at: usize,
    /// Whether names may begin with `!`, as internal ones do.
    is_library: bool,
}

impl<'s> Cursor<'s> {
    pub(super) fn new(text: &'s str, is_library: bool) -> Self {
        Self {
            text,
            at: 0,
            is_library,
        }
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'s str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Moves over bytes that a reader of strings has taken.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// The next token, which stays the next one.
    pub(super) fn peek(&mut self) -> Parsed<Option<Token<'s>>> {
        self.skip_space();
        Ok(self.token()?.map(|(token, _)| token))
    }

    /// Moves over the next token.
    pub(super) fn advance(&mut self) {
        if let Ok(Some((_, bytes))) = self.token() {
            self.at += bytes;
        }
    }

    /// Moves over the next token if it is this symbol.
    pub(super) fn takes(&mut self, symbol: &str) -> Parsed<bool> {
        let is_next = matches!(self.peek()?, Some(Token::Symbol(next)) if next == symbol);
        if is_next {
            self.advance();
        }
        Ok(is_next)
    }

    /// Moves over the next token if it is this word.
    pub(super) fn takes_word(&mut self, word: &str) -> bool {
        let is_next = matches!(self.peek(), Ok(Some(Token::Word(next))) if next == word);
        if is_next {
            self.advance();
        }
        is_next
    }

    /// White space and comments. A backslash at the end of a comment's line continues the comment.
    fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                return;
            }
            for line in trimmed.split_inclusive('\n') {
                self.at += line.len();
                let line = line.trim_end_matches(['\n', '\r']);
                let slashes = line.chars().rev().take_while(|c| *c == '\\').count();
                if slashes.is_multiple_of(2) {
                    break;
                }
            }
        }
    }

    /// The token here, and how many bytes it has.
    fn token(&self) -> Parsed<Option<(Token<'s>, usize)>> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let Some(first) = bytes.first() else {
            return Ok(None);
        };
        let part = |length: usize| rest.get(..length).unwrap_or_default();
        let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let token = match first {
            b'0'..=b'9' => Token::Number(part(number_length(bytes))),
            b'.' if is_digit(1) => Token::Number(part(number_length(bytes))),
            b'.' if name_length(bytes, 1) > 0 => {
                let length = 1 + name_length(bytes, 1);
                let name = rest.get(1..length).unwrap_or_default();
                return Ok(Some((Token::Field(name), length)));
            }
            b'"' => Token::Quote,
            b'$' if name_length(bytes, 1) > 0 => Token::Var(part(1 + path_length(bytes, 1))),
            b'@' if name_length(bytes, 1) > 0 => Token::Format(part(1 + name_length(bytes, 1))),
            b'!' if self.is_library && name_length(bytes, 1) > 0 => {
                Token::Word(part(1 + name_length(bytes, 1)))
            }
            _ if name_length(bytes, 0) > 0 => Token::Word(part(path_length(bytes, 0))),
            _ => Token::Symbol(part(symbol_length(rest)?)),
        };
        let length = match token {
            Token::Quote => 1,
            Token::Word(text) | Token::Var(text) | Token::Format(text) => text.len(),
            Token::Number(text) | Token::Symbol(text) | Token::Field(text) => text.len(),
        };
        Ok(Some((token, length)))
    }
}

fn symbol_length(rest: &str) -> Parsed<usize> {
    if let Some(long) = LONG_SYMBOLS
        .iter()
        .find(|symbol| rest.starts_with(**symbol))
    {
        return Ok(long.len());
    }
    match rest.chars().next() {
        Some(character) if "|,=<>+-*/%.:;?()[]{}".contains(character) => Ok(1),
        Some(other) => Err(format!("syntax: `{other}` has no meaning here")),
        None => Ok(0),
    }
}

/// How long the name is that begins at `from`.
fn name_length(bytes: &[u8], from: usize) -> usize {
    let is_first = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    let rest = bytes.get(from..).unwrap_or_default();
    if !rest.first().is_some_and(is_first) {
        return 0;
    }
    rest.iter()
        .take_while(|byte| is_first(byte) || byte.is_ascii_digit())
        .count()
}

/// How long the name is that begins at `from`, with the names of modules before it.
fn path_length(bytes: &[u8], from: usize) -> usize {
    let mut length = name_length(bytes, from);
    while bytes
        .get(from + length..)
        .is_some_and(|rest| rest.starts_with(b"::"))
        && name_length(bytes, from + length + 2) > 0
    {
        length += 2 + name_length(bytes, from + length + 2);
    }
    length
}

/// How long the number is that begins here. Digits may be missing on one side of the point.
fn number_length(bytes: &[u8]) -> usize {
    let digits = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let mut length = digits(0);
    if bytes.get(length) == Some(&b'.') && bytes.get(length + 1) != Some(&b'.') {
        length += 1 + digits(length + 1);
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}
