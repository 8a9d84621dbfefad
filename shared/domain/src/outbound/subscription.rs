//! A subscription: which events are delivered, to which URL and in which format. It does not know the secret that signs its
//! deliveries.

use std::fmt;

use crate::outbound::{Event, EventType, Profile};
use crate::{SubscriptionId, Tenant, Timestamp, WorkflowId};

/// How many subscriptions one org may have in one environment: one event makes at most so many deliveries.
pub const MAX_SUBSCRIPTIONS: usize = 100;

/// Which events are delivered, where to and in which format.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// The owner.
    pub tenant: Tenant,
    /// The product whose API created it.
    pub profile: Profile,
    /// Where deliveries are sent.
    pub url: String,
    /// The types that it wants: at least one.
    pub events: Vec<EventType>,
    /// The workflows whose events it wants; empty for all of them.
    pub workflow_ids: Vec<WorkflowId>,
    /// The slug of the events that it wants; `None` for all of them.
    pub slug: Option<String>,
    /// The format of its payloads.
    pub format: Format,
    /// The method of its requests.
    pub method: Method,
    /// Names and values of headers, as its owner gave them.
    pub headers: Vec<(String, String)>,
    /// Why and since when nothing is sent; deliveries are still recorded, for a recovery.
    pub disabled: Option<(DisabledBecause, Timestamp)>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Increases with each change: a change names the revision that it read, so that of two changes at once one fails.
    pub revision: u64,
}

/// The format of a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// The one that the profile prescribes.
    Default,
    /// A Slack message.
    Slack,
    /// The output of this template.
    Custom(String),
}

/// The method of a delivery's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `PATCH`.
    Patch,
}

/// Why a subscription is disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisabledBecause {
    /// Its owner asked for it.
    Asked,
    /// The receiver answered 410.
    Gone,
    /// The receiver failed for days.
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
    /// Whether deliveries are sent.
    pub fn is_enabled(&self) -> bool {
        self.disabled.is_none()
    }

    /// Scheme, host and port of its URL: the part that may be shown to other subscribers. The path and query of a receiver's
    /// URL are often its only credential.
    pub fn origin(&self) -> &str {
        let host_at = self.url.find("://").map_or(0, |at| at + "://".len());
        let path_at = self.url[host_at..].find(['/', '\\', '?', '#']);
        path_at.map_or(&self.url, |at| &self.url[..host_at + at])
    }

    /// Whether it receives an event.
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
            // Events of connections and declared types belong to no workflow.
            (_, None) => true,
            (wanted, Some(workflow)) => wanted.contains(&workflow),
        };
        let of_slug = self.slug.is_none() || self.slug == subject.slug;
        self.events.contains(&event.event_type) && of_workflow && of_slug
    }

    /// Whether it could receive an event of this type of an execution of this workflow. Where the workflow's slug is not
    /// known, any slug could match.
    pub fn watches(
        &self,
        event_type: &EventType,
        workflow: WorkflowId,
        slug: Option<&str>,
    ) -> bool {
        concerns(&self.workflow_ids, self.slug.as_deref(), workflow, slug)
            && self.events.contains(event_type)
    }
}

/// Whether a subscription to these workflows and this slug concerns executions of a workflow. Where the workflow's slug is
/// not known, any slug could match.
pub(super) fn concerns(
    wanted_workflows: &[WorkflowId],
    wanted_slug: Option<&str>,
    workflow: WorkflowId,
    slug: Option<&str>,
) -> bool {
    let of_workflow = wanted_workflows.is_empty() || wanted_workflows.contains(&workflow);
    let of_slug = match (wanted_slug, slug) {
        (Some(wanted), Some(slug)) => wanted == slug,
        (Some(_), None) | (None, _) => true,
    };
    of_workflow && of_slug
}

impl Format {
    /// As JSON and stored records write it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Slack => "slack",
            Self::Custom(_) => "custom",
        }
    }
}

impl Method {
    /// Reads a method in upper case.
    pub fn parse(text: &str) -> Result<Self, UnknownOutboundMethod> {
        match text {
            "POST" => Ok(Self::Post),
            "PUT" => Ok(Self::Put),
            "PATCH" => Ok(Self::Patch),
            _ => Err(UnknownOutboundMethod),
        }
    }

    /// In upper case.
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
    /// As JSON and stored records write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Asked, Self::Gone, Self::Failing]
            .into_iter()
            .find(|known| known.as_str() == text)
    }
}

#[cfg(test)]
mod tests;
