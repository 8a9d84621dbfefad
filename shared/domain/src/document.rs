//! The name in a workflow's document (`document.namespace`, `name`, `version`), under which other workflows run it. It
//! does not know which workflows exist.

use serde_json::Value;

/// Namespace and name of a document, without its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentName {
    /// `document.namespace`.
    pub namespace: String,
    /// `document.name`.
    pub name: String,
}

impl DocumentName {
    /// The longest namespace or name that a workflow can be found by: keys of tables are limited.
    const MAX_BYTES: usize = 255;

    /// `None` where either is empty or too long.
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
        assert!(DocumentName::new("shop", &"x".repeat(255)).is_some());
        assert_eq!(DocumentName::new("shop", &"x".repeat(256)), None);
    }
}
