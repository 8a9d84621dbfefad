//! The SDK's clients, built from Lambda's environment variables alone: `aws_config::load` would
//! start an STS client and load the system's certificates, most of a cold start.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, IdentityCache, Region, StalledStreamProtectionConfig,
};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};
use aws_types::{SdkConfig, sdk_config};

use crate::client::signer::CachingSigV4;
use crate::client::transport::Transport;
use crate::client::user_agent::FixedUserAgent;
use crate::client::variables::{InvalidVariable, Variables};

/// How the calls of one client are repeated, and how long they may take.
#[derive(Clone, Copy)]
struct CallPolicy {
    attempts: u32,
    attempt_ms: u64,
    whole_ms: u64,
    /// The longest pause before the second attempt; it doubles with each further one.
    pause_ms: u64,
}

/// For tables and keys.
const RECORDS: CallPolicy = CallPolicy {
    attempts: 3,
    attempt_ms: 2_000,
    whole_ms: 6_000,
    pause_ms: 1_000,
};
/// For queues: the due index sends again what is not sent here, so a caller waits for a second and no longer. Two attempts
/// with a pause fit in.
const QUEUES: CallPolicy = CallPolicy {
    attempts: 2,
    attempt_ms: 450,
    whole_ms: 1_000,
    pause_ms: 50,
};
/// Time for one webhook: `infra/template.yaml` gives the function two seconds more.
const WEBHOOK_BUDGET_MS: u64 = 8_000;
/// Time for a write of what orgs use, which an answer or a batch waits for.
const USAGE_BUDGET_MS: u64 = 500;

/// How long the SDK waits: for an answer, before it retries or fails, and between two attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timing {
    /// AWS answers within milliseconds unless it is unavailable, and then is given a rest.
    Aws,
    /// Local services on a busy machine always answer, but may be slow. They need no rest.
    Local,
}

impl Timing {
    pub(crate) fn timeout(self, millis_on_aws: u64) -> Duration {
        let times = match self {
            Self::Aws => 1,
            Self::Local => 30,
        };
        Duration::from_millis(millis_on_aws * times)
    }

    fn pause(self, millis_on_aws: u64) -> Duration {
        let part = match self {
            Self::Aws => 1,
            Self::Local => 50,
        };
        Duration::from_millis(millis_on_aws) / part
    }

    /// How long one webhook may take: less than the function's time-out, so that it is always answered.
    pub(crate) fn webhook_budget(self) -> Duration {
        self.timeout(WEBHOOK_BUDGET_MS)
    }
}

/// The settings that every client shares: one pool of connections, and the function's own credentials.
///
/// The credentials are static, so the SDK's credentials cache is off. Answers are short and have a time limit, so the
/// SDK's protection against stalled streams is off.
#[derive(Clone, Debug)]
pub struct Connection {
    http: SharedHttpConnector,
    region: Region,
    credentials: Credentials,
    sleep: SharedAsyncSleep,
    timing: Timing,
    endpoints: Endpoints,
}

/// Addresses of services, where they differ from AWS's own.
#[derive(Clone, Debug)]
pub struct Endpoints {
    dynamodb: Option<String>,
    /// The address of EventBridge.
    pub events: Option<String>,
    kms: Option<String>,
    /// The address of Lambda.
    pub lambda: Option<String>,
    /// The address of SQS.
    pub sqs: Option<String>,
    /// The address of Step Functions.
    pub states: Option<String>,
}

impl Connection {
    /// Reads region, credentials and addresses. A missing variable is an error that names it.
    pub(crate) fn new(
        variables: &Variables<'_>,
        transport: &Transport,
        timing: Timing,
    ) -> Result<Self, InvalidVariable> {
        Ok(Self {
            http: transport.connector(timing.timeout(1_000)),
            region: Region::new(variables.required("AWS_REGION")?),
            credentials: Credentials::new(
                variables.required("AWS_ACCESS_KEY_ID")?,
                variables.required("AWS_SECRET_ACCESS_KEY")?,
                variables.optional("AWS_SESSION_TOKEN"),
                None,
                "environment",
            ),
            sleep: SharedAsyncSleep::new(TokioSleep::new()),
            timing,
            endpoints: Endpoints {
                dynamodb: variables.optional("AWS_ENDPOINT_URL_DYNAMODB"),
                events: variables.optional("AWS_ENDPOINT_URL_EVENTBRIDGE"),
                kms: variables.optional("AWS_ENDPOINT_URL_KMS"),
                lambda: variables.optional("AWS_ENDPOINT_URL_LAMBDA"),
                sqs: variables.optional("AWS_ENDPOINT_URL_SQS"),
                states: variables.optional("AWS_ENDPOINT_URL_SFN"),
            },
        })
    }

    /// How long one webhook may take: less than the function's time-out.
    pub fn webhook_budget(&self) -> Duration {
        self.timing.webhook_budget()
    }

    /// How long an answer or a batch waits for what its caller does not need: a write of what orgs use.
    pub fn usage_budget(&self) -> Duration {
        self.timing.timeout(USAGE_BUDGET_MS)
    }

    /// The region that the functions run in.
    pub fn region(&self) -> &str {
        self.region.as_ref()
    }

    /// The addresses of services that are not at AWS's own.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// For the client of another service, without its endpoint and without timeouts.
    pub fn sdk_config(&self) -> SdkConfig {
        self.builder().build()
    }

    /// For requests that are made without the SDK.
    pub(crate) fn http_connector(&self) -> SharedHttpConnector {
        self.http.clone()
    }

    pub(crate) fn credentials(&self) -> Credentials {
        self.credentials.clone()
    }

    pub(crate) fn timing(&self) -> Timing {
        self.timing
    }

    fn builder(&self) -> sdk_config::Builder {
        let http = self.http.clone();
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(self.region.clone())
            .credentials_provider(SharedCredentialsProvider::new(self.credentials.clone()))
            .http_client(http_client_fn(move |_, _| http.clone()))
            .sleep_impl(self.sleep.clone())
    }

    /// For the clients that webhooks and executions wait for.
    fn hot(&self, endpoint: Option<&String>, policy: CallPolicy) -> SdkConfig {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(self.timing.timeout(policy.attempt_ms))
            .operation_timeout(self.timing.timeout(policy.whole_ms))
            .build();
        let retries = RetryConfig::standard()
            .with_max_attempts(policy.attempts)
            .with_initial_backoff(self.timing.pause(policy.pause_ms));
        let mut builder = self
            .builder()
            .identity_cache(IdentityCache::no_cache())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .retry_config(retries)
            .timeout_config(timeouts);
        builder.set_endpoint_url(endpoint.cloned());
        builder.build()
    }

    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let config = self.hot(self.endpoints.dynamodb.as_ref(), RECORDS);
        let config = aws_sdk_dynamodb::config::Builder::from(&config)
            .push_auth_scheme(CachingSigV4::default())
            .interceptor(FixedUserAgent);
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        let config = self.hot(self.endpoints.sqs.as_ref(), QUEUES);
        let config = aws_sdk_sqs::config::Builder::from(&config)
            .push_auth_scheme(CachingSigV4::default())
            .interceptor(FixedUserAgent);
        aws_sdk_sqs::Client::from_conf(config.build())
    }

    pub(crate) fn kms(&self) -> aws_sdk_kms::Client {
        let config = self.hot(self.endpoints.kms.as_ref(), RECORDS);
        let config = aws_sdk_kms::config::Builder::from(&config)
            .push_auth_scheme(CachingSigV4::default())
            .interceptor(FixedUserAgent);
        aws_sdk_kms::Client::from_conf(config.build())
    }
}
