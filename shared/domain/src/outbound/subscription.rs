//! A subscription: who is told of which events, where and in which shape. It does not know the secret that its
//! deliveries are signed with.

use std::fmt;

use crate::outbound::{Event, EventType, Profile};
use crate::{SubscriptionId, Tenant, Timestamp, WorkflowId};

/// How many one org may have in one environment: what an event can be multiplied by.
pub const MAX_SUBSCRIPTIONS: usize = 100;

#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    pub id: SubscriptionId,
    pub tenant: Tenant,
    pub form: Profile,
    pub url: String,
    /// At least one.
    pub events: Vec<EventType>,
    /// Events of these workflows only; of every one where it is empty.
    pub workflow_ids: Vec<WorkflowId>,
    /// Events about what has this slug only.
    pub slug: Option<String>,
    pub format: Format,
    pub method: Method,
    /// Names and values, as they were given.
    pub headers: Vec<(String, String)>,
    /// `Some`: nothing is sent, and what matches is recorded for a recovery.
    pub disabled: Option<(DisabledBecause, Timestamp)>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub revision: u64,
}

/// The shape of a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    Default,
    Slack,
    /// The text of a template.
    Custom(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Post,
    Put,
    Patch,
}

/// Why nothing is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisabledBecause {
    Asked,
    /// The receiver answered 410.
    Gone,
    /// It has failed for days.
    Failing,
}

/// The text names no format.
#[derive(Debug, thiserror::Error)]
#[error("expected one of default, slack, custom")]
pub struct UnknownFormat;

/// The text names no method that deliveries are made with.
#[derive(Debug, thiserror::Error)]
#[error("expected one of POST, PUT, PATCH")]
pub struct UnknownOutboundMethod;

impl Subscription {
    pub fn is_enabled(&self) -> bool {
        self.disabled.is_none()
    }

    /// Scheme, host and port of its URL: what may be told of it to others. Paths and queries of receivers are often all
    /// that keeps strangers out.
    pub fn origin(&self) -> &str {
        let host_at = self.url.find("://").map_or(0, |at| at + "://".len());
        let path_at = self.url[host_at..].find(['/', '\\', '?', '#']);
        path_at.map_or(&self.url, |at| &self.url[..host_at + at])
    }

    /// Whether an event is for it. Whoever asks has seen that both are of the same tenant.
    pub fn wants(&self, event: &Event) -> bool {
        let subject = &event.subject;
        if self.tenant != event.tenant || subject.except == Some(self.id) {
            return false;
        }
        if let Some(only) = subject.only {
            return only == self.id;
        }
        let of_workflow = match (self.workflow_ids.as_slice(), subject.workflow) {
            ([], _) => true,
            // Connections and declared events are of no workflow, and asked for by their type.
            (_, None) => true,
            (wanted, Some(workflow)) => wanted.contains(&workflow),
        };
        let of_slug = self.slug.is_none() || self.slug == subject.slug;
        self.events.contains(&event.event_type) && of_workflow && of_slug
    }

    /// Whether an execution of this workflow could have something to tell it. Without the workflow's slug, every slug could
    /// be the one that it asks for.
    pub fn watches(
        &self,
        event_type: &EventType,
        workflow: WorkflowId,
        slug: Option<&str>,
    ) -> bool {
        let of_workflow = self.workflow_ids.is_empty() || self.workflow_ids.contains(&workflow);
        let of_slug = match (self.slug.as_deref(), slug) {
            (Some(wanted), Some(slug)) => wanted == slug,
            (Some(_), None) | (None, _) => true,
        };
        of_workflow && of_slug && self.events.contains(event_type)
    }
}

impl Format {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Slack => "slack",
            Self::Custom(_) => "custom",
        }
    }
}

