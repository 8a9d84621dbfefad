//! Builds update expressions of DynamoDB. Every attribute is named by a placeholder (`#status`), so that reserved words
//! need no care, and its new value is `:new_<name>`, so that conditions can have values of the same name.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;

use crate::dynamodb::attributes::Item;

/// The `SET` and `REMOVE` parts of an update.
#[derive(Default)]
pub(crate) struct UpdateExpression {
    assignments: Vec<String>,
    values: Vec<(String, AttributeValue)>,
    names: Vec<String>,
    removed: Vec<String>,
}

impl UpdateExpression {
    /// Sets an attribute, whatever its value was.
    pub(crate) fn set(&mut self, name: &str, value: AttributeValue) {
        self.assign(name, format!(":new_{name}"), value);
    }

    /// Sets every attribute of `attributes`.
    pub(crate) fn set_all(&mut self, attributes: Item) {
        for (name, value) in attributes {
            self.set(&name, value);
        }
    }

    /// Sets an attribute unless the item has it already.
    pub(crate) fn set_if_absent(&mut self, name: &str, value: AttributeValue) {
        self.assign(name, format!("if_not_exists(#{name}, :new_{name})"), value);
    }

    /// Adds to a number that the item has.
    pub(crate) fn increase(&mut self, name: &str, by: AttributeValue) {
        self.assign(name, format!("#{name} + :new_{name}"), by);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.removed.push(format!("#{name}"));
        self.names.push(name.to_owned());
    }

    pub(crate) fn remove_all(&mut self, names: &[&str]) {
        for name in names {
            self.remove(name);
        }
    }

    /// Sets an attribute that has a value, and removes one that has none.
    pub(crate) fn set_or_remove(&mut self, name: &str, value: Option<AttributeValue>) {
        match value {
            Some(value) => self.set(name, value),
            None => self.remove(name),
        }
    }

    fn assign(&mut self, name: &str, expression: String, value: AttributeValue) {
        self.assignments.push(format!("#{name} = {expression}"));
        self.values.push((format!(":new_{name}"), value));
        self.names.push(name.to_owned());
    }

    /// Adds the expression, its names and its values to a request.
    pub(crate) fn apply(self, update: UpdateItemFluentBuilder) -> UpdateItemFluentBuilder {
        let expression = self.expression();
        let update = self.names.iter().fold(update, |update, name| {
            update.expression_attribute_names(format!("#{name}"), name)
        });
        let update = self
            .values
            .into_iter()
            .fold(update, |update, (name, value)| {
                update.expression_attribute_values(name, value)
            });
        update.update_expression(expression)
    }

    /// The same for a write of a transaction.
    pub(crate) fn apply_in_transaction(self, update: UpdateBuilder) -> UpdateBuilder {
        let expression = self.expression();
        let update = self.names.iter().fold(update, |update, name| {
            update.expression_attribute_names(format!("#{name}"), name)
        });
        let update = self
            .values
            .into_iter()
            .fold(update, |update, (name, value)| {
                update.expression_attribute_values(name, value)
            });
        update.update_expression(expression)
    }

    fn expression(&self) -> String {
        let part = |keyword: &str, terms: &[String]| {
            let part = format!("{keyword} {}", terms.join(", "));
            (!terms.is_empty()).then_some(part)
        };
        let parts = [
            part("SET", &self.assignments),
            part("REMOVE", &self.removed),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamodb::attributes::number;

    #[test]
    fn an_expression_has_only_the_parts_that_it_needs() {
        let mut changes = UpdateExpression::default();
        assert_eq!(changes.expression(), "");
        changes.remove("due_at");
        assert_eq!(changes.expression(), "REMOVE #due_at");
        changes.set_or_remove("slug", None);
        changes.set_or_remove("name", Some(number(1)));
        changes.increase("epoch", number(1));
        changes.set_if_absent("created_at", number(1));
        assert_eq!(
            changes.expression(),
            "SET #name = :new_name, #epoch = #epoch + :new_epoch, \
             #created_at = if_not_exists(#created_at, :new_created_at) REMOVE #due_at, #slug"
        );
    }
}
