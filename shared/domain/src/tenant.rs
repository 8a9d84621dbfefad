//! The owner of data: an org, and one of its two environments. Every look-up by id checks it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::OrgId;

/// One of the two environments of an org, which are kept apart like two orgs. The API key says which one a request means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Environment {
    /// For trying things out.
    Test,
    /// For production.
    Live,
}

impl Environment {
    /// As JSON and keys write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }
}

/// The owner of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tenant {
    /// The organisation.
    pub org: OrgId,
    /// One of its environments.
    pub environment: Environment,
}

/// The text is not `org_…#test` or `org_…#live`.
#[derive(Debug, thiserror::Error)]
#[error("expected an org id, `#`, and `test` or `live`")]
pub struct UnknownTenant;

impl Tenant {
    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Result<Self, UnknownTenant> {
        let (org, environment) = text.split_once('#').ok_or(UnknownTenant)?;
        Ok(Self {
            org: OrgId::parse(org).map_err(|_| UnknownTenant)?,
            environment: match environment {
                "test" => Environment::Test,
                "live" => Environment::Live,
                _ => return Err(UnknownTenant),
            },
        })
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.org, self.environment.as_str())
    }
}