impl Method {
    pub fn parse(text: &str) -> Result<Self, UnknownOutboundMethod> {
        match text {
            "POST" => Ok(Self::Post),
            "PUT" => Ok(Self::Put),
            "PATCH" => Ok(Self::Patch),
            _ => Err(UnknownOutboundMethod),
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl DisabledBecause {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Asked, Self::Gone, Self::Failing]
            .into_iter()
            .find(|known| known.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::Subject;
    use crate::{Environment, EventId, OrgId};
    use serde_json::Value;

    fn tenant(environment: Environment) -> Tenant {
        Tenant {
            org: OrgId::derived(&["o"]),
            environment,
        }
    }

    fn subscription() -> Subscription {
        let now = Timestamp::from_millis(0);
        Subscription {
            id: SubscriptionId::derived(&["s"]),
            tenant: tenant(Environment::Test),
            form: Profile::Native,
            url: "https://example.com/".into(),
            events: vec![EventType::WorkflowFailed, EventType::ConnectionCreated],
            workflow_ids: vec![WorkflowId::derived(&["w"])],
            slug: None,
            format: Format::Default,
            method: Method::Post,
            headers: Vec::new(),
            disabled: None,
            created_at: now,
            updated_at: now,
            revision: 1,
        }
    }

    fn event(event_type: EventType, subject: Subject) -> Event {
        Event {
            id: EventId::derived(&["e"]),
            tenant: tenant(Environment::Test),
            event_type,
            at: Timestamp::from_millis(0),
            subject,
            hops: 0,
            data: Value::Null,
        }
    }

    fn of_workflow(name: &str) -> Subject {
        Subject {
            workflow: Some(WorkflowId::derived(&[name])),
            slug: Some(name.to_owned()),
            ..Subject::default()
        }
    }

    #[test]
    fn an_event_is_filtered_by_tenant_type_workflow_and_slug() {
        let mut wanting = subscription();
        assert!(wanting.wants(&event(EventType::WorkflowFailed, of_workflow("w"))));
        assert!(!wanting.wants(&event(EventType::WorkflowFailed, of_workflow("x"))));
        assert!(!wanting.wants(&event(EventType::WorkflowCompleted, of_workflow("w"))));
        assert!(wanting.wants(&event(EventType::ConnectionCreated, Subject::default())));
        let mut of_live = event(EventType::WorkflowFailed, of_workflow("w"));
        of_live.tenant = tenant(Environment::Live);
        assert!(!wanting.wants(&of_live));
        wanting.slug = Some("other".into());
        assert!(!wanting.wants(&event(EventType::WorkflowFailed, of_workflow("w"))));
        wanting.slug = Some("w".into());
        assert!(wanting.wants(&event(EventType::WorkflowFailed, of_workflow("w"))));
    }

    #[test]
    fn others_learn_no_more_of_a_url_than_its_host() {
        let origin = |url: &str| {
            let subscription = Subscription {
                url: url.into(),
                ..subscription()
            };
            subscription.origin().to_owned()
        };
        assert_eq!(
            origin("https://hooks.example.com/T0/B0/secret"),
            "https://hooks.example.com"
        );
        assert_eq!(
            origin("https://example.com:8443?token=secret"),
            "https://example.com:8443"
        );
        assert_eq!(origin("https://example.com#secret"), "https://example.com");
        assert_eq!(origin("http://[::1]:80"), "http://[::1]:80");
    }

    #[test]
    fn a_test_goes_to_one_and_a_notice_to_all_others() {
        let asked = subscription();
        let test = |id| Subject {
            only: Some(id),
            ..Subject::default()
        };
        assert!(asked.wants(&event(EventType::WebhookTest, test(asked.id))));
        let other = SubscriptionId::derived(&["other"]);
        assert!(!asked.wants(&event(EventType::WebhookTest, test(other))));
        let but_it = Subject {
            except: Some(asked.id),
            ..Subject::default()
        };
        assert!(!asked.wants(&event(EventType::ConnectionCreated, but_it)));
    }
}
