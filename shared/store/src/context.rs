//! Everything that a function uses of AWS, put together from environment variables.

use domain::{Clock, Timestamp};

use crate::client::connection::{Connection, Timing};
use crate::client::metrics::to_stdout;
use crate::client::transport::Transport;
use crate::client::variables::{InvalidVariable, Variables};
use crate::clock::{deadline, system_now};
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;
use crate::files::{Bucket, BucketAddress};
use crate::outbound::retention::Retention;
use crate::{
    ApiKeyStore, Captures, CreditNotices, Credits, Deliveries, DeliveryAttempts, DeliveryHistory,
    DueIndex, EndpointHealth, EventTypes, Events, ExecutionHistory, ExecutionLeases, Executions,
    FileObjects, Files, HookIds, KmsCipher, LifecycleEvents, Metrics, OrgData, Orgs, Queue,
    QueueName, QueueProgressRecords, Random, RecordsTable, RefusedRequests, Samples, Secrets,
    Settings, Subscriptions, TokenBuckets, Triggers, Usage, WorkflowNameIndex, Workflows,
};

/// Everything that a function uses of AWS.
#[derive(Clone)]
pub struct AwsContext {
    /// API keys.
    pub api_keys: ApiKeyStore,
    /// Orgs: plans and limits.
    pub orgs: Orgs,
    /// Workflows and their versions.
    pub workflows: Workflows,
    /// Workflows by the name of their documents.
    pub workflow_names: WorkflowNameIndex,
    /// Triggers of workflows.
    pub triggers: Triggers,
    /// The triggers of hook ids.
    pub hook_ids: HookIds,
    /// Samples of triggers.
    pub samples: Samples,
    /// Windows in which requests become samples.
    pub captures: Captures,
    /// Secrets of workflows, encrypted.
    pub secrets: Secrets,
    /// Subscriptions to events.
    pub subscriptions: Subscriptions,
    /// Event types that tenants have declared.
    pub event_types: EventTypes,
    /// Executions: recorded, read, woken, cancelled and deleted.
    pub executions: Executions,
    /// Claims and checkpoints of executions.
    pub leases: ExecutionLeases,
    /// Events of executions that are not published yet.
    pub lifecycle_events: LifecycleEvents,
    /// Lists of executions.
    pub execution_history: ExecutionHistory,
    /// Credits that orgs have used.
    pub credits: Credits,
    /// Notices that credits are used up.
    pub credit_notices: CreditNotices,
    /// What orgs use, by day.
    pub usage: Usage,
    /// The last requests that triggers refused.
    pub refused_requests: RefusedRequests,
    /// Token buckets of workflows.
    pub token_buckets: TokenBuckets,
    /// Token buckets of the senders that wait for an answer, one of each workflow.
    pub wait_buckets: TokenBuckets,
    /// Events.
    pub events: Events,
    /// Deliveries of events to subscriptions.
    pub deliveries: Deliveries,
    /// Claims of deliveries, and attempts at them.
    pub delivery_attempts: DeliveryAttempts,
    /// Lists of deliveries.
    pub delivery_history: DeliveryHistory,
    /// The health of the endpoints of subscriptions.
    pub endpoint_health: EndpointHealth,
    /// The records that a sweep has to return to.
    pub due_index: DueIndex,
    /// How far the queues have come.
    pub queue_progress: QueueProgressRecords,
    /// Rows of the tables that orgs keep for their workflows.
    pub records: RecordsTable,
    /// Files that webhooks name.
    pub files: Files,
    /// The queue of executions to run.
    pub execution_queue: Queue,
    /// The queue of events and deliveries.
    pub delivery_queue: Queue,
    /// What this container measures.
    pub metrics: Metrics,
    /// What the operator has set.
    pub settings: Settings,
    /// The source of randomness.
    pub random: Random,
    /// For clients of the services that workflows call.
    pub connection: Connection,
    secrets_key: String,
    bucket_address: BucketAddress,
    clock: Clock,
}

impl AwsContext {
    /// From the process's environment variables and the system's clock: for a function's `main`.
    pub fn from_process() -> Result<Self, InvalidVariable> {
        let clock = std::sync::Arc::new(system_now);
        let variable = |name: &str| std::env::var(name).ok();
        Self::new(variable, clock, &Transport::Network)
    }

    /// Everything of an org in these tables, for the operator.
    pub fn org_data(&self) -> OrgData {
        let tables = [
            self.orgs.table(),
            self.executions.table(),
            self.records.table(),
        ];
        OrgData::of_tables(tables.map(Clone::clone))
    }

    /// From the given variables and clock. Metrics are printed to stdout.
    pub fn new(
        variables: impl Fn(&str) -> Option<String>,
        clock: Clock,
        transport: &Transport,
    ) -> Result<Self, InvalidVariable> {
        Self::connected(&variables, clock, transport, to_stdout, Timing::Aws)
    }

    /// The same for services of this process: with timeouts so long that a busy machine makes no difference, and short
    /// pauses between attempts.
    pub fn for_local_services(
        variables: impl Fn(&str) -> Option<String>,
        clock: Clock,
        transport: &Transport,
    ) -> Result<Self, InvalidVariable> {
        Self::printing(variables, clock, transport, to_stdout)
    }

