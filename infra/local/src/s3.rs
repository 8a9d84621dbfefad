//! A local S3: the template's buckets behind the real protocol, in a folder. It checks signatures, those of URLs too, and
//! has what the functions use: put, get and delete objects, and their tags. Does not know what the objects are, and removes
//! none by their age.

mod objects;

use std::io;
use std::path::Path;
use std::sync::Arc;

use ::http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST, HeaderValue};
use ::http::{HeaderMap, Method, Request, Response, StatusCode};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use http_body_util::BodyExt as _;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;

use objects::Objects;

/// Access key and secret key of every function here.
pub(crate) const CREDENTIALS: (&str, &str) = ("local", "local");
/// What names the service in the header with the signature.
const SCOPE: &str = "/s3/aws4_request";

/// The buckets of one stack.
pub struct S3 {
    service: S3Service,
    objects: Objects,
    /// Removed with this, where the stack keeps nothing.
    _temporary: Option<TempDir>,
}

impl S3 {
    /// In the folder, or in one that ends with this.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(crate) fn open(folder: Option<&Path>, buckets: &[String]) -> io::Result<Self> {
        let temporary = match folder {
            Some(_) => None,
            None => Some(TempDir::new()?),
        };
        let root = folder.or(temporary.as_ref().map(TempDir::path));
        let root = root.ok_or(io::ErrorKind::NotFound)?;
        for bucket in buckets {
            std::fs::create_dir_all(root.join(bucket))?;
        }
        let objects = Objects::open(root)?;
        let mut builder = S3ServiceBuilder::new(objects.clone());
        builder.set_auth(SimpleAuth::from_single(CREDENTIALS.0, CREDENTIALS.1));
        Ok(Self {
            service: builder.build(),
            objects,
            _temporary: temporary,
        })
    }

    /// Answers one request, which is in memory whole.
    pub(crate) async fn answer(&self, mut request: Request<Bytes>) -> Response<Bytes> {
        // Without a connection nothing else adds the host, which is a part of the signature, and the length.
        let authority = request
            .uri()
            .authority()
            .map(|host| host.as_str().to_owned());
        let host = authority.and_then(|host| HeaderValue::from_str(&host).ok());
        if let Some(host) = host
            && !request.headers().contains_key(HOST)
        {
            request.headers_mut().insert(HOST, host);
        }
        if request.method() == Method::PUT {
            let length = HeaderValue::from(request.body().len());
            request.headers_mut().insert(CONTENT_LENGTH, length);
        }
        let response = self.call(request.map(s3s::Body::from)).await;
        let (head, body) = response.into_parts();
        match body.collect().await {
            Ok(body) => Response::from_parts(head, body.to_bytes()),
            Err(error) => broken(&error).map(|_| Bytes::new()),
        }
    }

    async fn call(&self, request: Request<s3s::Body>) -> Response<s3s::Body> {
        match self.service.call(request).await {
            Ok(response) => response,
            Err(error) => broken(&error),
        }
    }

    /// The tags of an object as a query, such as `kept=unused`, by bucket and key; `None` where there is no such object.
    pub async fn tags(&self, bucket: &str, key: &str) -> Option<String> {
        self.objects.tags(bucket, key).await
    }
}

fn broken(error: &dyn std::fmt::Debug) -> Response<s3s::Body> {
    tracing::error!(?error, "the local S3 failed");
    let mut response = Response::new(s3s::Body::empty());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

/// Whether a request is signed for S3.
pub(crate) fn is_for_s3(headers: &HeaderMap) -> bool {
    let signature = headers.get(AUTHORIZATION);
    let signature = signature.and_then(|value| value.to_str().ok());
    signature.is_some_and(|value| value.contains(SCOPE))
}

/// The operation of a request that is signed for S3, as the API reference names it; `None` where it is for another service.
#[must_use]
pub fn operation(request: &Request<Bytes>) -> Option<&'static str> {
    if !is_for_s3(request.headers()) {
        return None;
    }
    Some(match (request.method().as_str(), request.uri().query()) {
        ("PUT", Some("tagging")) => "PutObjectTagging",
        ("PUT", _) => "PutObject",
        ("GET", _) => "GetObject",
        ("DELETE", _) => "DeleteObject",
        _ => "?",
    })
}

/// Serves the buckets.
pub(crate) fn router(s3: Arc<S3>) -> Router {
    Router::new().fallback(handle).with_state(s3)
}

async fn handle(State(s3): State<Arc<S3>>, request: Request<Body>) -> Response<Body> {
    let request = request.map(s3s::Body::http_body_unsync);
    s3.call(request).await.map(Body::new)
}

#[cfg(test)]
mod tests;
