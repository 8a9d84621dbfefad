//! The arguments of an expression: those of its position in a task or workflow, and the variables in scope.

use std::sync::Arc;

/// The property that an expression belongs to; it decides which arguments exist (DSL, "Runtime expression arguments").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    WorkflowInput,
    TaskInput,
    TaskDefinition,
    TaskOutput,
    TaskExport,
    WorkflowOutput,
}

impl Position {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::WorkflowInput => &["$workflow", "$runtime"],
            Self::TaskInput => &["$context", "$task", "$workflow", "$runtime"],
            Self::TaskDefinition | Self::TaskOutput => &[
                "$context",
                "$input",
                "$task",
                "$workflow",
                "$runtime",
                "$authorization",
            ],
            Self::TaskExport => &[
                "$context",
                "$input",
                "$output",
                "$task",
                "$workflow",
                "$runtime",
                "$authorization",
            ],
            Self::WorkflowOutput => &["$context", "$workflow", "$runtime"],
        }
    }
}

/// The variables in scope: those of the loops and caught errors around a task, with their `$`.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    has_secrets: bool,
    locals: Vec<String>,
}

impl Scope {
    /// The outermost scope. It has `$secrets` only if the document declares some.
    pub(super) fn outermost(has_secrets: bool) -> Self {
        Self {
            has_secrets,
            locals: Vec::new(),
        }
    }

    /// This scope with more variables.
    pub(super) fn with<'a>(&self, names: impl IntoIterator<Item = &'a String>) -> Self {
        let mut locals = self.locals.clone();
        locals.extend(names.into_iter().cloned());
        Self {
            has_secrets: self.has_secrets,
            locals,
        }
    }

    /// A position in this scope.
    pub(super) fn at(&self, position: Position) -> Site<'_> {
        Site {
            scope: self,
            position,
        }
    }
}

/// A scope and a position: together they name the arguments of an expression.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site<'s> {
    scope: &'s Scope,
    position: Position,
}

impl Site<'_> {
    /// The names of the arguments. The innermost variable is the last, and hides outer ones of its name.
    pub(super) fn arguments(self) -> Arc<[String]> {
        let arguments = self.position.arguments().iter();
        let secrets = self.scope.has_secrets.then(|| "$secrets".to_owned());
        arguments
            .map(|name| (*name).to_owned())
            .chain(secrets)
            .chain(self.scope.locals.iter().cloned())
            .collect()
    }
}