    /// The same, where `print` gets the lines with metrics, each without its line break. There are none where the variable
    /// `METRICS_STACK` is not set.
    pub fn printing(
        variables: impl Fn(&str) -> Option<String>,
        clock: Clock,
        transport: &Transport,
        print: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<Self, InvalidVariable> {
        Self::connected(&variables, clock, transport, print, Timing::Local)
    }

    fn connected(
        variables: &dyn Fn(&str) -> Option<String>,
        clock: Clock,
        transport: &Transport,
        print: impl Fn(&str) + Send + Sync + 'static,
        timing: Timing,
    ) -> Result<Self, InvalidVariable> {
        let variables = Variables(variables);
        let connection = Connection::new(&variables, transport, timing)?;
        let (dynamodb, sqs) = (connection.dynamodb(), connection.sqs());
        let table = |variable| {
            let name = variables.required(variable)?;
            Ok(Table::new(dynamodb.clone(), name))
        };
        let metrics = variables
            .optional("METRICS_STACK")
            .map_or_else(Metrics::default, |stack| Metrics::of_stack(stack, print));
        let queue = |name, variable| {
            let url = variables.required(variable)?;
            Ok(Queue::new(sqs.clone(), url, name, metrics.clone()))
        };
        let parts = Parts {
            config: table("CONFIG_TABLE")?,
            runs: table("RUNS_TABLE")?,
            records: table("RECORDS_TABLE")?,
            execution_queue: queue(QueueName::Executions, "EXECUTIONS_QUEUE_URL")?,
            delivery_queue: queue(QueueName::Deliveries, "DELIVERIES_QUEUE_URL")?,
            settings: Settings::read(&variables)?,
            secrets_key: variables.required("SECRETS_KEY")?,
            bucket_address: BucketAddress::read(&variables)?,
            metrics,
            connection,
            clock,
        };
        Ok(parts.into_context())
    }

    /// Encrypts and decrypts secrets. Its client is made here, so that only functions that use secrets have one.
    pub fn kms_cipher(&self) -> KmsCipher {
        KmsCipher::new(self.connection.kms(), self.secrets_key.clone())
    }

    /// The bytes of files. Made here, so that only functions that need them prepare for it.
    pub fn file_objects(&self) -> FileObjects {
        FileObjects::new(Bucket::new(&self.connection, self.bucket_address.clone()))
    }

    /// The queue of that name.
    pub fn queue_named(&self, name: QueueName) -> &Queue {
        match name {
            QueueName::Executions => &self.execution_queue,
            QueueName::Deliveries => &self.delivery_queue,
        }
    }

    /// The time. To be read once per request or message.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The deadline of an invocation that begins now, from the Lambda context, in epoch milliseconds. A deadline that has
    /// passed already is no deadline (`cargo lambda watch` always gives the same), and counts as one in a minute.
    pub fn deadline(&self, epoch_ms: u64) -> Timestamp {
        deadline(epoch_ms, self.now())
    }
}

/// What a context is made of.
struct Parts {
    config: Table,
    runs: Table,
    records: Table,
    execution_queue: Queue,
    delivery_queue: Queue,
    settings: Settings,
    secrets_key: String,
    bucket_address: BucketAddress,
    metrics: Metrics,
    connection: Connection,
    clock: Clock,
}

impl Parts {
    fn into_context(self) -> AwsContext {
        let (config, runs, metrics) = (self.config, self.runs, self.metrics);
        let days = self.settings.retention_days;
        let retention = Retention::new(days);
        let workflows = Workflows::new(config.clone());
        let deliveries = Deliveries::new(runs.clone(), retention);
        let events = Events::new(runs.clone(), retention);
        let credits = Credits::new(runs.clone());
        let usage = Usage::new(runs.clone(), self.connection.usage_budget());
        AwsContext {
            api_keys: ApiKeyStore::of_table(config.clone()),
            orgs: Orgs::of_table(config.clone()),
            workflow_names: WorkflowNameIndex::new(config.clone(), workflows.clone()),
            hook_ids: HookIds::new(config.clone(), workflows.clone()),
            workflows,
            triggers: Triggers::new(config.clone()),
            samples: Samples::new(config.clone()),
            captures: Captures::new(runs.clone()),
            secrets: Secrets::new(config.clone()),
            subscriptions: Subscriptions::new(config.clone()),
            event_types: EventTypes::new(config),
            executions: Executions::new(runs.clone(), days, metrics.clone(), credits.clone()),
            credits,
            credit_notices: CreditNotices::new(events.clone()),
            leases: ExecutionLeases::new(runs.clone(), days, metrics.clone()),
            lifecycle_events: LifecycleEvents::new(runs.clone()),
            execution_history: ExecutionHistory::new(runs.clone()),
            refused_requests: RefusedRequests::new(runs.clone(), usage.clone()),
            usage,
            token_buckets: TokenBuckets::new(runs.clone(), Key::bucket),
            wait_buckets: TokenBuckets::new(runs.clone(), Key::wait_bucket),
            events,
            delivery_attempts: DeliveryAttempts::new(runs.clone(), retention),
            delivery_history: DeliveryHistory::new(runs.clone(), deliveries.clone()),
            deliveries,
            endpoint_health: EndpointHealth::new(runs.clone(), retention),
            due_index: DueIndex::new(runs.clone()),
            files: Files::new(runs.clone()),
            queue_progress: QueueProgressRecords::new(runs),
            records: RecordsTable::new(self.records),
            execution_queue: self.execution_queue,
            delivery_queue: self.delivery_queue,
            metrics,
            settings: self.settings,
            random: Random,
            secrets_key: self.secrets_key,
            bucket_address: self.bucket_address,
            connection: self.connection,
            clock: self.clock,
        }
    }
}
