//! The settings of a deployment, read from environment variables, once.

use crate::client::variables::{InvalidVariable, Variables};

/// What an operator can set for a deployment.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The URL of the API, without a slash at the end; by default, the one that a request used.
    pub public_base_url: Option<String>,
    /// How long an execution that has ended is kept, and its delivery id remembered.
    pub retention_days: i64,
    /// Whether workflows may call loopback addresses: for a laptop, never for a deployment.
    pub allow_loopback: bool,
    /// Whether events may be delivered to public addresses without TLS.
    pub allow_http: bool,
    /// The AWS resources that workflows may call.
    pub callable: Callable,
}

/// The AWS resources that workflows may call, and what must be known to tell those of this deployment.
#[derive(Clone, Debug)]
pub struct Callable {
    /// ARNs of functions, state machines, queues and event buses; a `*` at the end matches any rest.
    pub arns: Vec<String>,
    /// The prefix of the names of this deployment's own resources, which workflows may not call.
    pub stack_name: Option<String>,
    /// The account of a resource that is named without one.
    pub account_id: Option<String>,
}

impl Settings {
    pub(crate) fn read(variables: &Variables<'_>) -> Result<Self, InvalidVariable> {
        Ok(Self {
            public_base_url: variables
                .optional("PUBLIC_BASE_URL")
                .map(|url| url.trim_end_matches('/').to_owned()),
            retention_days: variables.parsed("RETENTION_DAYS", 30, "is not a number of days")?,
            allow_loopback: variables.parsed("ALLOW_LOOPBACK", false, "is not true or false")?,
            allow_http: variables.parsed("ALLOW_HTTP", false, "is not true or false")?,
            callable: Callable::read(variables),
        })
    }
}

impl Callable {
    fn read(variables: &Variables<'_>) -> Self {
        let arns = variables.optional("CALLABLE_ARNS").unwrap_or_default();
        let arns = arns.split(',').map(str::trim).filter(|arn| !arn.is_empty());
        Self {
            arns: arns.map(str::to_owned).collect(),
            stack_name: variables.optional("STACK_NAME"),
            account_id: variables.optional("ACCOUNT_ID"),
        }
    }
}
