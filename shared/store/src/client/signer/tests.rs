use super::*;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_async::time::StaticTimeSource;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_types::region::Region;
use proptest::prelude::*;

/// A request to sign, and the time of signing.
#[derive(Clone, Debug)]
struct Call {
    url: String,
    body: Vec<u8>,
    headers: Vec<(String, String)>,
    token: Option<String>,
    at_secs: u64,
    attempt: u32,
}

impl Call {
    fn plain() -> Self {
        Self {
            url: "https://dynamodb.eu-central-1.amazonaws.com/".to_owned(),
            body: b"{}".to_vec(),
            headers: Vec::new(),
            token: Some("a session's token".to_owned()),
            at_secs: 1_790_000_000,
            attempt: 1,
        }
    }

    fn request(&self) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(self.body.clone()));
        request.set_method("POST").unwrap();
        request.set_uri(self.url.clone()).unwrap();
        request
            .headers_mut()
            .insert("x-amz-target", "DynamoDB_20120810.PutItem");
        request.headers_mut().insert("user-agent", "somebody");
        for (name, value) in &self.headers {
            request.headers_mut().append(name.clone(), value.clone());
        }
        request
    }

    /// The headers of the request as this signer leaves it.
    fn signed_by(&self, signer: &dyn Sign) -> Vec<(String, String)> {
        let mut request = self.request();
        let at: SystemTime = UNIX_EPOCH + Duration::from_secs(self.at_secs);
        let components = RuntimeComponentsBuilder::for_tests()
            .with_time_source(Some(StaticTimeSource::new(at)))
            .build()
            .unwrap();
        let mut layer = Layer::new("test");
        layer.store_put(SigningRegion::from(Region::from_static("eu-central-1")));
        layer.store_put(SigningName::from_static("dynamodb"));
        layer.store_put(RequestAttempts::new(self.attempt));
        layer.store_put(aws_runtime::auth::SigV4OperationSigningConfig::default());
        let credentials =
            Credentials::new("AKIDEXAMPLE", "secret", self.token.clone(), None, "test");
        signer
            .sign_http_request(
                &mut request,
                &credentials.into(),
                AuthSchemeEndpointConfig::empty(),
                &components,
                &ConfigBag::of_layers(vec![layer]),
            )
            .unwrap();
        let headers = request.headers().iter();
        let mut headers: Vec<_> = headers.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        headers.sort();
        headers
    }
}

fn assert_same(call: &Call, signer: &Signer) {
    let theirs = call.signed_by(&SigV4Signer::new());
    assert_eq!(call.signed_by(signer), theirs, "{call:?}");
}

proptest! {
    #[test]
    fn it_signs_as_the_sdk_does(
        calls in prop::collection::vec((
            prop::collection::vec(any::<u8>(), 0..300),
            prop::collection::btree_map("x-[a-z]{1,8}", "[!-~]{1,9}( [!-~]{1,9}){0,2}", 0..5),
            prop::option::of("[A-Za-z0-9+/=]{1,80}"),
            1_790_000_000u64..1_790_300_000,
            prop::sample::select(vec![
                "https://sqs.eu-central-1.amazonaws.com/",
                "https://kms.eu-central-1.amazonaws.com",
                "http://127.0.0.1:4566/",
            ]),
        ), 1..5),
    ) {
        let signer = Signer::default();
        for (body, headers, token, at_secs, url) in calls {
            let headers = headers.into_iter().collect();
            let url = url.to_owned();
            assert_same(&Call { url, body, headers, token, at_secs, attempt: 1 }, &signer);
            prop_assert!(signer.key.lock().unwrap().is_some(), "it was left to the SDK");
        }
    }
}

#[test]
fn what_is_not_plain_is_signed_by_the_sdk() {
    let header = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let other = |url: &str| Call {
        url: url.to_owned(),
        ..Call::plain()
    };
    let with = |headers| Call {
        headers,
        ..Call::plain()
    };
    let calls = [
        other("https://dynamodb.eu-central-1.amazonaws.com:443/"),
        other("http://127.0.0.1:80/"),
        other("https://dynamodb.eu-central-1.amazonaws.com/a%20b?c=d"),
        with(header("x-spaced", "two  spaces")),
        with(header("x-padded", " before")),
        with(header("host", "elsewhere.example")),
        with([header("x-twice", "a"), header("x-twice", "b")].concat()),
        Call {
            attempt: 2,
            ..Call::plain()
        },
    ];
    for call in calls {
        let signer = Signer::default();
        assert_same(&call, &signer);
        assert!(signer.key.lock().unwrap().is_none(), "{call:?}");
    }
}

#[test]
fn the_key_is_kept_for_a_day_and_for_whom_it_is() {
    let signer = Signer::default();
    let kept = || Arc::clone(signer.key.lock().unwrap().as_ref().unwrap());
    let call = Call::plain();
    assert_same(&call, &signer);
    let first = kept();
    let later = Call {
        at_secs: call.at_secs + 60,
        ..call.clone()
    };
    assert_same(&later, &signer);
    assert!(Arc::ptr_eq(&first, &kept()));
    let tomorrow = Call {
        at_secs: call.at_secs + 86_400,
        ..call.clone()
    };
    assert_same(&tomorrow, &signer);
    assert!(!Arc::ptr_eq(&first, &kept()));
    let second = kept();
    let other = Call {
        token: None,
        ..tomorrow
    };
    assert_same(&other, &signer);
    assert!(!Arc::ptr_eq(&second, &kept()));
}
