//! Values as JSON text, as jq prints it: no white space, members in their order, numbers as [`super::number_text`] says.

use std::fmt;

use super::meter::{Exhausted, MAX_TEXT_BYTES, charge, charge_scan, give_up};
use super::value::Val;

/// How much of a value an error message shows.
const SHOWN_BYTES: usize = 200;

/// The text ended before the value did.
pub(super) struct TooLong;

/// Text that refuses to become longer than it was made for.
struct Bounded {
    text: String,
    limit_bytes: usize,
}

impl Bounded {
    fn push(&mut self, part: &str) -> Result<(), TooLong> {
        if self.text.len() + part.len() > self.limit_bytes {
            return Err(TooLong);
        }
        charge_scan(part.len());
        self.text.push_str(part);
        Ok(())
    }
}

/// The whole value as text. Ends the evaluation when that is longer than a string may be.
pub(super) fn json_text(value: &Val) -> String {
    let (text, is_whole) = shortened(value, MAX_TEXT_BYTES);
    if !is_whole {
        give_up(Exhausted::Text)
    }
    text
}

/// As JSON, cut short: this form is for error messages.
impl fmt::Display for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, is_whole) = shortened(self, SHOWN_BYTES);
        f.write_str(&text)?;
        if is_whole { Ok(()) } else { f.write_str("…") }
    }
}

/// As much of the value as fits, and whether that is all of it.
pub(super) fn shortened(value: &Val, limit_bytes: usize) -> (String, bool) {
    let mut out = Bounded {
        text: String::new(),
        limit_bytes,
    };
    let is_whole = write(value, &mut out).is_ok();
    (out.text, is_whole)
}

/// The depth of values bounds the recursion.
fn write(value: &Val, out: &mut Bounded) -> Result<(), TooLong> {
    charge(1);
    match value {
        Val::Null => out.push("null"),
        Val::Bool(true) => out.push("true"),
        Val::Bool(false) => out.push("false"),
        Val::Num(number) => match number.literal() {
            Some(text) => out.push(text),
            None => out.push(&number.to_string()),
        },
        Val::Text(text) => write_string(text.as_str(), out),
        Val::List(list) => {
            out.push("[")?;
            for (index, item) in list.items().iter().enumerate() {
                if index > 0 {
                    out.push(",")?;
                }
                write(item, out)?;
            }
            out.push("]")
        }
        Val::Dict(dict) => {
            out.push("{")?;
            for (index, (key, member)) in dict.entries().iter().enumerate() {
                if index > 0 {
                    out.push(",")?;
                }
                write_string(key, out)?;
                out.push(":")?;
                write(member, out)?;
            }
            out.push("}")
        }
    }
}

fn write_string(text: &str, out: &mut Bounded) -> Result<(), TooLong> {
    out.push("\"")?;
    let mut rest = text;
    while let Some(at) =
        rest.find(|character: char| matches!(character, '"' | '\\' | '\u{7f}') || character < ' ')
    {
        let (plain, special) = rest.split_at(at);
        out.push(plain)?;
        let mut characters = special.chars();
        match characters.next() {
            Some('"') => out.push("\\\"")?,
            Some('\\') => out.push("\\\\")?,
            Some('\n') => out.push("\\n")?,
            Some('\t') => out.push("\\t")?,
            Some('\r') => out.push("\\r")?,
            Some('\u{8}') => out.push("\\b")?,
            Some('\u{c}') => out.push("\\f")?,
            Some(other) => out.push(&format!("\\u{:04x}", u32::from(other)))?,
            None => {}
        }
        rest = characters.as_str();
    }
    out.push(rest)?;
    out.push("\"")
}
