//! `input`, `output` and `export`: the schema that data has to fit on its way, and how it is transformed.

use super::fields::Fields;
use super::task::Tasks;
use super::template::{Place, Scope, Templated};
use crate::schema::{Refusal, Schema};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// What stands between a task, or the workflow, and the data around it.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    /// `from`, or `as`.
    pub(crate) transformation: Option<Templated>,
    /// What the data has to fit: before `from`, after `as`.
    pub(crate) schema: Option<Arc<Schema>>,
}

/// The schemas of a document. Each is compiled once, however often the function that it belongs to is called.
#[derive(Default)]
pub(super) struct Schemas {
    /// By the address of the schema in the document, which stays where it is while it is read.
    compiled: HashMap<usize, Result<Arc<Schema>, Vec<Refusal>>>,
    patterns: usize,
}

/// How many patterns the schemas of a document may have; compiling one takes milliseconds at worst.
const MAX_PATTERNS: usize = 200;

impl Tasks<'_> {
    /// `input`, `output` or `export`, with the transformation that is named `within`.
    pub(super) fn filter(
        &mut self,
        fields: &mut Fields<'_>,
        property: &str,
        within: &str,
        at: (&Scope, Place),
    ) -> Filter {
        let Some(mut inner) = fields.object(property, self.findings) else {
            return Filter::default();
        };
        let transformation = inner.expression(within, at, self.findings);
        let schema = inner.object("schema", self.findings);
        let schema = schema.and_then(|schema| self.schema(schema));
        inner.end(self.findings);
        Filter {
            transformation,
            schema,
        }
    }

    /// DSL reference, "Schema".
    fn schema(&mut self, mut fields: Fields<'_>) -> Option<Arc<Schema>> {
        if let Some(format) = fields.text("format", self.findings)
            && format != "json"
        {
            let reason = "the only format of schemas is `json`";
            self.findings.add(&fields.at("format"), reason);
        }
        if fields.has("resource") {
            let reason = "nothing is loaded from elsewhere: give the schema itself as `document`";
            fields.refuse("resource", reason, self.findings);
            fields.ignore("document");
            return None;
        }
        let document = fields.require("document", self.findings);
        let pointer = fields.at("document");
        fields.end(self.findings);
        self.compile(document?, &pointer)
    }

    fn compile(&mut self, document: &Value, pointer: &str) -> Option<Arc<Schema>> {
        let address = std::ptr::from_ref(document) as usize;
        let known = self.schemas.compiled.get(&address).cloned();
        let compiled = match known {
            Some(known) => known,
            None => {
                if self.schemas.patterns > MAX_PATTERNS {
                    let reason = format!(
                        "the schemas of a document have at most {MAX_PATTERNS} patterns in all"
                    );
                    self.findings.add(pointer, reason);
                    return None;
                }
                let compiled = Schema::compile(document).map(Arc::new);
                self.schemas.patterns += compiled.as_ref().map_or(0, |schema| schema.patterns());
                self.schemas.compiled.insert(address, compiled.clone());
                compiled
            }
        };
        // Told each time: whoever came first may have told nobody.
        let told = compiled.map_err(|refusals| {
            for refusal in refusals {
                let place = format!("{pointer}{}", refusal.pointer);
                self.findings.add(&place, refusal.reason);
            }
        });
        told.ok()
    }
}
