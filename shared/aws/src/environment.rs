//! Which tables, which queue, which settings: read from environment variables, once.

use domain::{Clock, Timestamp};

use crate::{Buckets, ConfigTable, KeyRing, Queue, Random, RunsTable, client};

/// An environment variable is missing, or is not of its form.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {name} {problem}")]
pub struct InvalidVariable {
    name: String,
    problem: &'static str,
}

/// What an operator can set for a deployment.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the API is reached, without a slash at the end; by default, where it was called.
    pub public_base_url: Option<String>,
    /// How long an execution that has ended is kept, and its delivery id remembered.
    pub retention_days: i64,
    /// Whether workflows may call loopback addresses: for a laptop, never for a deployment.
    pub allow_loopback: bool,
}

/// All that a function has from AWS.
#[derive(Clone)]
pub struct Environment {
    pub keys: KeyRing,
    pub config: ConfigTable,
    pub runs: RunsTable,
    pub buckets: Buckets,
    pub queue: Queue,
    pub settings: Settings,
    pub random: Random,
    clock: Clock,
}

/// Looks variables up; tests and the local stack bring their own.
pub(crate) struct Variables<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Variables<'_> {
    /// A variable that is set to nothing counts as not set.
    pub(crate) fn optional(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self, name: &str) -> Result<String, InvalidVariable> {
        self.optional(name).ok_or_else(|| InvalidVariable {
            name: name.to_owned(),
            problem: "is not set",
        })
    }

    fn parsed<T: std::str::FromStr>(
        &self,
        name: &str,
        default: T,
        problem: &'static str,
    ) -> Result<T, InvalidVariable> {
        let invalid = |_| InvalidVariable {
            name: name.to_owned(),
            problem,
        };
        self.optional(name)
            .map_or(Ok(default), |value| value.parse().map_err(invalid))
    }
}

impl Environment {
    /// From the process's own variables and the system's clock: how a function starts.
    pub fn from_process() -> Result<Self, InvalidVariable> {
        let clock = std::sync::Arc::new(system_now);
        Self::new(|name| std::env::var(name).ok(), clock)
    }

    pub fn new(
        variables: impl Fn(&str) -> Option<String>,
        clock: Clock,
    ) -> Result<Self, InvalidVariable> {
        let variables = Variables(&variables);
        let (dynamodb, sqs) = client::clients(&variables)?;
        let config = variables.required("CONFIG_TABLE")?;
        let runs = variables.required("RUNS_TABLE")?;
        let settings = Settings {
            public_base_url: variables
                .optional("PUBLIC_BASE_URL")
                .map(|url| url.trim_end_matches('/').to_owned()),
            retention_days: variables.parsed("RETENTION_DAYS", 30, "is not a number of days")?,
            allow_loopback: variables.parsed("ALLOW_LOOPBACK", false, "is not true or false")?,
        };
        Ok(Self {
            keys: KeyRing::new(dynamodb.clone(), config.clone()),
            config: ConfigTable::new(dynamodb.clone(), config),
            buckets: Buckets::new(dynamodb.clone(), runs.clone()),
            runs: RunsTable::new(dynamodb, runs, settings.retention_days),
            queue: Queue::new(sqs, variables.required("EXECUTIONS_QUEUE_URL")?),
            settings,
            random: Random,
            clock,
        })
    }

    /// Read once per request or message.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

fn system_now() -> Timestamp {
    let since_epoch = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}
