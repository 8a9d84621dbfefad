//! Tasks that contain lists of tasks: `for`, `try` and `fork`.

use super::fields::Fields;
use super::parser::TaskParser;
use super::retry::Retry;
use super::scope::{Position, Scope, Site};
use super::task::FlowDirective;
use super::template::Template;
use crate::nesting::{MAX_BRANCHES, MAX_NESTED_FORKS};
use crate::problem::child_pointer;
use serde_json::Value;

/// `for`: a list that runs once for each item of an array.
#[derive(Debug)]
pub(crate) struct ForEach {
    pub(crate) list: String,
    pub(crate) items: Template,
    /// The variables of the loop, with their `$`.
    pub(crate) item_name: String,
    pub(crate) index_name: String,
    /// `while`: must be true before each iteration.
    pub(crate) condition: Option<Template>,
}

/// `try`: a list whose errors may be caught.
#[derive(Debug)]
pub(crate) struct TryCatch {
    /// `errors.with`: the properties that an error must have.
    pub(crate) error_filter: Option<Template>,
    /// The variable that holds the error, with its `$`.
    pub(crate) error_name: String,
    pub(crate) when: Option<Template>,
    pub(crate) except_when: Option<Template>,
    pub(crate) retry: Option<Retry>,
    /// The list that runs after an error that is caught and not retried.
    pub(crate) handler: Option<String>,
    /// Where the flow continues after such an error, instead of the `then` of the task.
    pub(crate) then: Option<FlowDirective>,
}

/// The variable that holds a caught error if `catch` has no `as`.
pub(super) const DEFAULT_ERROR_NAME: &str = "$error";

/// `fork`: tasks that run side by side.
#[derive(Debug)]
pub(crate) struct Fork {
    /// The pointer of the list of branches, and how many there are.
    pub(crate) branches: String,
    pub(crate) count: usize,
    /// `compete`: the output of the first branch to end is the output of the task.
    pub(crate) is_competing: bool,
}

