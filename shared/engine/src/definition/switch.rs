//! `switch`: the ways out of it.

use super::fields::Fields;
use super::task::{Tasks, Then, only_entry};
use super::template::{Place, Scope, Templated};
use crate::problem::child;
use serde_json::Value;

/// One way out of a `switch`; without a condition it is the default.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) when: Option<Templated>,
    pub(crate) then: Then,
}

impl Tasks<'_> {
    pub(super) fn cases(
        &mut self,
        value: &Value,
        pointer: &str,
        siblings: &[&str],
        scope: &Scope,
    ) -> Option<Vec<Case>> {
        let Some(items) = value.as_array() else {
            self.findings.add(
                pointer,
                "must be a list of cases, each an object with one name",
            );
            return None;
        };
        let mut cases = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let place = format!("{pointer}/{at}");
            let Some((name, body)) = only_entry(item) else {
                self.findings.add(&place, "must be an object with one name");
                continue;
            };
            let Some(mut fields) = Fields::of(body, &child(&place, name), self.findings) else {
                continue;
            };
            let when = fields.expression("when", (scope, Place::TaskDefinition), self.findings);
            if !fields.has("then") {
                self.findings.add(&fields.pointer, "`then` is missing");
            }
            let then = self.then(&mut fields, siblings);
            fields.end(self.findings);
            cases.push(Case { when, then });
        }
        if cases.iter().filter(|case| case.when.is_none()).count() > 1 {
            self.findings
                .add(pointer, "only one case may go without `when`");
        }
        Some(cases)
    }
}
