//! The event types that an org declares for the events of its own services. It does not know which ones are declared.

use std::fmt;

use serde_json::Value;

use crate::Timestamp;
use crate::outbound::EventType;

/// How many types one org may declare in one environment: they are read all at once.
pub const MAX_DECLARED_TYPES: usize = 200;

/// The name of a type that an org declares, such as `invoice.paid`: parts of letters, digits, hyphens and underscores,
/// each beginning with a letter or digit, with dots between them. Upper and lower case are different names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeclaredType(String);

/// The text cannot name a declared type.
#[derive(Debug, thiserror::Error)]
pub enum InvalidDeclaredType {
    /// It is too long, or has other characters.
    #[error(
        "an event type is parts of letters, digits, hyphens and underscores with dots between them, each beginning with a letter or digit, at most 100 characters in all"
    )]
    Form,
    /// Its first part is that of Sluice's own types.
    #[error("event types whose first part is `{0}` are Sluice's own")]
    Reserved(String),
}

/// The declaration of a type by an org.
#[derive(Clone, Debug, PartialEq)]
pub struct EventDeclaration {
    /// The name of the type.
    pub name: DeclaredType,
    /// What its events mean, for people.
    pub description: Option<String>,
    /// The JSON Schema that the data of each event must satisfy.
    pub schema: Option<Value>,
    /// When it was declared.
    pub created_at: Timestamp,
    /// When the declaration was last changed.
    pub updated_at: Timestamp,
}

impl DeclaredType {
    const MAX_CHARS: usize = 100;

    /// Checks the name.
    pub fn parse(text: &str) -> Result<Self, InvalidDeclaredType> {
        let is_part = |part: &str| {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            part.starts_with(|first: char| first.is_ascii_alphanumeric()) && part.bytes().all(known)
        };
        if text.len() > Self::MAX_CHARS || !text.split('.').all(is_part) {
            return Err(InvalidDeclaredType::Form);
        }
        let first = text.split('.').next().unwrap_or_default();
        match EventType::is_own_part(first) {
            true => Err(InvalidDeclaredType::Reserved(first.to_owned())),
            false => Ok(Self(text.to_owned())),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeclaredType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_type_cannot_have_a_name_of_the_catalogue() {
        for name in [
            "invoice.paid",
            "crm.deal-won.v2x",
            "x_1.y",
            "com.acme.product.price_changed",
            "event.type.123abc",
            "user.2fa_enabled",
            "dev.cdevents.taskrun.started.0.2.0",
            "Invoice.Paid",
            "user_signed_up",
        ] {
            assert_eq!(DeclaredType::parse(name).unwrap().as_str(), name);
        }
        let long = format!("a.{}", "b".repeat(99));
        for name in ["", "a..b", "a.-b", ".a", "a.", "é.a", "a b.c", &long] {
            assert!(DeclaredType::parse(name).is_err(), "{name}");
        }
        for name in [
            "workflow.paused",
            "credits.low",
            "webhook.sent",
            "connection.x",
            "Workflow.paused",
            "credits",
        ] {
            let refused = DeclaredType::parse(name);
            assert!(
                matches!(refused, Err(InvalidDeclaredType::Reserved(_))),
                "{name}"
            );
        }
    }
}
