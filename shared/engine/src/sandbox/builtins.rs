//! Built-in filters of our own: those of the interpreter's crates that reach outside, or are not bounded, or are bound to
//! another value type.

use super::Metered;
use super::arithmetic::admit_text;
use super::json::Bounded;
use super::meter::{Exhausted, MAX_TEXT_BYTES, charge, give_up, now_ms};
use super::value::Val;
use jaq_core::native::{Fun, bome, run, unary, v};
use jaq_core::{Error, RunPtr, ValR};

type Builtin = (&'static str, usize, RunPtr<Metered>);

/// Name, number of arguments, implementation.
const BUILTINS: &[Builtin] = &[
    ("now", 0, |_| bome(Ok(Val::from(now_ms() as f64 / 1_000.0)))),
    ("nan", 0, |_| bome(Ok(Val::from(f64::NAN)))),
    ("infinite", 0, |_| bome(Ok(Val::from(f64::INFINITY)))),
    ("isnan", 0, |cv| bome(is_nan(&cv.1))),
    ("length", 0, |cv| bome(length(cv.1))),
    ("tojson", 0, |cv| bome(Ok(to_json(&cv.1)))),
    ("fromjson", 0, |cv| bome(from_json(&cv.1))),
    ("tonumber", 0, |cv| bome(to_number(cv.1))),
    ("contains", 1, |cv| {
        unary(cv, |x, y| contains(&x, &y).map(Val::Bool))
    }),
    ("has", 1, |cv| {
        unary(cv, |x, key| has(&x, &key).map(Val::Bool))
    }),
    ("indices", 1, |cv| unary(cv, |x, y| indices(&x, &y))),
    ("escape_html", 0, |cv| bome(escape_html(&cv.1))),
    ("matches", 2, |cv| bome(super::pattern::matches(cv))),
    ("split_matches", 2, |cv| {
        bome(super::pattern::split_matches(cv))
    }),
    ("split_", 2, |cv| bome(super::pattern::split(cv))),
];

/// The built-ins of this file, as the compiler takes them.
pub(super) fn funs() -> impl Iterator<Item = Fun<Metered>> {
    BUILTINS
        .iter()
        .map(|(name, arity, filter)| run::<Metered>((*name, v(*arity), *filter)))
}

fn is_nan(value: &Val) -> ValR<Val> {
    match value {
        Val::Num(number) => Ok(Val::Bool(number.is_nan())),
        other => Err(Error::typ(other.clone(), "number")),
    }
}

fn length(value: Val) -> ValR<Val> {
    match value {
        Val::Null => Ok(Val::from(0_usize)),
        Val::Num(number) if number.as_f64() < 0.0 => Ok(Val::Num(number.negated())),
        Val::Num(number) => Ok(Val::Num(number)),
        Val::Text(text) => Ok(Val::from(text.as_str().chars().count())),
        Val::List(list) => Ok(Val::from(list.items().len())),
        Val::Dict(dict) => Ok(Val::from(dict.entries().len())),
        Val::Bool(_) => Err(Error::str(format_args!("{value} has no length"))),
    }
}

/// The value as JSON text.
pub(super) fn to_json(value: &Val) -> Val {
    let mut text = Bounded::new(MAX_TEXT_BYTES);
    if serde_json::to_writer(&mut text, value).is_err() {
        give_up(Exhausted::Text)
    }
    Val::text(text.into_text())
}

fn from_json(value: &Val) -> ValR<Val> {
    let Some(text) = value.as_str() else {
        return Err(Error::typ(value.clone(), "string"));
    };
    serde_json::from_str(text)
        .map_err(|error| Error::str(format_args!("cannot parse {value} as JSON: {error}")))
}

fn to_number(value: Val) -> ValR<Val> {
    let parsed = match &value {
        Val::Num(_) => return Ok(value),
        Val::Text(text) => match serde_json::from_str(text.as_str().trim()) {
            Ok(number @ serde_json::Value::Number(_)) => serde_json::from_value(number).ok(),
            Ok(_) | Err(_) => None,
        },
        Val::Null | Val::Bool(_) | Val::List(_) | Val::Dict(_) => None,
    };
    parsed.ok_or_else(|| Error::str(format_args!("cannot parse {value} as a number")))
}

fn contains(x: &Val, y: &Val) -> Result<bool, Error<Val>> {
    charge(1);
    Ok(match (x, y) {
        (Val::Text(x), Val::Text(y)) => x.as_str().contains(y.as_str()),
        (Val::List(x), Val::List(y)) => y.items().iter().all(|wanted| {
            x.items()
                .iter()
                .any(|item| contains(item, wanted).unwrap_or(false))
        }),
        (Val::Dict(x), Val::Dict(y)) => y.entries().iter().all(|(key, wanted)| {
            x.get(key)
                .is_some_and(|item| contains(item, wanted).unwrap_or(false))
        }),
        (Val::Null, Val::Null) | (Val::Bool(_), Val::Bool(_)) | (Val::Num(_), Val::Num(_)) => {
            x == y
        }
        _ => {
            return Err(Error::str(format_args!(
                "{x} and {y} cannot have their containment checked"
            )));
        }
    })
}

fn has(value: &Val, key: &Val) -> Result<bool, Error<Val>> {
    match (value, key) {
        (Val::Dict(dict), Val::Text(key)) => Ok(dict.get(key.as_str()).is_some()),
        (Val::List(list), Val::Num(index)) => {
            let index = index.as_f64();
            Ok(index >= 0.0 && index < list.items().len() as f64)
        }
        _ => Err(Error::index(value.clone(), key.clone())),
    }
}

/// Where `wanted` stands in a string, an array (as element, or as part when it is an array itself).
pub(super) fn indices(value: &Val, wanted: &Val) -> ValR<Val> {
    match (value, wanted) {
        (Val::Null, _) => Ok(Val::Null),
        (Val::Text(text), Val::Text(part)) => {
            let (text, part) = (text.as_str(), part.as_str());
            if part.is_empty() {
                return Ok(Val::Null);
            }
            let starts = text.char_indices().enumerate().filter(|(_, (at, _))| {
                charge(1);
                text.as_bytes()
                    .get(*at..)
                    .is_some_and(|rest| rest.starts_with(part.as_bytes()))
            });
            Ok(starts.map(|(index, _)| Val::from(index)).collect())
        }
        (Val::List(_), Val::List(part)) if part.items().is_empty() => Ok(Val::Null),
        (Val::List(list), Val::List(part)) => {
            let windows = list.items().windows(part.items().len()).enumerate();
            let found = windows.filter(|(_, window)| *window == part.items());
            Ok(found.map(|(index, _)| Val::from(index)).collect())
        }
        (Val::List(list), item) => {
            let found = list.items().iter().enumerate().filter(|(_, x)| *x == item);
            Ok(found.map(|(index, _)| Val::from(index)).collect())
        }
        _ => Err(Error::index(value.clone(), wanted.clone())),
    }
}

/// `< > & ' "` as entities.
fn escape_html(value: &Val) -> ValR<Val> {
    let Some(text) = value.as_str() else {
        return Err(Error::typ(value.clone(), "string"));
    };
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\'' => escaped.push_str("&#39;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    admit_text(escaped.len());
    Ok(Val::text(escaped))
}
