//! What becomes of a request to a bucket that fails, refuses or says nothing.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use http::{Request, Response};

use super::*;
use crate::Transport;

const ENDPOINT: &str = "http://s3.in-process.invalid";

type Seen = Arc<Mutex<Vec<Request<Bytes>>>>;

/// A bucket that answers as `answer` says for each attempt, from 1; a `None` is never answered.
fn bucket(
    answer: impl Fn(u32) -> Option<(u16, &'static str)> + Send + Sync + 'static,
) -> (Bucket, Seen) {
    let seen = Seen::default();
    let (attempts, noted) = (Arc::new(AtomicU32::new(0)), Arc::clone(&seen));
    let transport = Transport::InProcess(Arc::new(move |request| {
        noted.lock().unwrap().push(request);
        let answer = answer(attempts.fetch_add(1, Ordering::SeqCst) + 1);
        Box::pin(async move {
            let Some((status, body)) = answer else {
                return std::future::pending().await;
            };
            let mut response = Response::new(Bytes::from_static(body.as_bytes()));
            *response.status_mut() = status.try_into().unwrap();
            Ok(response)
        })
    }));
    let variable = |name: &str| {
        let value = match name {
            "AWS_REGION" => "eu-central-1",
            "AWS_ACCESS_KEY_ID" => "key",
            "AWS_SECRET_ACCESS_KEY" => "secret",
            "AWS_ENDPOINT_URL_S3" => ENDPOINT,
            "FILES_BUCKET" => "files",
            "FILES_DOMAIN" => "files.s3.eu-central-1.amazonaws.com",
            _ => return None,
        };
        Some(value.to_owned())
    };
    let variables = Variables(&variable);
    let connection = Connection::new(&variables, &transport, Timing::Aws).unwrap();
    let address = BucketAddress::read(&variables).unwrap();
    (Bucket::new(&connection, address), seen)
}

async fn sent(bucket: &Bucket) -> Result<Answered, StoreError> {
    let call = Call {
        operation: "try",
        method: "PUT",
        path: "a/b?tagging".to_owned(),
        headers: &[("content-type", "application/xml")],
        body: Bytes::from_static(b"<Tagging/>"),
        attempt_ms: 100,
    };
    bucket.send(&call).await
}

#[tokio::test(start_paused = true)]
async fn a_request_is_signed_and_goes_to_its_bucket() {
    let (bucket, seen) = bucket(|_| Some((200, "")));
    assert!(matches!(sent(&bucket).await, Ok(Answered::Done(_))));
    let seen = seen.lock().unwrap();
    assert_eq!(
        seen[0].uri(),
        "http://s3.in-process.invalid/files/a/b?tagging"
    );
    assert_eq!(seen[0].headers()["content-type"], "application/xml");
    let authorization = seen[0].headers()["authorization"].to_str().unwrap();
    assert!(authorization.contains("/eu-central-1/s3/aws4_request"));
    assert!(
        authorization.contains("SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date")
    );
}

#[tokio::test(start_paused = true)]
async fn what_fails_or_is_not_answered_is_tried_again_and_not_for_ever() {
    let (recovers, seen) = bucket(|attempt| match attempt {
        1 => Some((503, "")),
        2 => None,
        _ => Some((200, "")),
    });
    assert!(matches!(sent(&recovers).await, Ok(Answered::Done(_))));
    assert_eq!(seen.lock().unwrap().len(), 3);
    let (fails, seen) = bucket(|_| Some((500, "")));
    let Err(StoreError::Unavailable { operation, cause }) = sent(&fails).await else {
        panic!("it did not fail");
    };
    assert_eq!((operation, cause.as_str()), ("try", "500"));
    assert_eq!(seen.lock().unwrap().len(), 3);
    let (silent, seen) = bucket(|_| None);
    assert!(sent(&silent).await.is_err());
    assert_eq!(seen.lock().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_not_tried_again_and_names_its_code() {
    let (refuses, seen) = bucket(|_| Some((400, "<Error><Code>BadDigest</Code></Error>")));
    let Err(StoreError::Unavailable { cause, .. }) = sent(&refuses).await else {
        panic!("it did not fail");
    };
    assert_eq!(cause, "400 BadDigest");
    assert_eq!(seen.lock().unwrap().len(), 1);
    let (wrong, _) = bucket(|_| Some((403, "<Error><Code>SignatureDoesNotMatch</Code></Error>")));
    assert!(sent(&wrong).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_not_there_is_missing_whether_s3_says_so_or_hides_it() {
    for answer in [
        (404, "<Error><Code>NoSuchKey</Code></Error>"),
        (403, "<Error><Code>AccessDenied</Code></Error>"),
    ] {
        let (bucket, _) = bucket(move |_| Some(answer));
        assert!(
            matches!(sent(&bucket).await, Ok(Answered::Missing)),
            "{answer:?}"
        );
    }
}

#[test]
fn on_aws_the_bucket_has_a_domain_and_other_endpoints_have_it_in_the_path() {
    let read = |endpoint: Option<&str>, public: Option<&str>| {
        let variable = |name: &str| match name {
            "FILES_BUCKET" => Some("files".to_owned()),
            "FILES_DOMAIN" => Some("files.s3.eu-central-1.amazonaws.com".to_owned()),
            "AWS_ENDPOINT_URL_S3" => endpoint.map(str::to_owned),
            "FILES_ENDPOINT_URL" => public.map(str::to_owned),
            _ => None,
        };
        let address = BucketAddress::read(&Variables(&variable)).unwrap();
        (address.url, address.public_url)
    };
    let own = "https://files.s3.eu-central-1.amazonaws.com".to_owned();
    assert_eq!(read(None, None), (own.clone(), own));
    let (url, public_url) = read(Some(ENDPOINT), Some("http://127.0.0.1:9000/"));
    assert_eq!(url, "http://s3.in-process.invalid/files");
    assert_eq!(public_url, "http://127.0.0.1:9000/files");
}
