//! Tasks made of tasks: loops, attempts with what catches their errors, and branches.

use super::fields::Fields;
use super::retry::Retry;
use super::task::Tasks;
use super::template::{Place, Scope, Templated};
use crate::deep::MAX_NESTED_FORKS;
use crate::problem::child;
use serde_json::Value;

/// `for`: a list run once for each item of a collection.
#[derive(Debug)]
pub(crate) struct ForEach {
    pub(crate) list: String,
    pub(crate) items: Templated,
    /// The variables of the loop, with their `$`.
    pub(crate) item_name: String,
    pub(crate) index_name: String,
    /// Must hold before each round.
    pub(crate) condition: Option<Templated>,
}

/// `try`: a list whose errors may be caught.
#[derive(Debug)]
pub(crate) struct TryCatch {
    /// Properties that an error must have; all of them.
    pub(crate) filter: Option<Templated>,
    /// The variable that holds the error, with its `$`.
    pub(crate) error_name: String,
    pub(crate) when: Option<Templated>,
    pub(crate) except_when: Option<Templated>,
    pub(crate) retry: Option<Retry>,
    /// What runs once an error is caught and not tried again.
    pub(crate) handler: Option<String>,
}

/// `fork`: tasks that run side by side.
#[derive(Debug)]
pub(crate) struct Fork {
    /// The pointer of the list of branches, and how many there are.
    pub(crate) branches: String,
    pub(crate) count: usize,
    /// Whether the first branch to end decides.
    pub(crate) is_race: bool,
}

impl Tasks<'_> {
    /// Reads `for`, and beside it `while` and `do`.
    pub(super) fn for_each(
        &mut self,
        value: &Value,
        pointer: &str,
        task: &mut Fields<'_>,
        scope: &Scope,
    ) -> Option<ForEach> {
        let mut fields = Fields::of(value, pointer, self.findings);
        let (mut item_name, mut index_name, mut items) = (None, None, None);
        if let Some(fields) = &mut fields {
            fields.require("in", self.findings);
            items = fields.expression("in", (scope, Place::TaskDefinition), self.findings);
            item_name = self.variable(fields, "each");
            index_name = self.variable(fields, "at");
        }
        if let Some(fields) = fields {
            fields.end(self.findings);
        }
        let item_name = item_name.unwrap_or_else(|| "$item".to_owned());
        let index_name = index_name.unwrap_or_else(|| "$index".to_owned());
        let inner = scope.with([&item_name, &index_name]);
        let at = (&inner, Place::TaskDefinition);
        let condition = task.expression("while", at, self.findings);
        let list = task.at("do");
        if let Some(tasks) = task.require("do", self.findings) {
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
        scope: &Scope,
    ) -> Option<TryCatch> {
        self.list(value, pointer, scope);
        task.require("catch", self.findings);
        let mut fields = task.object("catch", self.findings)?;
        let error_name = self
            .variable(&mut fields, "as")
            .unwrap_or_else(|| "$error".to_owned());
        let inner = scope.with([&error_name]);
        let at = (&inner, Place::TaskDefinition);
        let filter = fields
            .object("errors", self.findings)
            .and_then(|mut errors| {
                let filter = errors.template("with", (scope, Place::TaskDefinition), self.findings);
                errors.end(self.findings);
                filter
            });
        let when = fields.expression("when", at, self.findings);
        let except_when = fields.expression("exceptWhen", at, self.findings);
        let retry = fields.take("retry").and_then(|retry| {
            let place = fields.at("retry");
            let (retry, place) =
                self.components
                    .resolve("retries", retry, &place, self.findings)?;
            self.retry(retry, &place, &inner)
        });
        let handler = fields.take("do").map(|tasks| {
            let list = fields.at("do");
            self.list(tasks, &list, &inner);
            list
        });
        fields.end(self.findings);
        Some(TryCatch {
            filter,
            error_name,
            when,
            except_when,
            retry,
            handler,
        })
    }

    pub(super) fn fork(&mut self, value: &Value, pointer: &str, scope: &Scope) -> Option<Fork> {
        if pointer.matches("/fork/branches/").count() >= MAX_NESTED_FORKS {
            let reason = format!("at most {MAX_NESTED_FORKS} forks may stand inside each other");
            self.findings.add(pointer, reason);
            return None;
        }
        let mut fields = Fields::of(value, pointer, self.findings)?;
        let is_race = fields.flag("compete", self.findings).unwrap_or(false);
        let branches = fields.at("branches");
        let listed = fields.require("branches", self.findings);
        let count = listed.and_then(Value::as_array).map_or(0, Vec::len);
        if let Some(listed) = listed {
            self.branches(listed, &branches, scope);
        }
        fields.end(self.findings);
        Some(Fork {
            branches,
            count,
            is_race,
        })
    }

    /// The branches are no sequence: none of them can send the flow to another.
    fn branches(&mut self, value: &Value, pointer: &str, scope: &Scope) {
        self.list(value, pointer, scope);
        let jumps = self
            .lists
            .get(pointer)
            .into_iter()
            .flatten()
            .filter(|task| task.jumps());
        let jumping: Vec<_> = jumps.map(|task| child(&task.pointer, "then")).collect();
        for place in jumping {
            self.findings
                .add(&place, "a branch cannot send the flow to another branch");
        }
    }

    /// The name of a variable, with its `$`.
    fn variable(&mut self, fields: &mut Fields<'_>, property: &str) -> Option<String> {
        let name = fields.text(property, self.findings)?;
        let mut characters = name.chars();
        let is_name = characters
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && characters.all(|rest| rest.is_ascii_alphanumeric() || rest == '_');
        if !is_name {
            self.findings.add(
                &fields.at(property),
                "must be letters, digits and underscores",
            );
            return None;
        }
        Some(format!("${name}"))
    }
}
