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
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::{SdkConfig, sdk_config};

use crate::client::signer::CachingSigV4;
use crate::client::transport::Transport;
use crate::client::user_agent::FixedUserAgent;
use crate::client::variables::{InvalidVariable, Variables};

/// How many times the SDK attempts a call.
const ATTEMPTS: u32 = 3;

/// How long the SDK waits for an answer before it retries or fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timeouts {
    /// For AWS, which answers within milliseconds unless it is unavailable.
    Short,
    /// For local services on a busy machine: they always answer, but may be slow.
    Long,
}

impl Timeouts {
    fn of_secs(self, secs: u64) -> Duration {
        let times = match self {
            Self::Short => 1,
            Self::Long => 30,
        };
        Duration::from_secs(secs * times)
    }
}

/// The settings that every client shares: one pool of connections, and the function's own credentials.
///
/// The credentials are static, so the SDK's credentials cache is off. Answers are short and have a time limit, so the
/// SDK's protection against stalled streams is off.
#[derive(Clone, Debug)]
pub struct Connection {
    http: SharedHttpClient,
    region: Region,
    credentials: Credentials,
    sleep: SharedAsyncSleep,
    timeouts: Timeouts,
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
        timeouts: Timeouts,
    ) -> Result<Self, InvalidVariable> {
        Ok(Self {
            http: transport.client(timeouts.of_secs(1)),
            region: Region::new(variables.required("AWS_REGION")?),
            credentials: Credentials::new(
                variables.required("AWS_ACCESS_KEY_ID")?,
                variables.required("AWS_SECRET_ACCESS_KEY")?,
                variables.optional("AWS_SESSION_TOKEN"),
                None,
                "environment",
            ),
            sleep: SharedAsyncSleep::new(TokioSleep::new()),
            timeouts,
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

    fn builder(&self) -> sdk_config::Builder {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(self.region.clone())
            .credentials_provider(SharedCredentialsProvider::new(self.credentials.clone()))
            .http_client(self.http.clone())
            .sleep_impl(self.sleep.clone())
    }

    /// For the clients that webhooks and executions wait for.
    fn hot(
        &self,
        endpoint: Option<&String>,
        attempts: u32,
        [attempt_secs, whole_secs]: [u64; 2],
    ) -> SdkConfig {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(self.timeouts.of_secs(attempt_secs))
            .operation_timeout(self.timeouts.of_secs(whole_secs))
            .build();
        let mut builder = self
            .builder()
            .identity_cache(IdentityCache::no_cache())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .retry_config(RetryConfig::standard().with_max_attempts(attempts))
            .timeout_config(timeouts);
        builder.set_endpoint_url(endpoint.cloned());
        builder.build()
    }

    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let config = self.hot(self.endpoints.dynamodb.as_ref(), ATTEMPTS, [2, 6]);
        let config = aws_sdk_dynamodb::config::Builder::from(&config)
            .push_auth_scheme(CachingSigV4::default())
            .interceptor(FixedUserAgent);
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    /// The due index sends again what is not sent here, so a caller never waits for a queue.
    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        let config = self.hot(self.endpoints.sqs.as_ref(), 1, [1, 1]);
        let config = aws_sdk_sqs::config::Builder::from(&config)
            .push_auth_scheme(CachingSigV4::default())
            .interceptor(FixedUserAgent);
        aws_sdk_sqs::Client::from_conf(config.build())
    }

    pub(crate) fn kms(&self) -> aws_sdk_kms::Client {
        let config = self.hot(self.endpoints.kms.as_ref(), ATTEMPTS, [2, 6]);
        let config = aws_sdk_kms::config::Builder::from(&config)
            .push_auth_scheme(CachingSigV4::default())
            .interceptor(FixedUserAgent);
        aws_sdk_kms::Client::from_conf(config.build())
    }
}
