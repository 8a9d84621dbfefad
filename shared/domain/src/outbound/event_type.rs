//! The catalogue of event types: Sluice's own, under the name that each profile has for them, and those that orgs declare.
//! It does not know the subscriptions.

use std::fmt;

use crate::outbound::DeclaredType;

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

    /// Whether the names of Sluice's own types begin with this part, in any case.
    pub(crate) fn is_own_part(first: &str) -> bool {
        CATALOGUE.iter().any(|entry| {
            let own = entry.native.split('.').next().unwrap_or_default();
            own.eq_ignore_ascii_case(first)
        })
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
}
