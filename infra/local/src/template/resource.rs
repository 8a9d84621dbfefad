//! One resource of a template. Does not know the types of resources.

use super::TemplateError;
use super::properties::Properties;

/// A resource: its logical id, its type and its properties.
pub(super) struct Resource<'a> {
    pub(super) logical_id: &'a str,
    pub(super) kind: String,
    pub(super) properties: Properties<'a>,
}

impl Resource<'_> {
    pub(super) fn name(&self) -> Result<String, TemplateError> {
        self.properties
            .resolver
            .physical_name(self.logical_id, &self.properties.path)
    }

    pub(super) fn arn(&self) -> Result<String, TemplateError> {
        self.properties
            .resolver
            .arn(self.logical_id, &self.properties.path)
    }
}

/// The name of a function, from its ARN or that of its alias (`…:function:NAME:ALIAS`), or from its name.
pub(super) fn function_name(reference: &str) -> &str {
    match reference.split_once(":function:") {
        Some((_, name)) => name.split(':').next().unwrap_or(name),
        None => last_part(reference),
    }
}

/// The name at the end of an ARN.
pub(super) fn last_part(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}
