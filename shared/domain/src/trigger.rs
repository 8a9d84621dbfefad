//! A trigger: the way into one workflow from outside.

use serde::{Deserialize, Serialize};

use crate::signature::Authentication;
use crate::{IpAllowList, Tenant, Timestamp, TokenHashes, TriggerId, WorkflowId};

/// A method that a webhook URL can be called with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum HookMethod {
    Get,
    Post,
}

/// Webhooks are called with `GET` or `POST`.
#[derive(Debug, thiserror::Error)]
#[error("a webhook is called with GET or POST")]
pub struct UnknownMethod;

impl HookMethod {
    pub fn parse(text: &str) -> Result<Self, UnknownMethod> {
        match text {
            "GET" => Ok(Self::Get),
            "POST" => Ok(Self::Post),
            _ => Err(UnknownMethod),
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    pub id: TriggerId,
    pub workflow_id: WorkflowId,
    pub tenant: Tenant,
    pub enabled: bool,
    pub token: TokenHashes,
    pub ip_allow_list: IpAllowList,
    /// How its requests prove who sent them, if the token is not to be enough.
    pub authentication: Option<Authentication>,
    /// Never empty; `POST` alone by default.
    pub methods: Vec<HookMethod>,
    pub created_at: Timestamp,
    /// Grows with every change, so that two changes at once cannot both win.
    pub revision: u64,
}
