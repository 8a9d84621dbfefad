//! `Fn::FindInMap`: a value from the template's mappings. Does not know what it is for.

use serde_json::Value;

use super::TemplateError;
use super::resolve::{Resolver, text_of};

impl Resolver<'_> {
    /// The value under a mapping's two keys, each of which may be a function.
    pub(super) fn found_in_map(
        &self,
        parts: &Value,
        path: &str,
        depth: usize,
    ) -> Result<Value, TemplateError> {
        let Some([map, first, second]) = parts.as_array().map(Vec::as_slice) else {
            let reason = "Fn::FindInMap takes a mapping and two keys";
            return Err(TemplateError::new(path, reason));
        };
        let text = |part| text_of(&self.resolve_within(part, path, depth)?, path);
        let (map, first, second) = (text(map)?, text(first)?, text(second)?);
        let mappings = self.document.get("Mappings");
        mappings
            .and_then(|all| all.get(&map)?.get(&first)?.get(&second))
            .cloned()
            .ok_or_else(|| {
                let reason = format!("there is no {map}, {first}, {second} in Mappings");
                TemplateError::new(path, reason)
            })
    }
}
