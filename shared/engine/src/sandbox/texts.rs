//! Filters of strings.

use super::arithmetic::admit_text;
use super::failure::{self, error};
use super::json_reader;
use super::json_writer::json_text;
use super::meter::{charge, charge_scan};
use super::value::Val;
use jaq_core::{Error, ValR};

/// What a filter of two strings says when one of them is none.
fn pair<'v>(x: &'v Val, y: &'v Val, sentence: &str) -> Result<(&'v str, &'v str), Error<Val>> {
    match (x.as_str(), y.as_str()) {
        (Some(x), Some(y)) => Ok((x, y)),
        _ => Err(error(sentence)),
    }
}

pub(super) fn starts_with(text: &Val, part: &Val) -> ValR<Val> {
    let (text, part) = pair(text, part, "startswith() requires string inputs")?;
    Ok(Val::Bool(text.starts_with(part)))
}

pub(super) fn ends_with(text: &Val, part: &Val) -> ValR<Val> {
    let (text, part) = pair(text, part, "endswith() requires string inputs")?;
    Ok(Val::Bool(text.ends_with(part)))
}

pub(super) fn without_start(text: &Val, part: &Val) -> ValR<Val> {
    let (characters, part) = pair(text, part, "startswith() requires string inputs")?;
    Ok(match characters.strip_prefix(part) {
        Some(rest) => Val::text(rest),
        None => text.clone(),
    })
}

pub(super) fn without_end(text: &Val, part: &Val) -> ValR<Val> {
    let (characters, part) = pair(text, part, "endswith() requires string inputs")?;
    Ok(match characters.strip_suffix(part) {
        Some(rest) => Val::text(rest),
        None => text.clone(),
    })
}

/// White space as jq trims it.
pub(super) fn trimmed(text: &Val, by: fn(&str) -> &str) -> ValR<Val> {
    match text.as_str() {
        Some(text) => Ok(Val::text(by(text))),
        None => Err(error("trim input must be a string")),
    }
}

pub(super) fn in_case(text: &Val, by: fn(&str) -> String) -> ValR<Val> {
    match text.as_str() {
        Some(text) => Ok(Val::text(by(text))),
        None => Err(error("explode input must be a string")),
    }
}

pub(super) fn code_points(text: &Val) -> ValR<Val> {
    match text.as_str() {
        Some(text) => Ok(text
            .chars()
            .map(|character| Val::from(character as usize))
            .collect()),
        None => Err(error("explode input must be a string")),
    }
}

pub(super) fn of_code_points(value: &Val) -> ValR<Val> {
    let Val::List(list) = value else {
        return Err(error("implode input must be an array"));
    };
    let mut text = String::new();
    for item in list.items() {
        charge(1);
        let Val::Num(number) = item else {
            return Err(no_code_point(item));
        };
        let code = number.as_f64();
        if code.is_nan() {
            return Err(no_code_point(item));
        }
        // The cast saturates, and takes what is before zero for zero.
        let character = char::from_u32(code as u32).filter(|_| code > -1.0);
        text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        if text.len().is_multiple_of(4_096) {
            admit_text(text.len());
        }
    }
    Ok(Val::text(text))
}

fn no_code_point(item: &Val) -> Error<Val> {
    let sentence = "can't be imploded, unicode codepoint needs to be numeric";
    failure::unsuitable(item, sentence)
}

/// The text between separators; the characters when the separator is empty.
pub(super) fn split(text: &Val, separator: &Val) -> ValR<Val> {
    let (text, separator) = pair(text, separator, "split input and separator must be strings")?;
    if text.is_empty() {
        return Ok(Val::list(Vec::new()));
    }
    if separator.is_empty() {
        return Ok(text.chars().map(|c| Val::text(c.to_string())).collect());
    }
    Ok(text.split(separator).map(Val::text).collect())
}

/// Strings, numbers, booleans and nulls with a separator between them.
pub(super) fn joined(value: Val, separator: &Val) -> ValR<Val> {
    let items: Vec<Val> = jaq_core::ValT::values(value).collect::<Result<_, _>>()?;
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            match separator.as_str() {
                Some(separator) => text.push_str(separator),
                None if matches!(separator, Val::Null) => {}
                None => return Err(cannot_be_added(&Val::text(text), separator)),
            }
        }
        match item {
            Val::Null => {}
            Val::Text(part) => text.push_str(part.as_str()),
            Val::Bool(_) | Val::Num(_) => text.push_str(&json_text(item)),
            Val::List(_) | Val::Dict(_) => {
                return Err(cannot_be_added(&Val::text(text), item));
            }
        }
        charge(1);
        if text.len() > super::meter::MAX_TEXT_BYTES {
            admit_text(text.len());
        }
    }
    charge_scan(text.len());
    Ok(Val::text(text))
}

fn cannot_be_added(x: &Val, y: &Val) -> Error<Val> {
    failure::unsuitable_pair(x, y, "cannot be added")
}

pub(super) fn from_json(value: &Val) -> ValR<Val> {
    let Some(text) = value.as_str() else {
        return Err(failure::unsuitable(value, "only strings can be parsed"));
    };
    json_reader::parse(text).map_err(|reason| error(format!("{reason} (while parsing {value})")))
}

pub(super) fn to_number(value: Val) -> ValR<Val> {
    let text = match &value {
        Val::Num(_) => return Ok(value),
        Val::Text(text) => text.as_str(),
        Val::Null | Val::Bool(_) | Val::List(_) | Val::Dict(_) => {
            return Err(failure::unsuitable(&value, "cannot be parsed as a number"));
        }
    };
    json_reader::number(text)
        .map(Val::Num)
        .ok_or_else(|| failure::unsuitable(&value, "cannot be parsed as a number"))
}
