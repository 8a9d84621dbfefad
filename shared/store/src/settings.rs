//! The settings of a deployment, read from environment variables, once.

use domain::RateLimit;

use crate::client::variables::{InvalidVariable, Variables};

/// The variable with the number of waits that start in a second.
const ANSWER_WAITS: &str = "ANSWER_WAITS_PER_SECOND";
/// Each wait holds a container for up to 25 seconds: so many a second are up to 100 containers of a workflow.
const DEFAULT_ANSWER_WAITS: u32 = 4;
const MAX_ANSWER_WAITS: u32 = 1_000;

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
    /// How many senders of a workflow a second may wait for an answer.
    pub answer_waits: RateLimit,
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
            answer_waits: answer_waits(variables)?,
            callable: Callable::read(variables),
        })
    }
}

/// As many at once as in a second.
fn answer_waits(variables: &Variables<'_>) -> Result<RateLimit, InvalidVariable> {
    let problem = "is not a number from 1 to 1000";
    let per_second = variables.parsed(ANSWER_WAITS, DEFAULT_ANSWER_WAITS, problem)?;
    let limit = RateLimit::new(per_second, f64::from(per_second)).ok();
    let limit = limit.filter(|_| per_second <= MAX_ANSWER_WAITS);
    limit.ok_or_else(|| InvalidVariable::new(ANSWER_WAITS, problem))
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
