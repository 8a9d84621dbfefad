//! Regular expressions, for `test`, `match`, `capture`, `scan`, `split`, `sub`, `gsub`.
//!
//! They run on automata: no pattern backtracks, compiled size is limited, and every search is charged for the text that
//! it may go over. Knows nothing of the filters built on top of it.

use super::Metered;
use super::failure::{error, unsuitable};
use super::meter::{charge, charge_scan};
use super::pattern_weight::weight_of;
use super::value::Val;
use crate::limits::pattern::{MAX_AUTOMATON_BYTES, MAX_NESTING};
use jaq_core::{Cv, Error, ValR, ValT as _};
use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;
use regex_automata::util::syntax;
use regex_automata::{Input, Span};
use std::cell::RefCell;
use std::collections::HashMap;

/// Units of work for each unit of a pattern's weight, and for each of its bytes.
const UNITS_PER_WEIGHT: u64 = 16;
const UNITS_PER_PATTERN_BYTE: u64 = 100;
/// Compiled patterns kept per thread.
const MAX_KEPT: usize = 16;

thread_local! {
    static COMPILED: RefCell<HashMap<(String, String), Regex>> = RefCell::new(HashMap::new());
}

#[derive(Clone, Copy, Default)]
struct Flags {
    is_global: bool,
    skips_empty: bool,
    is_case_insensitive: bool,
    is_multi_line: bool,
    dot_matches_newline: bool,
    is_extended: bool,
}

impl Flags {
    fn parse(text: &str) -> Result<Self, Error<Val>> {
        let mut flags = Self::default();
        for flag in text.chars() {
            match flag {
                'g' => flags.is_global = true,
                'n' => flags.skips_empty = true,
                'i' => flags.is_case_insensitive = true,
                'm' => flags.is_multi_line = true,
                // Single line mode: `^` and `$` are the ends of the text, as they are without it.
                's' => {}
                'p' => flags.dot_matches_newline = true,
                'x' => flags.is_extended = true,
                'l' => {
                    return Err(error(
                        "the regex flag `l` is refused: the longest match would need a search of its own kind",
                    ));
                }
                _ => return Err(error(format!("{text} is not a valid modifier string"))),
            }
        }
        Ok(flags)
    }

    fn syntax(self) -> syntax::Config {
        syntax::Config::new()
            .case_insensitive(self.is_case_insensitive)
            .multi_line(self.is_multi_line)
            .dot_matches_new_line(self.dot_matches_newline)
            .ignore_whitespace(self.is_extended)
            .nest_limit(MAX_NESTING)
    }
}

/// All matches, each an array of what its groups caught, the whole match first.
pub(super) fn matches(cv: Cv<'_, Metered>) -> ValR<Val> {
    search(cv, false, true)
}

/// What stands between matches, and the matches, in turn.
pub(super) fn split_matches(cv: Cv<'_, Metered>) -> ValR<Val> {
    search(cv, true, true)
}

/// What stands between matches.
pub(super) fn split(cv: Cv<'_, Metered>) -> ValR<Val> {
    search(cv, true, false)
}

fn search(mut cv: Cv<'_, Metered>, with_rest: bool, with_matches: bool) -> ValR<Val> {
    let (flags, pattern) = (cv.0.pop_var(), cv.0.pop_var());
    let text_of = |value: &Val| match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(unsuitable(
            value,
            "cannot be matched, as it is not a string",
        )),
    };
    let flags = match flags {
        Val::Null => String::new(),
        other => text_of(&other)?,
    };
    let (text, pattern) = (text_of(&cv.1)?, text_of(&pattern)?);
    let chosen = Flags::parse(&flags)?;
    let regex = compiled(&pattern, &flags, chosen)?;
    let mut found = Vec::new();
    let mut rest_from = 0;
    let mut cursor = 0;
    let mut captures = regex.create_captures();
    while let Some(whole) = next_match(&regex, &text, &mut cursor, &mut captures) {
        if chosen.skips_empty && whole.is_empty() {
            continue;
        }
        if with_rest {
            found.push(Val::text(
                text.get(rest_from..whole.start).unwrap_or_default(),
            ));
            rest_from = whole.end;
        }
        if with_matches {
            found.push(groups(&regex, &text, &captures)?);
        }
        if !chosen.is_global {
            break;
        }
    }
    if with_rest {
        found.push(Val::text(text.get(rest_from..).unwrap_or_default()));
    }
    Ok(found.into_iter().collect())
}

