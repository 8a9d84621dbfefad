//! Reading one block of a template, property by property. What is not asked for is not resolved, and so need not
//! be known. Does not know which properties a resource has.

use serde_json::Value;

use super::TemplateError;
use super::resolve::{Resolver, escaped, text_of};

/// A block and its path.
#[derive(Clone)]
pub(super) struct Properties<'a> {
    pub(super) resolver: &'a Resolver<'a>,
    value: &'a Value,
    pub(super) path: String,
}

impl<'a> Properties<'a> {
    pub(super) fn whole(resolver: &'a Resolver<'a>) -> Self {
        Self {
            resolver,
            value: resolver.document,
            path: String::new(),
        }
    }

    /// The block under `key`, which is empty where there is none.
    pub(super) fn block(&self, key: &str) -> Self {
        Self {
            resolver: self.resolver,
            value: self.value.get(key).unwrap_or(&Value::Null),
            path: self.path_of(key),
        }
    }

    /// The blocks of a mapping, with their keys.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (&'a str, Self)> {
        self.value
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| (key.as_str(), self.block(key)))
    }

    /// None where the property is missing or `AWS::NoValue`.
    pub(super) fn value(&self, key: &str) -> Result<Option<Value>, TemplateError> {
        let value = self.value.get(key).unwrap_or(&Value::Null);
        let resolved = self.resolver.resolve(value, &self.path_of(key))?;
        Ok(Some(resolved).filter(|value| !value.is_null()))
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<String>, TemplateError> {
        self.value(key)?
            .map(|value| text_of(&value, &self.path_of(key)))
            .transpose()
    }

    pub(super) fn required_text(&self, key: &str) -> Result<String, TemplateError> {
        self.text(key)?
            .ok_or_else(|| self.wrong(key, "is required"))
    }

    /// A whole number, which CloudFormation takes as text too.
    pub(super) fn number(&self, key: &str) -> Result<Option<u32>, TemplateError> {
        self.text(key)?
            .map(|text| {
                text.parse()
                    .map_err(|_| self.wrong(key, "is not a whole number"))
            })
            .transpose()
    }

    /// An error about the property `key`.
    pub(super) fn wrong(&self, key: &str, reason: &str) -> TemplateError {
        TemplateError::new(&self.path_of(key), reason)
    }

    fn path_of(&self, key: &str) -> String {
        format!("{}/{}", self.path, escaped(key))
    }
}