impl TaskParser<'_> {
    /// Reads `for`, and beside it `while` and `do`.
    pub(super) fn for_each(
        &mut self,
        value: &Value,
        pointer: &str,
        task: &mut Fields<'_>,
        scope: &Scope,
    ) -> Option<ForEach> {
        let mut fields = Fields::of(value, pointer, self.diagnostics);
        let (mut item_name, mut index_name, mut items) = (None, None, None);
        if let Some(fields) = &mut fields {
            fields.require("in", self.diagnostics);
            items = fields.expression("in", scope.at(Position::TaskDefinition), self.diagnostics);
            item_name = self.variable(fields, "each");
            index_name = self.variable(fields, "at");
        }
        if let Some(fields) = fields {
            fields.end(self.diagnostics);
        }
        let item_name = item_name.unwrap_or_else(|| "$item".to_owned());
        let index_name = index_name.unwrap_or_else(|| "$index".to_owned());
        let inner = scope.with([&item_name, &index_name]);
        let site = inner.at(Position::TaskDefinition);
        let condition = task.expression("while", site, self.diagnostics);
        let list = task.at("do");
        if let Some(tasks) = task.require("do", self.diagnostics) {
            self.list(tasks, &list, &inner);
        }
        Some(ForEach {
            list,
            items: items?,
            item_name,
            index_name,
            condition,
        })
    }

    /// Reads `try`, and beside it `catch`.
    pub(super) fn try_catch(
        &mut self,
        value: &Value,
        pointer: &str,
        task: &mut Fields<'_>,
        siblings: &[&str],
        scope: &Scope,
    ) -> Option<TryCatch> {
        self.list(value, pointer, scope);
        task.require("catch", self.diagnostics);
        let mut fields = task.object("catch", self.diagnostics)?;
        let error_name = self
            .variable(&mut fields, "as")
            .unwrap_or_else(|| DEFAULT_ERROR_NAME.to_owned());
        let inner = scope.with([&error_name]);
        let site = inner.at(Position::TaskDefinition);
        let error_filter = self.error_filter(&mut fields, scope.at(Position::TaskDefinition));
        let when = fields.expression("when", site, self.diagnostics);
        let except_when = fields.expression("exceptWhen", site, self.diagnostics);
        let retry = self.retry_or_name(&mut fields, &error_name, scope);
        let handler = fields.take("do").map(|tasks| {
            let list = fields.at("do");
            self.list(tasks, &list, &inner);
            list
        });
        let then = self.then(&mut fields, siblings);
        fields.end(self.diagnostics);
        Some(TryCatch {
            error_filter,
            error_name,
            when,
            except_when,
            retry,
            handler,
            then,
        })
    }

    /// `errors.with`: the properties that an error must have.
    fn error_filter(&mut self, catch: &mut Fields<'_>, site: Site<'_>) -> Option<Template> {
        let mut errors = catch.object("errors", self.diagnostics)?;
        let filter = errors.template("with", site, self.diagnostics);
        errors.end(self.diagnostics);
        filter
    }

    /// `retry`: an inline policy, or the name of a component. A component calls the error `$error`, whatever the name in
    /// the `catch` that uses it.
    fn retry_or_name(
        &mut self,
        catch: &mut Fields<'_>,
        error_name: &str,
        scope: &Scope,
    ) -> Option<Retry> {
        let retry = catch.take("retry")?;
        let at = catch.at("retry");
        let error_name = match retry.is_string() {
            true => DEFAULT_ERROR_NAME,
            false => error_name,
        };
        let (retry, pointer) = self
            .components
            .resolve("retries", retry, &at, self.diagnostics)?;
        self.retry(retry, &pointer, error_name, scope)
    }

    pub(super) fn fork(&mut self, value: &Value, pointer: &str, scope: &Scope) -> Option<Fork> {
        if pointer.matches("/fork/branches/").count() >= MAX_NESTED_FORKS {
            let reason = format!("forks nest at most {MAX_NESTED_FORKS} deep");
            self.diagnostics.add(pointer, reason);
            return None;
        }
        let mut fields = Fields::of(value, pointer, self.diagnostics)?;
        let is_competing = fields.flag("compete", self.diagnostics).unwrap_or(false);
        let branches = fields.at("branches");
        let listed = fields.require("branches", self.diagnostics);
        let count = listed.and_then(Value::as_array).map_or(0, Vec::len);
        if count > MAX_BRANCHES {
            let reason = format!("a fork has at most {MAX_BRANCHES} branches");
            self.diagnostics.add(&branches, reason);
        } else if let Some(listed) = listed {
            self.branches(listed, &branches, scope);
        }
        fields.end(self.diagnostics);
        Some(Fork {
            branches,
            count,
            is_competing,
        })
    }

    /// Branches run side by side: none of them can jump to another.
    fn branches(&mut self, value: &Value, pointer: &str, scope: &Scope) {
        self.list(value, pointer, scope);
        let jumps = self
            .lists
            .get(pointer)
            .into_iter()
            .flatten()
            .filter(|task| task.jumps());
        let jumping: Vec<_> = jumps
            .map(|task| child_pointer(&task.pointer, "then"))
            .collect();
        for pointer in jumping {
            self.diagnostics
                .add(&pointer, "a branch cannot send the flow to another branch");
        }
    }

    /// The name of a variable, with its `$`.
    fn variable(&mut self, fields: &mut Fields<'_>, property: &str) -> Option<String> {
        let name = fields.text(property, self.diagnostics)?;
        let mut characters = name.chars();
        let is_name = characters
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && characters.all(|rest| rest.is_ascii_alphanumeric() || rest == '_');
        if !is_name {
            self.diagnostics.add(
                &fields.at(property),
                "must be letters, digits and underscores",
            );
            return None;
        }
        Some(format!("${name}"))
    }
}
