//! Strings, with their escapes and the expressions in them.

use super::{Parsed, Parser, TermOf, order};
use jaq_core::load::lex::StrPart;

impl<'s> Parser<'s> {
    /// A string whose opening quote is next.
    pub(super) fn string(&mut self, format: Option<&'s str>) -> Parsed<TermOf<'s>> {
        self.cursor.skip(1);
        let mut parts = Vec::new();
        loop {
            let rest = self.cursor.rest();
            let Some(plain) = rest.find(['"', '\\']) else {
                return Err("syntax: a string does not end".to_owned());
            };
            if plain > 0 {
                parts.push(StrPart::Str(rest.get(..plain).unwrap_or_default()));
            }
            self.cursor.skip(plain + 1);
            if rest.as_bytes().get(plain) == Some(&b'"') {
                return Ok(order::string(format, parts));
            }
            if self.cursor.rest().starts_with('(') {
                self.cursor.skip(1);
                let term = self.nested(|parser| parser.pipe())?;
                self.expect(")")?;
                parts.push(StrPart::Term(term));
            } else {
                parts.push(StrPart::Char(self.escape()?));
            }
        }
    }

    /// The character that an escape means, after its backslash.
    fn escape(&mut self) -> Parsed<char> {
        let escaped = self.cursor.rest().chars().next();
        let character = match escaped {
            Some(plain @ ('"' | '\\' | '/')) => plain,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                self.cursor.skip(1);
                return self.code_point();
            }
            Some(_) | None => return Err(self.unexpected("an escape that JSON knows")),
        };
        self.cursor.skip(1);
        Ok(character)
    }

    /// `XXXX`, or both halves of a surrogate pair; half a pair is U+FFFD.
    fn code_point(&mut self) -> Parsed<char> {
        let first = self.hexadecimal()?;
        let is_high = (0xd800..0xdc00).contains(&first);
        if is_high && self.cursor.rest().starts_with("\\u") {
            let second = self.cursor.rest().get(2..6).and_then(hexadecimal_of);
            if let Some(second) = second.filter(|code| (0xdc00..0xe000).contains(code)) {
                self.cursor.skip(6);
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hexadecimal(&mut self) -> Parsed<u32> {
        let code = self.cursor.rest().get(..4).and_then(hexadecimal_of);
        let code = code.ok_or_else(|| self.unexpected("four hexadecimal digits"))?;
        self.cursor.skip(4);
        Ok(code)
    }
}

fn hexadecimal_of(digits: &str) -> Option<u32> {
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| are_digits)
}