fn compiled(pattern: &str, flags: &str, chosen: Flags) -> Result<Regex, Error<Val>> {
    let key = (pattern.to_owned(), flags.to_owned());
    charge_scan(pattern.len());
    if let Some(kept) = COMPILED.with_borrow(|kept| kept.get(&key).cloned()) {
        return Ok(kept);
    }
    let weight =
        weight_of(pattern, chosen.is_case_insensitive, chosen.is_extended).map_err(error)?;
    charge(UNITS_PER_PATTERN_BYTE * (1 + pattern.len() as u64) + UNITS_PER_WEIGHT * weight);
    let limits = Regex::config()
        .nfa_size_limit(Some(MAX_AUTOMATON_BYTES))
        .onepass_size_limit(Some(MAX_AUTOMATON_BYTES))
        .dfa_size_limit(Some(MAX_AUTOMATON_BYTES))
        .hybrid_cache_capacity(MAX_AUTOMATON_BYTES);
    let regex = Regex::builder()
        .syntax(chosen.syntax())
        .configure(limits)
        .build(pattern)
        .map_err(|error| Error::str(format_args!("invalid or too large regex: {error}")))?;
    COMPILED.with_borrow_mut(|kept| {
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(key, regex.clone());
    });
    Ok(regex)
}

/// The next match from `cursor` on, leftmost first. After one with characters an empty one may follow at once; after an
/// empty one the search goes on behind the next character.
fn next_match(
    regex: &Regex,
    text: &str,
    cursor: &mut usize,
    captures: &mut Captures,
) -> Option<Span> {
    let rest = text.get(*cursor..)?;
    // A search may look at everything that is left; a capture may go over what it found several times.
    charge(2 + rest.len() as u64 / 16);
    regex.search_captures(&Input::new(text).span(*cursor..text.len()), captures);
    let whole = captures.get_group(0)?;
    charge_scan(whole.len() * 8);
    let behind = text.get(whole.end..)?.chars().next();
    let step = behind.map_or(1, char::len_utf8);
    *cursor = whole.end + if whole.is_empty() { step } else { 0 };
    Some(whole)
}

/// The groups of a match as objects, the whole match first; offsets and lengths count characters. A group that has
/// caught nothing is there with a null string.
fn groups(regex: &Regex, text: &str, captures: &Captures) -> ValR<Val> {
    let names = regex
        .group_info()
        .pattern_names(regex_automata::PatternID::ZERO);
    let objects = names.enumerate().map(|(index, name)| {
        let caught = captures
            .get_group(index)
            .and_then(|span| Some((span, text.get(span.start..span.end)?)));
        let mut fields = match caught {
            Some((span, part)) => {
                charge_scan(span.end);
                let before = text.get(..span.start).unwrap_or_default();
                vec![
                    (Val::text("offset"), Val::from(before.chars().count())),
                    (Val::text("length"), Val::from(part.chars().count())),
                    (Val::text("string"), Val::text(part)),
                ]
            }
            None => vec![
                (Val::text("offset"), Val::from(-1_isize)),
                (Val::text("string"), Val::Null),
                (Val::text("length"), Val::from(0_usize)),
            ],
        };
        if index > 0 {
            fields.push((Val::text("name"), name.map_or(Val::Null, Val::text)));
        }
        Val::from_map(fields)
    });
    objects.collect()
}
