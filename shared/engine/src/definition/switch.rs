//! `switch`: its cases.

use super::fields::Fields;
use super::parser::TaskParser;
use super::scope::{Position, Scope};
use super::task::{FlowDirective, only_entry};
use super::template::Template;
use crate::problem::child_pointer;
use serde_json::Value;

/// A case of a `switch`; the one without a condition is the default.
#[derive(Debug)]
pub(crate) struct SwitchCase {
    pub(crate) when: Option<Template>,
    pub(crate) then: FlowDirective,
}

impl TaskParser<'_> {
    pub(super) fn cases(
        &mut self,
        value: &Value,
        pointer: &str,
        siblings: &[&str],
        scope: &Scope,
    ) -> Option<Vec<SwitchCase>> {
        let Some(items) = value.as_array() else {
            self.diagnostics.add(
                pointer,
                "must be a list of cases, each an object with one name",
            );
            return None;
        };
        let mut cases = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            cases.extend(self.case(item, &format!("{pointer}/{index}"), siblings, scope));
        }
        if cases.iter().filter(|case| case.when.is_none()).count() > 1 {
            self.diagnostics
                .add(pointer, "only one case may have no `when`");
        }
        Some(cases)
    }

    fn case(
        &mut self,
        item: &Value,
        pointer: &str,
        siblings: &[&str],
        scope: &Scope,
    ) -> Option<SwitchCase> {
        let Some((name, body)) = only_entry(item) else {
            self.diagnostics
                .add(pointer, "must be an object with one name");
            return None;
        };
        let mut fields = Fields::of(body, &child_pointer(pointer, name), self.diagnostics)?;
        let site = scope.at(Position::TaskDefinition);
        let when = fields.expression("when", site, self.diagnostics);
        if !fields.has("then") {
            self.diagnostics.add(&fields.pointer, "`then` is missing");
        }
        let then = self.then(&mut fields, siblings);
        let then = then.unwrap_or(FlowDirective::Continue);
        fields.end(self.diagnostics);
        Some(SwitchCase { when, then })
    }
}
