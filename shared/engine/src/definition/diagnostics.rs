//! Collects what is wrong with a document, so that its author sees every problem at once.

use crate::problem::Problem;
use crate::sandbox::{self, Source};
use std::collections::BTreeSet;

/// The problems found so far, and the expressions that are still to be compiled.
#[derive(Default)]
pub(super) struct Diagnostics {
    problems: Vec<Problem>,
    /// Whether a function was found to call itself.
    pub(super) has_recursive_function: bool,
    expressions: Vec<(String, Source)>,
}

/// The most bytes of expressions in one document; compiling the worst of them takes half a second.
const MAX_EXPRESSION_BYTES: usize = 256 << 10;

impl Diagnostics {
    pub(super) fn add(&mut self, pointer: &str, reason: impl Into<String>) {
        self.problems.push(Problem::at(pointer, reason));
    }

    /// Queues an expression; [`finish`](Self::finish) compiles all of them together.
    pub(super) fn check_expression_later(&mut self, pointer: &str, source: Source) {
        self.expressions.push((pointer.to_owned(), source));
    }

    /// Compiles the expressions and returns every problem.
    pub(super) fn finish(mut self) -> Vec<Problem> {
        let bytes: usize = self
            .expressions
            .iter()
            .map(|(_, source)| source.text.len())
            .sum();
        if bytes > MAX_EXPRESSION_BYTES {
            self.add(
                "",
                format!("the expressions are longer than {MAX_EXPRESSION_BYTES} bytes in all"),
            );
            self.expressions.clear();
        }
        let mut known = BTreeSet::new();
        self.problems
            .retain(|problem| known.insert((problem.pointer.clone(), problem.reason.clone())));
        let (pointers, sources): (Vec<_>, Vec<_>) = self.expressions.into_iter().unzip();
        for (pointer, refusal) in pointers.into_iter().zip(sandbox::refusals(&sources)) {
            if let Some(reason) = refusal {
                self.problems.push(Problem::at(pointer, reason));
            }
        }
        self.problems
    }
}
