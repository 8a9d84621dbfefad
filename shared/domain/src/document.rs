//! What a workflow's document calls itself (`document.namespace`, `name`, `version`): by that, other workflows run it.
//! It does not know which workflows there are.

use serde_json::Value;

/// What a document calls itself, without its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentName {
    pub namespace: String,
    pub name: String,
}

impl DocumentName {
    /// Longer ones are nobody's: keys of tables have only so much room.
    const MAX_BYTES: usize = 255;

    /// `None` where no workflow can be found by it.
    pub fn new(namespace: &str, name: &str) -> Option<Self> {
        let is_fit = |text: &str| (1..=Self::MAX_BYTES).contains(&text.len());
        (is_fit(namespace) && is_fit(name)).then(|| Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The name and the version in the head of a definition.
    pub fn in_head(definition: &Value) -> Option<(Self, &str)> {
        let text = |name: &str| definition["document"][name].as_str();
        let name = Self::new(text("namespace")?, text("name")?)?;
        Some((name, text("version")?))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_definition_is_named_by_its_head() {
        let head = json!({"namespace": "shop", "name": "order", "version": "1.2.0"});
        let definition = json!({"document": head});
        let (name, version) = DocumentName::in_head(&definition).unwrap();
        assert_eq!(Some(name), DocumentName::new("shop", "order"));
        assert_eq!(version, "1.2.0");
        assert_eq!(DocumentName::in_head(&json!({})), None);
        assert_eq!(DocumentName::new("shop", &"x".repeat(256)), None);
    }
}
