//! Destructuring alternatives: `source as first ?// second | body`.
//!
//! The body is one definition that each pattern calls with its variables, so that it is compiled once. Where taking
//! apart or the body fails, the next pattern is tried; what the last one fails with is the error of the whole. A
//! variable that a pattern does not have is null.

use super::{TermOf, order};
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};

const VALUE: &str = "$!alternative";
const INPUT: &str = "$!input";
const BODY: &str = "!body";

/// The binding of a source by the first pattern that works.
pub(super) fn bound<'s>(
    source: TermOf<'s>,
    patterns: Vec<Pattern<&'s str>>,
    body: TermOf<'s>,
) -> TermOf<'s> {
    let mut names = Vec::new();
    for pattern in &patterns {
        collect(pattern, &mut names);
    }
    let mut tried: Option<TermOf<'s>> = None;
    for pattern in patterns.into_iter().rev() {
        let attempt = attempt(pattern, &names);
        tried = Some(match tried {
            None => attempt,
            Some(others) => {
                let others = piped(Term::Var(INPUT), others);
                Term::TryCatch(Box::new(attempt), Some(Box::new(others)))
            }
        });
    }
    let definition = Def {
        name: BODY,
        args: names,
        body,
    };
    let attempts = order::bound(Term::Id, INPUT, tried.unwrap_or_default());
    let whole = Term::Def(vec![definition], Box::new(attempts));
    order::bound(source, VALUE, whole)
}

/// One pattern, and the call of the body with all variables.
fn attempt<'s>(pattern: Pattern<&'s str>, names: &[&'s str]) -> TermOf<'s> {
    let mut own = Vec::new();
    collect(&pattern, &mut own);
    let argument = |name: &&'s str| {
        if own.contains(name) {
            Term::Var(*name)
        } else {
            Term::Call("null", Vec::new())
        }
    };
    let call = Term::Call(BODY, names.iter().map(argument).collect());
    Term::BinOp(
        Box::new(Term::Var(VALUE)),
        BinaryOp::Pipe(Some(pattern)),
        Box::new(call),
    )
}

fn piped<'s>(first: TermOf<'s>, second: TermOf<'s>) -> TermOf<'s> {
    Term::BinOp(Box::new(first), BinaryOp::Pipe(None), Box::new(second))
}

/// The variables of a pattern, each once.
fn collect<'s>(pattern: &Pattern<&'s str>, names: &mut Vec<&'s str>) {
    match pattern {
        Pattern::Var(name) => {
            if !names.contains(name) {
                names.push(name);
            }
        }
        Pattern::Arr(items) => items.iter().for_each(|item| collect(item, names)),
        Pattern::Obj(entries) => entries.iter().for_each(|(_, item)| collect(item, names)),
    }
}
