//! JSON text to values, for `fromjson` and `tonumber`: every part is charged before the next one is read, half a
//! surrogate pair becomes U+FFFD, and `nan` is a number, all as in jq.

use super::meter::{Exhausted, MAX_DEPTH, charge, charge_scan, give_up};
use super::number::Num;
use super::value::{ENTRY_BYTES, Entries, ITEM_BYTES, Val};
use crate::sandbox::meter::Held;
use std::rc::Rc;

/// Why a text is no JSON.
pub(super) type Reason = &'static str;

/// Reads one value and nothing else.
pub(super) fn parse(text: &str) -> Result<Val, Reason> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err("Unexpected extra JSON values");
    }
    Ok(value)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn takes(&mut self, expected: &str) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_next = rest.starts_with(expected);
        if is_next {
            self.at += expected.len();
        }
        is_next
    }

    fn value(&mut self, depth: usize) -> Result<Val, Reason> {
        charge(1);
        if depth > MAX_DEPTH {
            give_up(Exhausted::Depth)
        }
        self.skip_space();
        match self.peek() {
            Some(b'[') => self.array(depth),
            Some(b'{') => self.object(depth),
            Some(b'"') => self.string().map(Val::text),
            Some(b'-' | b'+' | b'.' | b'0'..=b'9' | b'i' | b'I') => self.number(),
            Some(_) if self.takes("null") => Ok(Val::Null),
            Some(_) if self.takes("true") => Ok(Val::Bool(true)),
            Some(_) if self.takes("false") => Ok(Val::Bool(false)),
            Some(_) if self.takes("nan") || self.takes("NaN") => Ok(Val::from(f64::NAN)),
            Some(_) => Err("Invalid literal"),
            None => Err("Expected JSON value"),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Val, Reason> {
        self.at += 1;
        let mut items = Vec::new();
        let mut held = Held::new(0);
        self.skip_space();
        if self.takes("]") {
            return Ok(Val::list(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if items.len().is_multiple_of(64) {
                held.resize(items.len() * ITEM_BYTES);
            }
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                Some(_) | None => return Err("Expected separator between values"),
            }
        }
        self.at += 1;
        drop(held);
        Ok(Val::list(items))
    }

    fn object(&mut self, depth: usize) -> Result<Val, Reason> {
        self.at += 1;
        let mut entries = Entries::new();
        let mut key_bytes = 0;
        let mut held = Held::new(0);
        self.skip_space();
        if self.takes("}") {
            return Ok(Val::dict(entries));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err("Object keys must be strings");
            }
            let key = self.string()?;
            self.skip_space();
            if !self.takes(":") {
                return Err("Objects must consist of key:value pairs");
            }
            key_bytes += key.len();
            let value = self.value(depth + 1)?;
            entries.insert(Rc::from(key), value);
            held.resize(key_bytes + entries.len() * ENTRY_BYTES);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                Some(_) | None => return Err("Expected separator between values"),
            }
        }
        self.at += 1;
        drop(held);
        Ok(Val::dict(entries))
    }

    fn number(&mut self) -> Result<Val, Reason> {
        let from = self.at;
        while matches!(
            self.peek(),
            Some(b'+' | b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z')
        ) {
            self.at += 1;
        }
        let text = self.text.get(from..self.at).unwrap_or_default();
        charge_scan(text.len());
        number(text).map(Val::Num).ok_or("Invalid numeric literal")
    }

    fn string(&mut self) -> Result<String, Reason> {
        self.at += 1;
        let mut read = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let plain = rest.find(['"', '\\']).ok_or("Unfinished string")?;
            charge_scan(plain);
            read.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain + 1;
            if rest.as_bytes().get(plain) == Some(&b'"') {
                return Ok(read);
            }
            read.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, Reason> {
        charge(1);
        let escaped = self.peek().ok_or("Unfinished string")?;
        self.at += 1;
        Ok(match escaped {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hexadecimal()?;
                let second_at = self.at;
                if (0xd800..0xdc00).contains(&first) && self.takes("\\u") {
                    let second = self.hexadecimal()?;
                    if (0xdc00..0xe000).contains(&second) {
                        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = second_at;
                }
                char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err("Invalid escape"),
        })
    }

    fn hexadecimal(&mut self) -> Result<u32, Reason> {
        let digits = self.text.get(self.at..self.at + 4);
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.at += 4;
        code.ok_or("Invalid escape")
    }
}

/// A number as jq reads it: as in JSON, but that there may be a plus, that digits before or after the point may be missing,
/// and that `nan` and `infinity` are numbers.
pub(super) fn number(text: &str) -> Option<Num> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_named = |names: &[&str]| names.iter().any(|name| unsigned.eq_ignore_ascii_case(name));
    if is_named(&["nan"]) {
        return Some(Num::Float(f64::NAN));
    }
    if is_named(&["inf", "infinity"]) {
        let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
        return Some(Num::Float(sign * f64::INFINITY));
    }
    let written = text.strip_prefix('+').unwrap_or(text);
    is_unsigned_number(unsigned)
        .then(|| Num::parse(written))
        .flatten()
}

fn is_unsigned_number(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_is_right = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && are_digits(digits)
    });
    are_digits(whole)
        && are_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent_is_right
}
