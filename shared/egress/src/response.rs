//! The answer, read as far as the limits allow.
//!
//! Nothing is decompressed: no `Accept-Encoding` is sent unless the user does, and then the user gets the bytes that
//! came. So the cap counts what arrives, and a small answer cannot unfold into a large one. Trailers are dropped.

use std::error::Error;
use std::io;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::failure::{Failure, Part};
use crate::{Excess, HEADER_BYTES, Limits};

/// What the server answered, whatever its status: a redirect is an answer too, and is not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Status code, 101–999.
    pub status: u16,
    /// Lower-case names, in order, repeated as they came; bytes that are not UTF-8 are replaced.
    pub headers: Vec<(String, String)>,
    /// The body as it was sent, still compressed if the server compressed it.
    pub body: Vec<u8>,
}

/// Reads an answer to its end, or to the limit.
pub(crate) async fn read(
    host: &str,
    answer: http::Response<Incoming>,
    limits: Limits,
) -> Result<Response, Failure> {
    let (head, mut incoming) = answer.into_parts();
    if header_bytes(&head.headers) > HEADER_BYTES {
        return Err(too_large_header(host));
    }
    let headers = head.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| explain(host, &error))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let room = limits.response_bytes.saturating_sub(body.len());
        if data.len() > room && limits.excess == Excess::Cut {
            body.extend_from_slice(&data[..room]);
            break;
        }
        if data.len() > room {
            return Err(Failure::TooLarge {
                host: host.to_owned(),
                part: Part::Body,
                limit_bytes: limits.response_bytes,
            });
        }
        body.extend_from_slice(&data);
    }
    Ok(Response {
        status: head.status.as_u16(),
        headers: headers.collect(),
        body,
    })
}

/// The HTTP library stops somewhere past the limit, depending on how the bytes arrive; this is exact.
fn header_bytes(headers: &HeaderMap) -> usize {
    let line = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 4;
    headers.iter().map(line).sum()
}

fn too_large_header(host: &str) -> Failure {
    Failure::TooLarge {
        host: host.to_owned(),
        part: Part::Header,
        limit_bytes: HEADER_BYTES,
    }
}

/// Finds the failure in what the HTTP client says when there is no answer at all.
pub(crate) fn explain_client(host: &str, error: &hyper_util::client::legacy::Error) -> Failure {
    let cause = error.source();
    if let Some(failure) = cause.and_then(|cause| cause.downcast_ref::<Failure>()) {
        return failure.clone();
    }
    match cause.and_then(|cause| cause.downcast_ref::<hyper::Error>()) {
        Some(error) => explain(host, error),
        None => Failure::Interrupted {
            host: host.to_owned(),
        },
    }
}

fn explain(host: &str, error: &hyper::Error) -> Failure {
    if error.is_parse_too_large() {
        return too_large_header(host);
    }
    let host = host.to_owned();
    if error.is_parse() || is_invalid_data(error) {
        let reason = error.to_string();
        return Failure::NotHttp { host, reason };
    }
    Failure::Interrupted { host }
}

/// A malformed chunk is reported as an I/O error whose kind is the only sign of it.
fn is_invalid_data(error: &hyper::Error) -> bool {
    let cause = error.source();
    let cause = cause.and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|cause| {
        matches!(
            cause.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
        )
    })
}
