//! Regular expressions, for `test`, `match`, `capture`, `scan`, `split`, `sub`, `gsub`.
//!
//! They run on automata: no pattern backtracks, compiled size is limited, and every search is charged for the text that
//! it may go over. Knows nothing of the filters built on top of it.

use super::Metered;
use super::meter::{charge, charge_scan};
use super::value::Val;
use jaq_core::{Cv, Error, ValR, ValT as _};
use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;
use regex_automata::util::syntax;
use regex_automata::{Input, Span};
use std::cell::RefCell;
use std::collections::HashMap;

/// The longest pattern.
const MAX_PATTERN_BYTES: usize = 1_000;
/// The greatest automaton; what `a{1000}{1000}` would need is far beyond.
const MAX_AUTOMATON_BYTES: usize = 256 << 10;
/// What compiling a pattern costs, per byte of it.
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
    swaps_greed: bool,
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
                's' => flags.dot_matches_newline = true,
                'l' => flags.swaps_greed = true,
                'x' => flags.is_extended = true,
                'p' => (flags.is_multi_line, flags.dot_matches_newline) = (true, true),
                other => return Err(Error::str(format_args!("invalid regex flag: {other}"))),
            }
        }
        Ok(flags)
    }

    fn syntax(self) -> syntax::Config {
        syntax::Config::new()
            .case_insensitive(self.is_case_insensitive)
            .multi_line(self.is_multi_line)
            .dot_matches_new_line(self.dot_matches_newline)
            .swap_greed(self.swaps_greed)
            .ignore_whitespace(self.is_extended)
            .nest_limit(50)
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
        None => Err(Error::typ(value.clone(), "string")),
    };
    let (text, pattern, flags) = (text_of(&cv.1)?, text_of(&pattern)?, text_of(&flags)?);
    let chosen = Flags::parse(&flags)?;
    let regex = compiled(&pattern, &flags, chosen)?;
    let mut found = Vec::new();
    let mut rest_from = 0;
    let mut cursor = Cursor::default();
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
    if pattern.len() > MAX_PATTERN_BYTES {
        return Err(Error::str(format_args!(
            "a regex is at most {MAX_PATTERN_BYTES} bytes long"
        )));
    }
    let key = (pattern.to_owned(), flags.to_owned());
    charge_scan(pattern.len());
    if let Some(kept) = COMPILED.with_borrow(|kept| kept.get(&key).cloned()) {
        return Ok(kept);
    }
    charge(UNITS_PER_PATTERN_BYTE * (1 + pattern.len() as u64));
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

/// Where the next search begins.
#[derive(Default)]
struct Cursor {
    at: usize,
    last_end: Option<usize>,
}

/// The next match, leftmost first; an empty match right after the one before is passed over.
fn next_match(
    regex: &Regex,
    text: &str,
    cursor: &mut Cursor,
    captures: &mut Captures,
) -> Option<Span> {
    loop {
        let rest = text.get(cursor.at..)?;
        // A search may look at everything that is left; a capture may go over what it found several times.
        charge(2 + rest.len() as u64 / 16);
        regex.search_captures(&Input::new(text).span(cursor.at..text.len()), captures);
        let whole = captures.get_group(0)?;
        charge_scan(whole.len() * 8);
        let step = rest.chars().next().map_or(1, char::len_utf8);
        if whole.is_empty() && cursor.last_end == Some(whole.start) {
            cursor.at += step;
            cursor.last_end = None;
            continue;
        }
        cursor.at = whole.end;
        cursor.last_end = Some(whole.end);
        return Some(whole);
    }
}

/// The groups of a match as objects; offsets and lengths count characters.
fn groups(regex: &Regex, text: &str, captures: &Captures) -> ValR<Val> {
    let names = regex
        .group_info()
        .pattern_names(regex_automata::PatternID::ZERO);
    let objects = names.enumerate().filter_map(|(index, name)| {
        let span = captures.get_group(index)?;
        let part = text.get(span.start..span.end)?;
        charge_scan(span.end);
        let offset = text.get(..span.start)?.chars().count();
        let mut fields = vec![
            (Val::text("offset"), Val::from(offset)),
            (Val::text("length"), Val::from(part.chars().count())),
            (Val::text("string"), Val::text(part)),
        ];
        if let Some(name) = name {
            fields.push((Val::text("name"), Val::text(name)));
        }
        Some(Val::from_map(fields))
    });
    objects.collect()
}
