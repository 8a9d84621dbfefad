//! From the text of an expression to a program that can run, or a sentence that says why not.

use super::library::{definitions, funs, reason_refused};
use super::survey::Survey;
use super::{Metered, Source, syntax};
use crate::limits::expression::MAX_SOURCE_BYTES;
use jaq_core::compile::{Compiler, Undefined};
use jaq_core::load::parse::Def;
use jaq_core::load::{Arena, Errors, File, Loader};
use std::collections::BTreeSet;

/// A compiled expression.
pub(super) type Program = jaq_core::Filter<Metered>;

/// The name of the definition that an expression is compiled as; an expression cannot call it.
pub(super) const MAIN: &str = "__main__";

/// Compiles expressions against the library, of which each gets only what it uses.
pub(super) struct Library {
    definitions: Vec<Known>,
}

/// A definition of the library, and what it calls.
struct Known {
    def: Def<&'static str>,
    calls: BTreeSet<(&'static str, usize)>,
}

impl Library {
    pub(super) fn new() -> Self {
        let known = |def: Def<&'static str>| {
            let calls = Survey::of_definition(&def).calls;
            Known { def, calls }
        };
        Self {
            definitions: definitions().into_iter().map(known).collect(),
        }
    }

    /// Compiles `source`, or says in a sentence why it is refused.
    pub(super) fn compile(&self, source: &Source) -> Result<Program, String> {
        let text = &*source.text;
        if text.len() > MAX_SOURCE_BYTES {
            return Err(format!(
                "the expression is longer than {MAX_SOURCE_BYTES} bytes"
            ));
        }
        let term = syntax::expression(text)?;
        let survey = Survey::of(&term);
        if let Some(name) = survey.nesting_recursions.first() {
            return Err(format!(
                "`{name}` calls itself with a filter as argument; pass values (`${name}`-style arguments), or define an \
                 inner filter without arguments"
            ));
        }
        let parameters: Vec<&str> = source.names.iter().map(String::as_str).collect();
        let call = call_of_main(&parameters);
        let mut library = self.reached_from(survey.calls);
        library.push(Def {
            name: MAIN,
            args: parameters.clone(),
            body: term,
        });
        let arena = Arena::default();
        let file = File {
            code: call.as_str(),
            path: (),
        };
        let modules = Loader::new(library)
            .load(&arena, file)
            .map_err(|_| "the expression cannot be read".to_owned())?;
        Compiler::default()
            .with_funs(funs())
            .with_global_vars(parameters)
            .compile(modules)
            .map_err(|errors| undefined_names(&errors, source))
    }

    /// The definitions that `calls` need, directly or through others. A definition only uses those before it.
    fn reached_from<'s>(&self, calls: BTreeSet<(&'s str, usize)>) -> Vec<Def<&'s str>> {
        let mut needed = calls;
        let mut reached = Vec::new();
        for Known { def, calls } in self.definitions.iter().rev() {
            if needed.contains(&(def.name, def.args.len())) {
                needed.extend(calls.iter().copied());
                reached.push(def.clone());
            }
        }
        reached.reverse();
        reached
    }
}

/// The text that calls the definition of the whole expression with its variables.
fn call_of_main(parameters: &[&str]) -> String {
    if parameters.is_empty() {
        return MAIN.to_owned();
    }
    format!("{MAIN}({})", parameters.join("; "))
}

type UndefinedNames<'s> = Errors<&'s str, (), Vec<(&'s str, Undefined)>>;

fn undefined_names(errors: &UndefinedNames<'_>, source: &Source) -> String {
    let sentence = |(name, undefined): &(&str, Undefined)| match reason_refused(name) {
        Some(reason) => format!("`{name}` is refused: {reason}"),
        None => match undefined {
            Undefined::Filter(arity) => format!("there is no function `{name}/{arity}`"),
            Undefined::Var => {
                format!(
                    "there is no `{name}` here; there are {}",
                    source.names.join(", ")
                )
            }
            other => format!("there is no {} `{name}`", other.as_str()),
        },
    };
    let all: BTreeSet<String> = errors
        .iter()
        .flat_map(|(_, names)| names.iter().map(sentence))
        .collect();
    all.into_iter().collect::<Vec<_>>().join("; ")
}
