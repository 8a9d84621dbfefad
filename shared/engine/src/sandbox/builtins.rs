//! The filters that are written in Rust, by name and number of arguments.

use super::failure::{self, error};
use super::json_writer::json_text;
use super::meter::{charge, now_ms};
use super::value::Val;
use super::{Metered, collections, dates, formats, pattern, search, texts};
use jaq_core::native::{Fun, bome, run, unary, v};
use jaq_core::{Native, RunPtr, ValR};

type Builtin = (&'static str, usize, RunPtr<Metered>);

/// Name, number of arguments, implementation.
const BUILTINS: &[Builtin] = &[
    ("null", 0, |_| bome(Ok(Val::Null))),
    ("true", 0, |_| bome(Ok(Val::Bool(true)))),
    ("false", 0, |_| bome(Ok(Val::Bool(false)))),
    ("not", 0, |cv| bome(Ok(Val::Bool(!cv.1.is_true())))),
    ("now", 0, |_| bome(Ok(Val::from(now_ms() as f64 / 1_000.0)))),
    ("nan", 0, |_| bome(Ok(Val::from(f64::NAN)))),
    ("infinite", 0, |_| bome(Ok(Val::from(f64::INFINITY)))),
    ("isnan", 0, |cv| bome(of_number(&cv.1, f64::is_nan))),
    ("isinfinite", 0, |cv| {
        bome(of_number(&cv.1, f64::is_infinite))
    }),
    ("isnormal", 0, |cv| bome(of_number(&cv.1, f64::is_normal))),
    ("nearbyint", 0, |cv| {
        bome(rounded(&cv.1, f64::round_ties_even))
    }),
    ("rint", 0, |cv| bome(rounded(&cv.1, f64::round_ties_even))),
    ("type", 0, |cv| bome(Ok(Val::text(cv.1.type_name())))),
    ("length", 0, |cv| bome(length(cv.1))),
    ("utf8bytelength", 0, |cv| bome(utf8_bytes(&cv.1))),
    ("tojson", 0, |cv| bome(Ok(Val::text(json_text(&cv.1))))),
    ("fromjson", 0, |cv| bome(texts::from_json(&cv.1))),
    ("tonumber", 0, |cv| bome(texts::to_number(cv.1))),
    ("keys", 0, |cv| bome(collections::keys(&cv.1))),
    ("add", 0, |cv| bome(collections::sum(cv.1))),
    ("!flatten", 1, |cv| {
        unary(cv, |x, depth| collections::flat(&x, &depth))
    }),
    ("transpose", 0, |cv| bome(collections::transposed(&cv.1))),
    ("contains", 1, |cv| {
        unary(cv, |x, y| search::contains(&x, &y).map(Val::Bool))
    }),
    ("has", 1, |cv| {
        unary(cv, |x, key| search::has(&x, &key).map(Val::Bool))
    }),
    ("indices", 1, |cv| unary(cv, |x, y| search::indices(&x, &y))),
    ("bsearch", 1, |cv| {
        unary(cv, |x, y| search::binary_search(&x, &y))
    }),
    ("startswith", 1, |cv| {
        unary(cv, |x, y| texts::starts_with(&x, &y))
    }),
    ("endswith", 1, |cv| {
        unary(cv, |x, y| texts::ends_with(&x, &y))
    }),
    ("ltrimstr", 1, |cv| {
        unary(cv, |x, y| texts::without_start(&x, &y))
    }),
    ("rtrimstr", 1, |cv| {
        unary(cv, |x, y| texts::without_end(&x, &y))
    }),
    ("trim", 0, |cv| bome(texts::trimmed(&cv.1, str::trim))),
    ("ltrim", 0, |cv| {
        bome(texts::trimmed(&cv.1, str::trim_start))
    }),
    ("rtrim", 0, |cv| bome(texts::trimmed(&cv.1, str::trim_end))),
    ("ascii_downcase", 0, |cv| {
        bome(texts::in_case(&cv.1, str::to_ascii_lowercase))
    }),
    ("ascii_upcase", 0, |cv| {
        bome(texts::in_case(&cv.1, str::to_ascii_uppercase))
    }),
    ("explode", 0, |cv| bome(texts::code_points(&cv.1))),
    ("implode", 0, |cv| bome(texts::of_code_points(&cv.1))),
    ("split", 1, |cv| unary(cv, |x, y| texts::split(&x, &y))),
    ("join", 1, |cv| unary(cv, |x, y| texts::joined(x, &y))),
    ("!html", 0, |cv| bome(formats::html(&cv.1))),
    ("!shell", 0, |cv| bome(formats::shell(&cv.1))),
    ("!csv", 0, |cv| bome(formats::csv(&cv.1))),
    ("!tsv", 0, |cv| bome(formats::tsv(&cv.1))),
    ("!uri", 0, |cv| bome(formats::uri(&cv.1))),
    ("!from_uri", 0, |cv| bome(formats::from_uri(&cv.1))),
    ("!base64", 0, |cv| bome(formats::base64(&cv.1))),
    ("!from_base64", 0, |cv| bome(formats::from_base64(&cv.1))),
    ("!base32", 0, |cv| bome(formats::base32(&cv.1))),
    ("!from_base32", 0, |cv| bome(formats::from_base32(&cv.1))),
    ("gmtime", 0, |cv| bome(dates::broken_down(&cv.1))),
    ("mktime", 0, |cv| bome(dates::seconds(&cv.1))),
    ("strftime", 1, |cv| {
        unary(cv, |x, format| dates::written(&x, &format))
    }),
    ("strptime", 1, |cv| {
        unary(cv, |x, format| dates::read(&x, &format))
    }),
    ("fromdateiso8601", 0, |cv| bome(dates::from_iso(&cv.1))),
    ("!matches", 2, |cv| bome(pattern::matches(cv))),
    ("!split_matches", 2, |cv| bome(pattern::split_matches(cv))),
    ("!split", 2, |cv| bome(pattern::split(cv))),
];

/// The filters of this file, as the compiler takes them.
pub(super) fn funs() -> impl Iterator<Item = Fun<Metered>> {
    let native = BUILTINS
        .iter()
        .map(|(name, arity, filter)| run::<Metered>((*name, v(*arity), *filter)));
    let empty =
        Native::new(|_| Box::new(std::iter::empty())).with_paths(|_| Box::new(std::iter::empty()));
    native.chain([("empty", v(0), empty)])
}

fn number_of(value: &Val) -> Result<f64, jaq_core::Error<Val>> {
    match value {
        Val::Num(number) => Ok(number.as_f64()),
        other => Err(failure::unsuitable(other, "number required")),
    }
}

/// What is no number has no such property.
fn of_number(value: &Val, is_so: fn(f64) -> bool) -> ValR<Val> {
    Ok(Val::Bool(number_of(value).is_ok_and(is_so)))
}

fn rounded(value: &Val, by: fn(f64) -> f64) -> ValR<Val> {
    number_of(value).map(|number| Val::from(by(number)))
}

fn absolute(value: Val) -> ValR<Val> {
    match &value {
        Val::Num(number) if number.as_f64() < 0.0 => Ok(Val::Num(number.negated())),
        Val::Num(_) => Ok(value),
        other => Err(failure::unsuitable(other, "number required")),
    }
}

fn length(value: Val) -> ValR<Val> {
    match value {
        Val::Null => Ok(Val::from(0_usize)),
        Val::Num(_) => absolute(value),
        Val::Text(text) => Ok(Val::from(text.as_str().chars().count())),
        Val::List(list) => Ok(Val::from(list.items().len())),
        Val::Dict(dict) => Ok(Val::from(dict.entries().len())),
        Val::Bool(_) => Err(failure::unsuitable(&value, "has no length")),
    }
}

fn utf8_bytes(value: &Val) -> ValR<Val> {
    charge(1);
    match value.as_str() {
        Some(text) => Ok(Val::from(text.len())),
        None => Err(error(format!(
            "{} only strings have UTF-8 byte length",
            failure::shown(value)
        ))),
    }
}
