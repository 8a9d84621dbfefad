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
use crate::client::variables::{InvalidVariable, Variables};

/// How often a call is made that a table or a key may answer late.
const ATTEMPTS: u32 = 3;

/// How long a function waits for an answer before it asks again, or goes without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timeouts {
    /// For AWS, which answers in milliseconds, or most likely not at all.
    Short,
    /// For stand-ins on a machine that may have much else to do: they do answer, and nothing should
    /// depend on how soon.
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

/// What every client is made of: one pool of connections, and the function's own credentials.
///
/// Nothing is done per call that need not be: the credentials are at hand, so no cache is asked for
/// them; and answers are short and have a time limit, so nobody measures how fast they flow.
#[derive(Clone, Debug)]
pub struct Connection {
    http: SharedHttpClient,
    region: Region,
    credentials: Credentials,
    sleep: SharedAsyncSleep,
    timeouts: Timeouts,
    endpoints: Endpoints,
}

/// Where AWS is, if it is not at its usual addresses.
#[derive(Clone, Debug)]
pub struct Endpoints {
    dynamodb: Option<String>,
    pub events: Option<String>,
    kms: Option<String>,
    pub lambda: Option<String>,
    pub sqs: Option<String>,
    pub states: Option<String>,
}

impl Connection {
    /// A variable that is missing is named.
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

    pub fn region(&self) -> &str {
        self.region.as_ref()
    }

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
        let config = aws_sdk_dynamodb::config::Builder::from(&config);
        aws_sdk_dynamodb::Client::from_conf(
            config.push_auth_scheme(CachingSigV4::default()).build(),
        )
    }

    /// The due index sends again what is not sent here, so a caller never waits for a queue.
    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        let config = self.hot(self.endpoints.sqs.as_ref(), 1, [1, 1]);
        let config = aws_sdk_sqs::config::Builder::from(&config);
        aws_sdk_sqs::Client::from_conf(config.push_auth_scheme(CachingSigV4::default()).build())
    }

    pub(crate) fn kms(&self) -> aws_sdk_kms::Client {
        let config = self.hot(self.endpoints.kms.as_ref(), ATTEMPTS, [2, 6]);
        let config = aws_sdk_kms::config::Builder::from(&config);
        aws_sdk_kms::Client::from_conf(config.push_auth_scheme(CachingSigV4::default()).build())
    }
}
