//! Compares requests with those that the SDK's own clients of the services sent for the same calls: `aws-sdk-lambda` 1.156,
//! `aws-sdk-sfn` 1.125 and `aws-sdk-eventbridge` 1.127. A signature covers the method, the path, the body and the headers that
//! it names. The user agent is left out: it would be signed, too, and names versions.

use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, StaticTimeSource};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::interceptors::disable_interceptor;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_types::region::Region;
use domain::{EffectKey, ExecutionId};
use serde_json::json;
use store::Transport;

use super::*;
use crate::arn::AwsScope;
use crate::tests::{connection, everything};
use crate::{Entry, Integrations, Invocation, StartStateMachine, events, lambda, states};

/// Answers as the services do, and keeps the requests.
#[derive(Clone, Debug, Default)]
struct Recorder(Arc<Mutex<Vec<HttpRequest>>>);

impl HttpConnector for Recorder {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let (status, body) = match target.rsplit('.').next() {
            Some("DescribeExecution") => (400, r#"{"__type":"ExecutionDoesNotExist"}"#),
            Some("StartExecution") => (200, r#"{"executionArn":"a","startDate":1}"#),
            Some("PutEvents") => (200, r#"{"Entries":[{"EventId":"1"},{"EventId":"2"}]}"#),
            _ => (200, "{}"),
        };
        self.0.lock().unwrap().push(request);
        let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        HttpConnectorFuture::ready(Ok(response))
    }
}

fn config(recorder: &Recorder) -> SdkConfig {
    let connector = SharedHttpConnector::new(recorder.clone());
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let token = Some("session token".to_owned());
    let credentials = Credentials::new("AKIDEXAMPLE", secret, token, None, "test");
    let now = StaticTimeSource::new(UNIX_EPOCH + Duration::from_secs(1_795_000_000));
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(now))
        .build()
}

fn integrations(recorder: &Recorder) -> Integrations {
    let config = config(recorder);
    let service = |names: &ServiceNames| {
        let mut settings = settings(&config, names);
        settings.store_put(disable_interceptor::<UserAgentInterceptor>(
            "it names versions",
        ));
        let url = AwsScope::new("eu-west-1", None).url(names.endpoint);
        Service::with_settings(&config, settings, names, &url, crate::short()).into()
    };
    let mut integrations = Integrations::new(connection(&Transport::Network), &everything());
    integrations.lambda = service(&lambda::NAMES);
    integrations.states = service(&states::NAMES);
    integrations.events = service(&events::NAMES);
    integrations
}

/// Every operation, with what has to be escaped in a path, in JSON and in JSON within JSON.
async fn call(integrations: &Integrations) {
    let order = json!({"order": "ä \"7\""});
    for (qualifier, is_event) in [("live", false), ("$LATEST", true)] {
        let invocation = Invocation {
            function: "orders",
            qualifier: Some(qualifier),
            payload: &order,
            is_event,
            idempotency_key: "key",
        };
        integrations.invoke(&invocation).await.unwrap();
    }
    let start = StartStateMachine {
        state_machine: "arn:aws:states:eu-west-1:111122223333:stateMachine:nightly",
        input: &order,
        effect: &EffectKey::new(ExecutionId::derived(&["x"]), "/do/0/night/1"),
    };
    integrations.run_state_machine(&start).await.unwrap();
    let entry = |resources: &[&str]| Entry {
        source: "shop".to_owned(),
        detail_type: "paid".to_owned(),
        detail: order.to_string(),
        bus: None,
        resources: resources.iter().map(ToString::to_string).collect(),
    };
    let entries = [entry(&[]), entry(&["arn:aws:s3:::orders"])];
    integrations.put_events(&entries).await.unwrap();
}

/// The URL without its scheme, which headers are signed, and the signature.
const EXPECTED: [(&str, &str, &str); 5] = [
    (
        "lambda.eu-west-1.amazonaws.com/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Aorders%3Alive/invocations",
        "content-length;content-type;host;x-amz-client-context;x-amz-date;x-amz-invocation-type;x-amz-security-token",
        "3911fa425aa2cc718ac5fc85a024053445cc9e627a9c9a022f6a44730cc74c8b",
    ),
    (
        "lambda.eu-west-1.amazonaws.com/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Aorders%3A%24LATEST/invocations",
        "content-length;content-type;host;x-amz-client-context;x-amz-date;x-amz-invocation-type;x-amz-security-token",
        "b377665f99a1243ea24cd75c04490f46bc4e93226b8fa296e3afc0b571fc3e6a",
    ),
    (
        "states.eu-west-1.amazonaws.com/",
        "content-length;content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
        "eb15aa0c5a3932e76defc4ab9f49bbf10e4bf1703ffe6db34c393394712aa1a1",
    ),
    (
        "states.eu-west-1.amazonaws.com/",
        "content-length;content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
        "c8fd1a6c3b81d18a8fb03cc2bfe5a729f2683d71fe184735ff0e9c0b0437fc9f",
    ),
    (
        "events.eu-west-1.amazonaws.com/",
        "content-length;content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
        "69bf1b398d810d822b8cc74f7d0566a44578f15ffcba27d6881cb476fd077b75",
    ),
];

#[tokio::test]
async fn requests_are_signed_as_the_sdks_clients_of_these_services_signed_them() {
    let recorder = Recorder::default();
    call(&integrations(&recorder)).await;
    let requests = recorder.0.lock().unwrap();
    assert_eq!(requests.len(), EXPECTED.len());
    for (request, (address, headers, signature)) in requests.iter().zip(EXPECTED) {
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri(), format!("https://{address}"));
        let service = address.split('.').next().unwrap();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261118/eu-west-1/{service}/aws4_request, SignedHeaders={headers}, Signature={signature}"
        );
        let sent = request.headers().get("authorization");
        assert_eq!(sent, Some(authorization.as_str()), "{request:?}");
    }
}
