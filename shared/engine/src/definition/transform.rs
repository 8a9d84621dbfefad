//! `input`, `output` and `export`: how data is transformed, and the schema that it has to match.

use super::fields::Fields;
use super::parser::TaskParser;
use super::scope::Site;
use super::template::Template;
use crate::schema::{Refusal, Schema};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// A transformation of data on its way into or out of a task or the workflow.
#[derive(Debug, Default)]
pub(crate) struct Transform {
    /// `from`, or `as`.
    pub(crate) expression: Option<Template>,
    /// What the data has to match: before `from`, or after `as`.
    pub(crate) schema: Option<Arc<Schema>>,
}

/// The compiled schemas of a document. A schema of a function is compiled once, however often the function is called.
#[derive(Default)]
pub(super) struct SchemaCache {
    /// By the address of the schema in the document, which does not move while it is parsed.
    compiled: HashMap<usize, Result<Arc<Schema>, Vec<Refusal>>>,
    patterns: usize,
}

/// The most patterns in the schemas of a document; compiling one takes milliseconds at worst.
const MAX_PATTERNS: usize = 200;

impl TaskParser<'_> {
    /// Reads `input`, `output` or `export`, whose expression is the property `from` or `as`.
    pub(super) fn transform(
        &mut self,
        fields: &mut Fields<'_>,
        property: &str,
        expression: &str,
        site: Site<'_>,
    ) -> Transform {
        let Some(mut inner) = fields.object(property, self.diagnostics) else {
            return Transform::default();
        };
        let expression = inner.expression(expression, site, self.diagnostics);
        let schema = inner.object("schema", self.diagnostics);
        let schema = schema.and_then(|schema| self.schema(schema));
        inner.end(self.diagnostics);
        Transform { expression, schema }
    }

    /// DSL reference, "Schema".
    fn schema(&mut self, mut fields: Fields<'_>) -> Option<Arc<Schema>> {
        if let Some(format) = fields.text("format", self.diagnostics)
            && format != "json"
        {
            let reason = "the only format of schemas is `json`";
            self.diagnostics.add(&fields.at("format"), reason);
        }
        if fields.has("resource") {
            let reason =
                "external schemas are not supported: write the schema itself as `document`";
            fields.refuse("resource", reason, self.diagnostics);
            fields.ignore("document");
            return None;
        }
        let document = fields.require("document", self.diagnostics);
        let pointer = fields.at("document");
        fields.end(self.diagnostics);
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
                    self.diagnostics.add(pointer, reason);
                    return None;
                }
                let compiled = Schema::compile(document).map(Arc::new);
                self.schemas.patterns += compiled.as_ref().map_or(0, |schema| schema.patterns());
                self.schemas.compiled.insert(address, compiled.clone());
                compiled
            }
        };
        // Reported each time: the first parser that compiled it may have dropped its diagnostics.
        let reported = compiled.map_err(|refusals| {
            for refusal in refusals {
                let at = format!("{pointer}{}", refusal.pointer);
                self.diagnostics.add(&at, refusal.reason);
            }
        });
        reported.ok()
    }
}
