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
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::SdkConfig;

use crate::environment::{InvalidVariable, Variables};

/// The roots under which AWS's endpoints are certified, as Amazon Trust Services publishes them.
const AMAZON_ROOTS: &str = include_str!("amazon_roots.pem");

/// One connection pool for all clients, which trusts AWS's own certificates and no others.
pub fn http_client() -> SharedHttpClient {
    let roots = TrustStore::empty()
        .with_native_roots(false)
        .with_pem_certificate(AMAZON_ROOTS);
    let tls = TlsContext::builder()
        .with_trust_store(roots)
        .build()
        .expect("the roots are part of the program");
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls)
        .build_https()
}

/// How long a function waits for an answer before it asks again, or goes without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// For AWS, which answers in milliseconds, or most likely not at all.
    Short,
    /// For stand-ins on a machine that may have much else to do: they do answer, and nothing should
    /// depend on how soon.
    Long,
}

impl Patience {
    fn timeouts(self, attempt: Duration, whole: Duration) -> TimeoutConfig {
        let times = match self {
            Self::Short => 1,
            Self::Long => 30,
        };
        TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1) * times)
            .operation_attempt_timeout(attempt * times)
            .operation_timeout(whole * times)
            .build()
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
    patience: Patience,
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
        patience: Patience,
    ) -> Result<Self, InvalidVariable> {
        Ok(Self {
            http: http_client(),
            region: Region::new(variables.required("AWS_REGION")?),
            credentials: Credentials::new(
                variables.required("AWS_ACCESS_KEY_ID")?,
                variables.required("AWS_SECRET_ACCESS_KEY")?,
                variables.optional("AWS_SESSION_TOKEN"),
                None,
                "environment",
            ),
            sleep: SharedAsyncSleep::new(TokioSleep::new()),
            patience,
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
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(self.region.clone())
            .credentials_provider(SharedCredentialsProvider::new(self.credentials.clone()))
            .http_client(self.http.clone())
            .sleep_impl(self.sleep.clone())
            .build()
    }

    fn timeouts(&self, attempt_secs: u64, whole_secs: u64) -> TimeoutConfig {
        let [attempt, whole] = [attempt_secs, whole_secs].map(Duration::from_secs);
        self.patience.timeouts(attempt, whole)
    }

    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let mut config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(self.region.clone())
            .credentials_provider(self.credentials.clone())
            .http_client(self.http.clone())
            .sleep_impl(self.sleep.clone())
            .identity_cache(IdentityCache::no_cache())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(self.timeouts(2, 6));
        config.set_endpoint_url(self.endpoints.dynamodb.clone());
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    /// The due index sends again what is not sent here, so a caller never waits for a queue.
    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        let mut config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(self.region.clone())
            .credentials_provider(self.credentials.clone())
            .http_client(self.http.clone())
            .sleep_impl(self.sleep.clone())
            .identity_cache(IdentityCache::no_cache())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .retry_config(RetryConfig::disabled())
            .timeout_config(self.timeouts(1, 1));
        config.set_endpoint_url(self.endpoints.sqs.clone());
        aws_sdk_sqs::Client::from_conf(config.build())
    }

    pub(crate) fn kms(&self) -> aws_sdk_kms::Client {
        let mut config = aws_sdk_kms::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(self.region.clone())
            .credentials_provider(self.credentials.clone())
            .http_client(self.http.clone())
            .sleep_impl(self.sleep.clone())
            .identity_cache(IdentityCache::no_cache())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(self.timeouts(2, 6));
        config.set_endpoint_url(self.endpoints.kms.clone());
        aws_sdk_kms::Client::from_conf(config.build())
    }
}
