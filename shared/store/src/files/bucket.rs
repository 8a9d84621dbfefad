//! Requests to the bucket: signed, within a time limit, repeated where S3 does not answer. It does not know what the objects
//! are.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use tokio::time::{sleep, timeout};

use super::signing::{Headers, Signer};
use crate::client::connection::{Connection, Timing};
use crate::client::variables::{InvalidVariable, Variables};
use crate::{Random, StoreError};

/// How often a request is made in all.
const ATTEMPTS: u32 = 3;
/// The longest pause before the second attempt; it doubles with each further one.
const PAUSE_MS: u64 = 200;
/// The part of a refusal that is read for its code.
const REFUSAL_BYTES: usize = 8_192;

/// Where the bucket is.
#[derive(Clone, Debug)]
pub(crate) struct BucketAddress {
    /// For the functions: without a slash at the end.
    pub(crate) url: String,
    /// In URLs that are given to others; on a laptop another one.
    pub(crate) public_url: String,
}

impl BucketAddress {
    /// On AWS the bucket has a domain of its own; another endpoint has it in the path.
    pub(crate) fn read(variables: &Variables<'_>) -> Result<Self, InvalidVariable> {
        let name = variables.required("FILES_BUCKET")?;
        let own = format!("https://{}", variables.required("FILES_DOMAIN")?);
        let at = |endpoint: String| format!("{}/{name}", endpoint.trim_end_matches('/'));
        let url = variables.optional("AWS_ENDPOINT_URL_S3").map_or(own, at);
        let public_url = variables.optional("FILES_ENDPOINT_URL").map(at);
        Ok(Self {
            public_url: public_url.unwrap_or_else(|| url.clone()),
            url,
        })
    }
}

/// The bucket of files.
#[derive(Clone)]
pub(crate) struct Bucket {
    http: SharedHttpConnector,
    signer: Signer,
    address: BucketAddress,
    timing: Timing,
}

/// One request.
pub(super) struct Call<'a> {
    pub(super) operation: &'static str,
    pub(super) method: &'static str,
    /// Below the bucket, with its query.
    pub(super) path: String,
    pub(super) headers: &'a Headers<'a>,
    pub(super) body: Bytes,
    /// How long one attempt may take until its answer begins.
    pub(super) attempt_ms: u64,
}

/// S3's answer.
pub(super) enum Answered {
    Done(Box<HttpResponse>),
    /// There is no such object. S3 says so with 403 to whoever may not list the bucket, and nobody may.
    Missing,
}

/// Why an attempt did not succeed.
enum Attempted {
    Answered(Answered),
    /// Another attempt may.
    Failed(String),
    Refused(String),
}

impl Bucket {
    pub(crate) fn new(connection: &Connection, address: BucketAddress) -> Self {
        Self {
            http: connection.http_connector(),
            signer: Signer::new(connection.credentials(), connection.region()),
            address,
            timing: connection.timing(),
        }
    }

    /// Makes a request. It has to be one that may be made twice, because an answer can be lost.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Answered, StoreError> {
        let mut cause = String::new();
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                pause(attempt).await;
            }
            match self.attempt(call).await {
                Attempted::Answered(answered) => return Ok(answered),
                Attempted::Failed(why) => cause = why,
                Attempted::Refused(why) => {
                    cause = why;
                    break;
                }
            }
        }
        let operation = call.operation;
        Err(StoreError::Unavailable { operation, cause })
    }

    async fn attempt(&self, call: &Call<'_>) -> Attempted {
        let request = match self.request(call) {
            Ok(request) => request,
            Err(error) => return Attempted::Refused(error.to_string()),
        };
        let limit = self.timing.timeout(call.attempt_ms);
        let response = match timeout(limit, self.http.call(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Attempted::Failed(describe(&error)),
            Err(_) => return Attempted::Failed(format!("no answer within {limit:?}")),
        };
        match response.status().as_u16() {
            200..=299 => Attempted::Answered(Answered::Done(Box::new(response))),
            404 => Attempted::Answered(Answered::Missing),
            403 => {
                let code = refusal(response, limit).await;
                if code != "AccessDenied" {
                    return Attempted::Refused(format!("403 {code}"));
                }
                tracing::warn!(
                    operation = call.operation,
                    "S3 answered AccessDenied: there is no such object, or the function's role does not reach the bucket"
                );
                Attempted::Answered(Answered::Missing)
            }
            status @ (408 | 429 | 500..=599) => Attempted::Failed(status.to_string()),
            status => Attempted::Refused(format!("{status} {}", refusal(response, limit).await)),
        }
    }

    fn request(
        &self,
        call: &Call<'_>,
    ) -> Result<HttpRequest, aws_smithy_runtime_api::box_error::BoxError> {
        let url = format!("{}/{}", self.address.url, call.path);
        let added = self
            .signer
            .headers(call.method, &url, call.headers, &call.body)?;
        let mut request = HttpRequest::new(SdkBody::from(call.body.clone()));
        request.set_method(call.method)?;
        request.set_uri(url)?;
        let headers = request.headers_mut();
        for (name, value) in call.headers {
            headers.try_insert((*name).to_owned(), (*value).to_owned())?;
        }
        for (name, value) in added {
            headers.try_insert(name, value)?;
        }
        Ok(request)
    }

    /// A URL under which anybody can make this request, for so long.
    pub(super) fn presigned(
        &self,
        method: &'static str,
        path: &str,
        headers: &Headers<'_>,
        expires_in: Duration,
    ) -> Result<String, StoreError> {
        let url = format!("{}/{path}", self.address.public_url);
        let signed = self.signer.presigned(method, &url, headers, expires_in);
        signed.map_err(|error| StoreError::Unavailable {
            operation: "sign a URL of a file",
            cause: error.to_string(),
        })
    }
}

fn describe(error: &(dyn std::error::Error + 'static)) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// Waits a random time, whose upper bound doubles.
async fn pause(attempt: u32) {
    let longest_ms = PAUSE_MS << (attempt - 1);
    let pause_ms = u64::try_from(Random.u128() % u128::from(longest_ms)).unwrap_or(longest_ms);
    sleep(Duration::from_millis(pause_ms)).await;
}

/// The code of a refusal, such as `NoSuchKey`, which S3 writes as XML.
async fn refusal(response: HttpResponse, limit: Duration) -> String {
    let body = http_body_util::Limited::new(response.into_body(), REFUSAL_BYTES).collect();
    let text = match timeout(limit, body).await {
        Ok(Ok(body)) => String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        Ok(Err(_)) | Err(_) => String::new(),
    };
    let code = text.split_once("<Code>").map_or("", |(_, rest)| rest);
    let code = code.split('<').next().unwrap_or_default();
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .take(64)
        .collect()
}

#[cfg(test)]
mod tests;
