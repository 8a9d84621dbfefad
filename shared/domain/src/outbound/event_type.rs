//! The catalogue of event types: Sluice's own, under the name that each profile has for them, and those that orgs declare.
//! It does not know the subscriptions.

use std::fmt;

use serde_json::Value;

use crate::Timestamp;

/// The product whose API created a subscription. It decides the names of events and the shape of payloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Sluice's own API.
    Native,
    /// Refold's.
    Refold,
    /// copy.ai's.
    CopyAi,
}

/// The type of an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventType {
    /// An execution began.
    WorkflowStarted,
    /// An execution ended with an output.
    WorkflowCompleted,
    /// An execution ended with an error.
    WorkflowFailed,
    /// A connection was created.
    ConnectionCreated,
    /// A connection was deleted.
    ConnectionDeleted,
    /// A connection expired.
    ConnectionExpired,
    /// The org has no credits left.
    CreditsExhausted,
    /// The owner of a subscription asked for a test.
    WebhookTest,
    /// A subscription was disabled because its receiver failed.
    SubscriptionDisabled,
    /// A type that the org declared.
    Declared(DeclaredType),
}

/// Who publishes events of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publisher {
    /// Sluice itself.
    Sluice,
    /// The org's own services, through the API.
    Org,
}

/// One of Sluice's own types, and its names.
struct Entry {
    event_type: EventType,
    native: &'static str,
    refold: Option<&'static str>,
    copyai: Option<&'static str>,
    publisher: Publisher,
    /// False for the test event, which every subscription receives when its owner asks for it.
    can_be_subscribed_to: bool,
}

const fn entry(
    event_type: EventType,
    native: &'static str,
    refold: Option<&'static str>,
    copyai: Option<&'static str>,
    publisher: Publisher,
) -> Entry {
    Entry {
        can_be_subscribed_to: !matches!(event_type, EventType::WebhookTest),
        event_type,
        native,
        refold,
        copyai,
        publisher,
    }
}

static CATALOGUE: [Entry; 9] = [
    entry(
        EventType::WorkflowStarted,
        "workflow.started",
        None,
        Some("workflowRun.started"),
        Publisher::Sluice,
    ),
    entry(
        EventType::WorkflowCompleted,
        "workflow.completed",
        Some("Workflow Completed"),
        Some("workflowRun.completed"),
        Publisher::Sluice,
    ),
    entry(
        EventType::WorkflowFailed,
        "workflow.failed",
        Some("Workflow Errored"),
        Some("workflowRun.failed"),
        Publisher::Sluice,
    ),
    entry(
        EventType::ConnectionCreated,
        "connection.created",
        Some("Connection Created"),
        None,
        Publisher::Org,
    ),
    entry(
        EventType::ConnectionDeleted,
        "connection.deleted",
        Some("Connection Deleted"),
        None,
        Publisher::Org,
    ),
    entry(
        EventType::ConnectionExpired,
        "connection.expired",
        Some("Connection Expired"),
        None,
        Publisher::Org,
    ),
    entry(
        EventType::CreditsExhausted,
        "credits.exhausted",
        None,
        Some("workflowCreditLimit.reached"),
        Publisher::Sluice,
    ),
    entry(
        EventType::WebhookTest,
        "webhook.test",
        None,
        None,
        Publisher::Sluice,
    ),
    entry(
        EventType::SubscriptionDisabled,
        "subscription.disabled",
        None,
        None,
        Publisher::Sluice,
    ),
];

impl EventType {
    /// The type of that name in a profile. A native name that the catalogue does not have may be one that the org declared;
    /// whether it is declared is for the caller to look up.
    pub fn parse(profile: Profile, name: &str) -> Option<Self> {
        let known = CATALOGUE
            .iter()
            .find(|entry| entry.name(profile) == Some(name));
        match (known, profile) {
            (Some(entry), _) => Some(entry.event_type.clone()),
            (None, Profile::Native) => DeclaredType::parse(name).ok().map(Self::Declared),
            (None, Profile::Refold | Profile::CopyAi) => None,
        }
    }

    /// Its name in a profile, where the profile has one.
    pub fn name(&self, profile: Profile) -> Option<&str> {
        match (self, profile) {
            (Self::Declared(declared), Profile::Native) => Some(declared.as_str()),
            (Self::Declared(_), Profile::Refold | Profile::CopyAi) => None,
            (own, profile) => own.entry().and_then(|entry| entry.name(profile)),
        }
    }

    /// Every type of the catalogue that a profile can subscribe to.
    pub fn all(profile: Profile) -> impl Iterator<Item = Self> {
        let known = CATALOGUE.iter().filter(|entry| entry.can_be_subscribed_to);
        known
            .filter(move |entry| entry.name(profile).is_some())
            .map(|entry| entry.event_type.clone())
    }

    /// The whole catalogue, with the types that cannot be subscribed to.
    pub fn own() -> impl Iterator<Item = Self> {
        CATALOGUE.iter().map(|entry| entry.event_type.clone())
    }

    /// Whether a subscription can name it.
    pub fn can_be_subscribed_to(&self) -> bool {
        self.entry().is_none_or(|entry| entry.can_be_subscribed_to)
    }

    /// Who publishes its events.
    pub fn publisher(&self) -> Publisher {
        self.entry().map_or(Publisher::Org, |entry| entry.publisher)
    }

    /// Whether its events are about one execution of a workflow.
    pub fn is_of_a_workflow(&self) -> bool {
        match self {
            Self::WorkflowStarted | Self::WorkflowCompleted | Self::WorkflowFailed => true,
            Self::ConnectionCreated
            | Self::ConnectionDeleted
            | Self::ConnectionExpired
            | Self::CreditsExhausted
            | Self::WebhookTest
            | Self::SubscriptionDisabled
            | Self::Declared(_) => false,
        }
    }

    fn entry(&self) -> Option<&'static Entry> {
        CATALOGUE.iter().find(|entry| &entry.event_type == self)
    }
}

/// The native name.
impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name(Profile::Native).unwrap_or_default())
    }
}

impl Entry {
    fn name(&self, profile: Profile) -> Option<&'static str> {
        match profile {
            Profile::Native => Some(self.native),
            Profile::Refold => self.refold,
            Profile::CopyAi => self.copyai,
        }
    }
}

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
        let is_of_sluice = CATALOGUE.iter().any(|entry| {
            let own = entry.native.split('.').next().unwrap_or_default();
            own.eq_ignore_ascii_case(first)
        });
        match is_of_sluice {
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
    fn every_name_of_every_profile_reads_back() {
        for profile in [Profile::Native, Profile::Refold, Profile::CopyAi] {
            for event_type in EventType::all(profile) {
                let name = event_type.name(profile).unwrap();
                assert_eq!(EventType::parse(profile, name), Some(event_type.clone()));
            }
        }
        assert_eq!(EventType::all(Profile::Refold).count(), 5);
        assert_eq!(EventType::all(Profile::CopyAi).count(), 4);
    }

    #[test]
    fn a_name_of_one_profile_means_nothing_in_another() {
        assert_eq!(EventType::parse(Profile::Refold, "workflow.failed"), None);
        assert_eq!(EventType::parse(Profile::CopyAi, "Workflow Errored"), None);
        assert_eq!(EventType::parse(Profile::Native, "Workflow Errored"), None);
    }

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
