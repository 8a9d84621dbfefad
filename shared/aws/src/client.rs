//! The SDK's clients, built from Lambda's environment variables alone: `aws_config::load` would
//! start an STS client and load the system's certificates, most of a cold start.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

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

fn timeouts(attempt: Duration, whole: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(attempt)
        .operation_timeout(whole)
        .build()
}

/// Both clients; a variable that is missing is named.
pub(crate) fn clients(
    variables: &Variables<'_>,
) -> Result<(aws_sdk_dynamodb::Client, aws_sdk_sqs::Client), InvalidVariable> {
    let http = http_client();
    let region = Region::new(variables.required("AWS_REGION")?);
    let credentials = Credentials::new(
        variables.required("AWS_ACCESS_KEY_ID")?,
        variables.required("AWS_SECRET_ACCESS_KEY")?,
        variables.optional("AWS_SESSION_TOKEN"),
        None,
        "environment",
    );
    let sleep = SharedAsyncSleep::new(TokioSleep::new());
    let mut dynamodb = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region.clone())
        .credentials_provider(credentials.clone())
        .http_client(http.clone())
        .sleep_impl(sleep.clone())
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .timeout_config(timeouts(Duration::from_secs(2), Duration::from_secs(6)));
    dynamodb.set_endpoint_url(variables.optional("AWS_ENDPOINT_URL_DYNAMODB"));
    // The due index sends again what is not sent here, so a caller never waits for a queue.
    let mut sqs = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .credentials_provider(credentials)
        .http_client(http)
        .sleep_impl(sleep)
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts(Duration::from_secs(1), Duration::from_secs(1)));
    sqs.set_endpoint_url(variables.optional("AWS_ENDPOINT_URL_SQS"));
    Ok((
        aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
        aws_sdk_sqs::Client::from_conf(sqs.build()),
    ))
}
