//! A trigger: a webhook URL of a workflow, with its settings.

use serde::{Deserialize, Serialize};

use crate::{
    Authentication, CaptureWindow, Condition, CorsOrigins, DeliveryIdLocation, IpAllowList,
    Parameters, ReflyTimeout, Sealed, Tenant, Timestamp, TokenHashes, TriggerId, TriggerResponse,
    WebhookProfile, WorkflowId,
};

/// A method that a trigger can allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum HookMethod {
    /// `GET`: the query is the event.
    Get,
    /// `POST`: the body is the event.
    Post,
}

/// The method is neither `GET` nor `POST`.
#[derive(Debug, thiserror::Error)]
#[error("a webhook is called with GET or POST")]
pub struct UnknownMethod;

impl HookMethod {
    /// Reads a method in upper case.
    pub fn parse(text: &str) -> Result<Self, UnknownMethod> {
        match text {
            "GET" => Ok(Self::Get),
            "POST" => Ok(Self::Post),
            _ => Err(UnknownMethod),
        }
    }

    /// As in an `Allow` header.
    pub fn list(methods: &[Self]) -> String {
        let names: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
        names.join(", ")
    }

    /// In upper case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A webhook URL of a workflow, and its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// Its id.
    pub id: TriggerId,
    /// The workflow that it triggers.
    pub workflow_id: WorkflowId,
    /// The owner.
    pub tenant: Tenant,
    /// Whether requests are accepted.
    pub enabled: bool,
    /// The product whose requests its URL takes.
    pub profile: WebhookProfile,
    /// The token in its URL, hashed.
    pub token: TokenHashes,
    /// The current token, encrypted for [`crate::SecretOwner::TriggerToken`], so that an admin can read the URL again.
    pub sealed_token: Option<Sealed>,
    /// The addresses that may call it.
    pub ip_allow_list: IpAllowList,
    /// The proof that it asks for besides the token, if any.
    pub authentication: Option<Authentication>,
    /// Never empty; `POST` alone by default.
    pub methods: Vec<HookMethod>,
    /// The origins whose pages may call it.
    pub cors: CorsOrigins,
    /// The time-out that a client of the refly profile set.
    pub refly_timeout: ReflyTimeout,
    /// What it answers a webhook with.
    pub response: TriggerResponse,
    /// Where its senders put their delivery ids, if not where others do.
    pub delivery_id_location: Option<DeliveryIdLocation>,
    /// What an event has to satisfy, or else it is ignored.
    pub condition: Option<Condition>,
    /// What its senders send; none by default.
    pub parameters: Parameters,
    /// When its sample was made, where it has one.
    pub sampled_at: Option<Timestamp>,
    /// The window in which its next request becomes its sample, where its owner asked for one; it may have closed.
    pub capture: Option<CaptureWindow>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Increases with each change: a change names the revision that it read, so that of two changes at once one fails.
    pub revision: u64,
}

impl Trigger {
    /// A trigger with the default settings: enabled, for everybody, `POST` alone. Code that makes a trigger names what
    /// differs from them.
    pub fn new(
        id: TriggerId,
        workflow_id: WorkflowId,
        tenant: Tenant,
        token: TokenHashes,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id,
            workflow_id,
            tenant,
            enabled: true,
            profile: WebhookProfile::default(),
            token,
            sealed_token: None,
            ip_allow_list: IpAllowList::default(),
            authentication: None,
            methods: vec![HookMethod::Post],
            cors: CorsOrigins::default(),
            refly_timeout: ReflyTimeout::default(),
            response: TriggerResponse::default(),
            delivery_id_location: None,
            condition: None,
            parameters: Parameters::default(),
            sampled_at: None,
            capture: None,
            created_at,
            revision: 1,
        }
    }
}
