//! The order in which several outputs come, where the interpreter's differs from jq's: jq runs the right operand of an
//! operator first, and for each of its outputs the left one.

use super::{ASSIGN, MODIFY, TermOf};
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Pattern, Term};
use jaq_core::path::{Opt, Part, Path};

const LEFT: &str = "$!left";
const RIGHT: &str = "$!right";
/// The initial state of a fold.
const START: &str = "$!start";
/// Filters of the library that have one output for one input and one value of each argument.
const SINGLE: [&str; 30] = [
    "length",
    "add",
    "true",
    "false",
    "null",
    "keys",
    "setpath",
    "tostring",
    "tojson",
    "tonumber",
    "type",
    "not",
    "has",
    "contains",
    "join",
    "split",
    "ltrimstr",
    "rtrimstr",
    "startswith",
    "endswith",
    "floor",
    "sort",
    "round",
    "ascii_downcase",
    "ascii_upcase",
    "first",
    "last",
    "fromjson",
    "min",
    "max",
];

/// An operation whose right operand is run first.
pub(super) fn right_first<'s>(
    left: TermOf<'s>,
    operator: BinaryOp<&'s str>,
    right: TermOf<'s>,
) -> TermOf<'s> {
    let operation = |left: TermOf<'s>, right: TermOf<'s>| {
        Term::BinOp(Box::new(left), operator, Box::new(right))
    };
    if is_single(&left) || is_single(&right) {
        return operation(left, right);
    }
    let calculated = operation(Term::Var(LEFT), Term::Var(RIGHT));
    bound(right, RIGHT, bound(left, LEFT, calculated))
}

/// `value as $name | body`
pub(super) fn bound<'s>(value: TermOf<'s>, name: &'s str, body: TermOf<'s>) -> TermOf<'s> {
    Term::BinOp(
        Box::new(value),
        BinaryOp::Pipe(Some(Pattern::Var(name))),
        Box::new(body),
    )
}

/// The left side of `//`: its errors end it, and are no errors of the whole.
pub(super) fn without_errors(term: TermOf<'_>) -> TermOf<'_> {
    match term {
        Term::Id | Term::Num(_) | Term::Var(_) => term,
        other => Term::TryCatch(Box::new(other), None),
    }
}

/// Whether a term surely has at most one output. Only looks at what is cheap to see.
pub(super) fn is_single(term: &TermOf<'_>) -> bool {
    match term {
        Term::Id | Term::Num(_) | Term::Var(_) | Term::Arr(_) => true,
        Term::Str(_, parts) => parts.iter().all(|part| match part {
            StrPart::Str(_) | StrPart::Char(_) => true,
            StrPart::Term(term) => is_single(term),
        }),
        Term::Obj(entries) => entries
            .iter()
            .all(|(key, value)| is_single(key) && value.as_ref().is_none_or(is_single)),
        Term::Neg(term) => is_single(term),
        Term::BinOp(left, BinaryOp::Math(_) | BinaryOp::Cmp(_), right) => {
            is_single(left) && is_single(right)
        }
        Term::Path(head, path) => {
            let is_one = |part: &Part<TermOf<'_>>| match part {
                Part::Index(index) => is_single(index),
                Part::Range(None, None) => false,
                Part::Range(from, to) => from.iter().chain(to).all(is_single),
            };
            is_single(head) && path.0.iter().all(|(part, _)| is_one(part))
        }
        Term::BinOp(left, BinaryOp::Pipe(_) | BinaryOp::And | BinaryOp::Or, right) => {
            is_single(left) && is_single(right)
        }
        Term::Call(MODIFY, _) => true,
        Term::Call(ASSIGN, arguments) => arguments.last().is_none_or(is_single),
        Term::Call(name, arguments) => {
            let is_generator = matches!(*name, "first" | "last") && !arguments.is_empty();
            SINGLE.contains(name) && !is_generator && arguments.iter().all(is_single)
        }
        Term::IfThenElse(branches, otherwise) => {
            branches
                .iter()
                .all(|(condition, then)| is_single(condition) && is_single(then))
                && otherwise
                    .as_ref()
                    .is_none_or(|otherwise| is_single(otherwise))
        }
        Term::Fold("reduce", _, _, parts) => parts.first().is_none_or(is_single),
        Term::Recurse | Term::BinOp(..) | Term::Label(..) | Term::Break(_) => false,
        Term::Fold(..) | Term::TryCatch(..) | Term::Def(..) => false,
    }
}

/// The names for the parts of a string; more parts that may have several outputs keep the interpreter's order.
const PARTS: [&str; 8] = [
    "$!part0", "$!part1", "$!part2", "$!part3", "$!part4", "$!part5", "$!part6", "$!part7",
];

/// A string. Where several parts may have several outputs, the first one changes fastest.
pub(super) fn string<'s>(
    format: Option<&'s str>,
    mut parts: Vec<StrPart<&'s str, TermOf<'s>>>,
) -> TermOf<'s> {
    let terms = parts.iter_mut().filter_map(|part| match part {
        StrPart::Term(term) if !is_single(term) => Some(term),
        StrPart::Term(_) | StrPart::Str(_) | StrPart::Char(_) => None,
    });
    let multiple: Vec<_> = terms.collect();
    if multiple.len() < 2 || multiple.len() > PARTS.len() {
        return Term::Str(format, parts);
    }
    let named = multiple.into_iter().zip(PARTS);
    let values: Vec<_> = named
        .map(|(term, name)| (std::mem::replace(term, Term::Var(name)), name))
        .collect();
    let built = Term::Str(format, parts);
    values
        .into_iter()
        .fold(built, |body, (value, name)| bound(value, name, body))
}

/// `reduce` or `foreach` whose update may have several outputs or none: each one of `foreach` is an output, and the
/// last one is the next state; without one the state is null. So the state is the array of the outputs.
pub(super) fn fold<'s>(
    keyword: &'s str,
    source: Box<TermOf<'s>>,
    pattern: Pattern<&'s str>,
    (initial, update, extract): (TermOf<'s>, TermOf<'s>, Option<TermOf<'s>>),
) -> TermOf<'s> {
    let array = |items: TermOf<'s>| Term::Arr(Some(Box::new(items)));
    let piped = |first: TermOf<'s>, second: TermOf<'s>| {
        Term::BinOp(Box::new(first), BinaryOp::Pipe(None), Box::new(second))
    };
    let step = |part| Term::Path(Box::new(Term::Id), Path(vec![(part, Opt::Essential)]));
    let last = || step(Part::Index(Term::Neg(Box::new(Term::Num("1")))));
    let each = || step(Part::Range(None, None));
    let update = array(piped(last(), update));
    // Every output of the initial state begins a fold of its own.
    let mut parts = vec![array(Term::Var(START)), update];
    if keyword == "reduce" {
        let folded = Term::Fold(keyword, source, pattern, parts);
        return bound(initial, START, piped(folded, last()));
    }
    parts.push(extract.map_or_else(each, |extract| piped(each(), extract)));
    bound(initial, START, Term::Fold(keyword, source, pattern, parts))
}
