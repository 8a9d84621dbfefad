//! Walks a parsed expression: collects the names that it uses, and finds recursion that is refused.
//!
//! Knows the grammar only; the compiler decides whether a name exists.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::path::Part;
use std::collections::BTreeSet;

/// What an expression uses.
#[derive(Default)]
pub(super) struct Survey<'s> {
    /// Called filters, by name and number of arguments.
    pub(super) calls: BTreeSet<(&'s str, usize)>,
    /// Recursive definitions that take filters as arguments.
    pub(super) nesting_recursions: BTreeSet<&'s str>,
    /// The definitions around the current place: name, number of arguments, whether one of them is a filter.
    open: Vec<(&'s str, usize, bool)>,
}

impl<'s> Survey<'s> {
    pub(super) fn of(term: &Term<&'s str>) -> Self {
        let mut survey = Self::default();
        survey.term(term);
        survey
    }

    pub(super) fn of_definition(def: &Def<&'s str>) -> Self {
        let mut survey = Self::default();
        survey.definition(def);
        survey
    }

    fn definition(&mut self, def: &Def<&'s str>) {
        let takes_filters = def.args.iter().any(|argument| !argument.starts_with('$'));
        self.open.push((def.name, def.args.len(), takes_filters));
        self.term(&def.body);
        self.open.pop();
    }

    fn call(&mut self, name: &'s str, arity: usize) {
        self.calls.insert((name, arity));
        if self.open.contains(&(name, arity, true)) {
            // Each such call wraps the closure of the previous one: a chain whose unwinding would need unbounded stack.
            self.nesting_recursions.insert(name);
        }
    }

    fn term(&mut self, term: &Term<&'s str>) {
        match term {
            Term::Id | Term::Recurse | Term::Num(_) | Term::Arr(None) => {}
            Term::Break(_) | Term::Var(_) => {}
            Term::Str(format, parts) => {
                if let Some(format) = format {
                    self.call(format, 0);
                }
                for part in parts {
                    match part {
                        StrPart::Term(term) => self.term(term),
                        StrPart::Str(_) | StrPart::Char(_) => {}
                    }
                }
            }
            Term::Arr(Some(term)) | Term::Neg(term) | Term::Label(_, term) => self.term(term),
            Term::Obj(entries) => {
                for (key, value) in entries {
                    self.term(key);
                    value.iter().for_each(|value| self.term(value));
                }
            }
            Term::BinOp(left, operator, right) => {
                self.term(left);
                self.operator(operator);
                self.term(right);
            }
            Term::Fold(_, source, pattern, arguments) => {
                self.term(source);
                self.pattern(pattern);
                arguments.iter().for_each(|argument| self.term(argument));
            }
            Term::TryCatch(body, handler) => {
                self.term(body);
                handler.iter().for_each(|handler| self.term(handler));
            }
            Term::IfThenElse(branches, otherwise) => {
                for (condition, then) in branches {
                    self.term(condition);
                    self.term(then);
                }
                otherwise.iter().for_each(|otherwise| self.term(otherwise));
            }
            Term::Def(definitions, body) => {
                definitions.iter().for_each(|def| self.definition(def));
                self.term(body);
            }
            Term::Call(name, arguments) => {
                self.call(name, arguments.len());
                arguments.iter().for_each(|argument| self.term(argument));
            }
            Term::Path(head, path) => {
                self.term(head);
                path.0.iter().for_each(|(part, _)| self.part(part));
            }
        }
    }

    fn part(&mut self, part: &Part<Term<&'s str>>) {
        match part {
            Part::Index(index) => self.term(index),
            Part::Range(from, to) => from.iter().chain(to).for_each(|bound| self.term(bound)),
        }
    }

    fn operator(&mut self, operator: &BinaryOp<&'s str>) {
        if let BinaryOp::Pipe(Some(pattern)) = operator {
            self.pattern(pattern);
        }
    }

    fn pattern(&mut self, pattern: &Pattern<&'s str>) {
        match pattern {
            Pattern::Var(_) => {}
            Pattern::Arr(items) => items.iter().for_each(|item| self.pattern(item)),
            Pattern::Obj(entries) => {
                for (key, value) in entries {
                    self.term(key);
                    self.pattern(value);
                }
            }
        }
    }
}
