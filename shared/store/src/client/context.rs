//! Which tables, which queue, which settings: read from environment variables, once.

use domain::{Clock, Timestamp};

use crate::client::connection::{Connection, Patience};
use crate::client::metrics::to_stdout;
use crate::{
    ApiKeyStore, Buckets, ConfigTable, KmsCipher, Metrics, Queue, QueueName, Random, RecordsTable,
    RunsTable,
};

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
    /// Whether events may be delivered to public addresses without TLS.
    pub allow_http: bool,
    /// What workflows may call of AWS.
    pub callable: Callable,
}

/// What workflows may call of AWS, and where this deployment stands among it.
#[derive(Clone, Debug)]
pub struct Callable {
    /// ARNs of functions, state machines, queues and event buses; a `*` at the end stands for
    /// anything.
    pub arns: Vec<String>,
    /// What the names of this deployment's own resources begin with; workflows may not call them.
    pub stack_name: Option<String>,
    /// The account that a name without one stands for.
    pub account_id: Option<String>,
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

/// All that a function has from AWS.
#[derive(Clone)]
pub struct AwsContext {
    pub keys: ApiKeyStore,
    pub config: ConfigTable,
    pub runs: RunsTable,
    pub records: RecordsTable,
    pub buckets: Buckets,
    /// Of executions to run.
    pub queue: Queue,
    /// Of events to tell of, and deliveries to make.
    pub deliveries: Queue,
    pub metrics: Metrics,
    pub settings: Settings,
    pub random: Random,
    pub connection: Connection,
    secrets_key: String,
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

impl AwsContext {
    /// From the process's own variables and the system's clock: how a function starts.
    pub fn from_process() -> Result<Self, InvalidVariable> {
        let clock = std::sync::Arc::new(system_now);
        Self::new(|name| std::env::var(name).ok(), clock)
    }

    /// Metrics go to stdout.
    pub fn new(
        variables: impl Fn(&str) -> Option<String>,
        clock: Clock,
    ) -> Result<Self, InvalidVariable> {
        Self::connected(&variables, clock, to_stdout, Patience::Short)
    }

    /// Beside stand-ins of AWS, which share a machine with whatever else it does: the timeouts are
    /// so long that how busy it is makes no difference.
    pub fn patient(
        variables: impl Fn(&str) -> Option<String>,
        clock: Clock,
    ) -> Result<Self, InvalidVariable> {
        Self::printing(variables, clock, to_stdout)
    }

    /// The same, where `print` gets the lines with metrics, each without its end; there are none
    /// where the variable `METRICS_STACK` names no stack.
    pub fn printing(
        variables: impl Fn(&str) -> Option<String>,
        clock: Clock,
        print: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<Self, InvalidVariable> {
        Self::connected(&variables, clock, print, Patience::Long)
    }

    fn connected(
        variables: &dyn Fn(&str) -> Option<String>,
        clock: Clock,
        print: impl Fn(&str) + Send + Sync + 'static,
        patience: Patience,
    ) -> Result<Self, InvalidVariable> {
        let variables = Variables(variables);
        let connection = Connection::new(&variables, patience)?;
        let (dynamodb, sqs) = (connection.dynamodb(), connection.sqs());
        let config = variables.required("CONFIG_TABLE")?;
        let runs = variables.required("RUNS_TABLE")?;
        let settings = Settings {
            public_base_url: variables
                .optional("PUBLIC_BASE_URL")
                .map(|url| url.trim_end_matches('/').to_owned()),
            retention_days: variables.parsed("RETENTION_DAYS", 30, "is not a number of days")?,
            allow_loopback: variables.parsed("ALLOW_LOOPBACK", false, "is not true or false")?,
            allow_http: variables.parsed("ALLOW_HTTP", false, "is not true or false")?,
            callable: Callable::read(&variables),
        };
        let metrics = variables
            .optional("METRICS_STACK")
            .map_or_else(Metrics::default, |stack| Metrics::of_stack(stack, print));
        let queue = |name, variable| {
            let url = variables.required(variable)?;
            Ok(Queue::new(sqs.clone(), url, name, metrics.clone()))
        };
        Ok(Self {
            keys: ApiKeyStore::new(dynamodb.clone(), config.clone()),
            config: ConfigTable::new(dynamodb.clone(), config),
            records: RecordsTable::new(dynamodb.clone(), variables.required("RECORDS_TABLE")?),
            buckets: Buckets::new(dynamodb.clone(), runs.clone()),
            runs: RunsTable::new(dynamodb, runs, settings.retention_days, metrics.clone()),
            queue: queue(QueueName::Executions, "EXECUTIONS_QUEUE_URL")?,
            deliveries: queue(QueueName::Deliveries, "DELIVERIES_QUEUE_URL")?,
            metrics,
            settings,
            random: Random,
            secrets_key: variables.required("SECRETS_KEY")?,
            connection,
            clock,
        })
    }

    /// Where secrets are sealed. Its client is made here, so that only functions that have to do
    /// with secrets hold one.
    pub fn vault(&self) -> KmsCipher {
        KmsCipher::new(self.connection.kms(), self.secrets_key.clone())
    }

    pub fn queue_named(&self, name: QueueName) -> &Queue {
        match name {
            QueueName::Executions => &self.queue,
            QueueName::Deliveries => &self.deliveries,
        }
    }

    /// Read once per request or message.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// When an invocation that begins now is ended, of what the runtime was told in milliseconds since 1970. A time
    /// that has passed already says nothing (`cargo lambda watch` always tells the same), and counts as a minute.
    pub fn deadline(&self, told_ms: u64) -> Timestamp {
        deadline(told_ms, self.now())
    }
}

fn deadline(told_ms: u64, now: Timestamp) -> Timestamp {
    let told = Timestamp::from_millis(i64::try_from(told_ms).unwrap_or(i64::MAX));
    if told > now { told } else { now.plus_secs(60) }
}

fn system_now() -> Timestamp {
    let since_epoch = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_that_has_passed_as_an_invocation_begins_says_nothing() {
        let now = Timestamp::from_millis(1_000_000);
        assert_eq!(deadline(1_000_001, now), Timestamp::from_millis(1_000_001));
        assert_eq!(deadline(600_000, now), Timestamp::from_millis(1_060_000));
        assert_eq!(deadline(u64::MAX, now), Timestamp::from_millis(i64::MAX));
    }
}
