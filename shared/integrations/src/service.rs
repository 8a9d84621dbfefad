//! Calls an AWS service through the SDK's own orchestrator, which signs, retries and keeps time limits, without the
//! SDK's crate for that service. It does not know what is called.

mod messages;

use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::recursion_detection::RecursionDetectionInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime::client::sdk_feature::SmithySdkFeature;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, SensitiveOutput};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::region::SigningRegion;
use aws_types::{SdkConfig, SigningName};

pub(crate) use messages::{Request, Response};

const ATTEMPTS: u32 = 3;

/// The names of a service.
pub(crate) struct ServiceNames {
    /// In its endpoints and signatures.
    pub(crate) endpoint: &'static str,
    /// In the SDK and its user agent.
    pub(crate) sdk: &'static str,
}

/// An error of the service, or why there is no answer.
pub(crate) type CallError = SdkError<ErrorMetadata, HttpResponse>;

/// A client of one service.
pub(crate) struct Service {
    operation: Operation<Request, Response, ErrorMetadata>,
}

impl Service {
    pub(crate) fn new(
        config: &SdkConfig,
        names: &ServiceNames,
        url: &str,
        timeouts: TimeoutConfig,
    ) -> Self {
        Self::with_settings(config, settings(config, names), names, url, timeouts)
    }

    fn with_settings(
        config: &SdkConfig,
        settings: Layer,
        names: &ServiceNames,
        url: &str,
        timeouts: TimeoutConfig,
    ) -> Self {
        let plugin = StaticRuntimePlugin::new()
            .with_config(settings.freeze())
            .with_runtime_components(components(config));
        let mut operation = Operation::builder()
            .service_name(names.sdk)
            .operation_name("call")
            .endpoint_url(url)
            .standard_retry(&RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(timeouts)
            .with_connection_poisoning()
            .runtime_plugin(plugin);
        if let Some(version) = config.behavior_version() {
            operation = operation.behavior_version(version);
        }
        let operation = operation
            .serializer(Request::into_http)
            .deserializer(messages::read);
        Self {
            operation: operation.build(),
        }
    }

    pub(crate) async fn call(&self, request: Request) -> Result<Response, CallError> {
        self.operation.invoke(request).await
    }
}

/// What the SDK's clients of services put into their configuration.
fn settings(config: &SdkConfig, names: &ServiceNames) -> Layer {
    let mut layer = Layer::new("service");
    layer.store_put(ApiMetadata::new(names.sdk, env!("CARGO_PKG_VERSION")));
    layer.store_put(SigningName::from_static(names.endpoint));
    if let Some(region) = config.region() {
        layer.store_put(SigningRegion::from(region.clone()));
    }
    layer.store_put(SigV4OperationSigningConfig::default());
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(SensitiveOutput);
    layer.store_append(SmithySdkFeature::RetryModeStandard);
    layer
}

/// The parts that the SDK's clients of services are made of.
fn components(config: &SdkConfig) -> RuntimeComponentsBuilder {
    let schemes = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
    let mut components = RuntimeComponentsBuilder::new("service")
        .with_http_client(config.http_client())
        .with_sleep_impl(config.sleep_impl())
        .with_time_source(config.time_source())
        .with_auth_scheme(SigV4AuthScheme::new())
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(schemes)))
        .with_interceptor(ServiceClockSkewInterceptor::new())
        .with_interceptor(RequestInfoInterceptor::new())
        .with_interceptor(UserAgentInterceptor::new())
        .with_interceptor(InvocationIdInterceptor::new())
        .with_interceptor(RecursionDetectionInterceptor::new())
        .with_retry_classifier(HttpStatusCodeClassifier::default())
        .with_retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .with_retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .with_retry_classifier(ServiceClockSkewClassifier::<ErrorMetadata>::new());
    if let Some(credentials) = config.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, credentials);
    }
    components
}

#[cfg(test)]
mod tests;
