//! Reads a response within the limits.
//!
//! With [`Excess::Cut`], the head is enough: there is a response even if the body breaks off, with the part of the body that
//! arrived. Otherwise an incomplete response is a failure.
//!
//! Nothing is decompressed: no `Accept-Encoding` is sent unless the user does, and then the user gets the bytes as they
//! arrived. So the limit counts the bytes that arrive, and a small response cannot expand into a large one. Trailers are
//! dropped.

use std::error::Error;
use std::io;
use std::time::Duration;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use crate::failure::{Failure, Part, Phase};
use crate::{Excess, HEADER_BYTES, LARGE_BODY_BYTES, LargeBodies, Limits, RESPONSE_HEADER_COUNT};

/// The longest that a body may take after its head, under [`Excess::Cut`].
const CUT_BODY_MS: u64 = 2_000;

/// A response of any status. A redirect is a response too, and is not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Status code, 101–999.
    pub status: u16,
    /// Lower-case names, in the order of arrival, repeated names included; bytes that are not UTF-8 are replaced.
    pub headers: Vec<(String, String)>,
    /// The body as it was sent, still compressed if the server compressed it.
    pub body: Vec<u8>,
    /// Why the body broke off, if it did; only with [`Excess::Cut`].
    pub broken: Option<Failure>,
}

/// Reads a response to its end, or to the limit.
pub(crate) async fn read(
    host: &str,
    answer: http::Response<Incoming>,
    limits: Limits,
    deadline: Instant,
    large_bodies: Option<&LargeBodies>,
) -> Result<Response, Failure> {
    let (head, incoming) = answer.into_parts();
    check_headers(host, &head.headers)?;
    let headers = head.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    let mut body = Vec::new();
    let (deadline, limit_ms) = patience(limits, deadline);
    let reading = timeout_at(
        deadline,
        fill(&mut body, host, incoming, limits, large_bodies),
    );
    let too_late = Failure::Timeout {
        host: host.to_owned(),
        limit_ms,
        phase: Phase::Body,
    };
    let broken = reading.await.unwrap_or(Err(too_late)).err();
    match (broken, limits.excess) {
        (Some(failure), Excess::Refuse) => Err(failure),
        (broken, Excess::Refuse | Excess::Cut) => Ok(Response {
            status: head.status.as_u16(),
            headers: headers.collect(),
            body,
            broken,
        }),
    }
}

/// Until when a body is read, and how long that is. With [`Excess::Cut`] the time for the body is short.
fn patience(limits: Limits, deadline: Instant) -> (Instant, u64) {
    let soon = Instant::now() + Duration::from_millis(CUT_BODY_MS);
    match limits.excess {
        Excess::Cut if soon < deadline => (soon, CUT_BODY_MS),
        Excess::Cut | Excess::Refuse => (deadline, limits.total_ms),
    }
}

/// Reads into `body`, which keeps the part that arrived if reading fails or is cancelled.
async fn fill(
    body: &mut Vec<u8>,
    host: &str,
    mut incoming: Incoming,
    limits: Limits,
    large_bodies: Option<&LargeBodies>,
) -> Result<(), Failure> {
    let mut slot = None;
    // Who cuts needs to know of no byte more than is kept, and waits for none.
    while body.len() < limits.response_bytes || limits.excess == Excess::Refuse {
        let Some(frame) = incoming.frame().await else {
            return Ok(());
        };
        let frame = frame.map_err(|error| explain(host, &error))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let left = limits.response_bytes - body.len();
        if data.len() > left && limits.excess == Excess::Refuse {
            return Err(Failure::TooLarge {
                host: host.to_owned(),
                part: Part::Body,
                limit_bytes: limits.response_bytes,
            });
        }
        if let (Some(large_bodies), None) = (large_bodies, &slot)
            && body.len() + data.len() > LARGE_BODY_BYTES
        {
            slot = large_bodies.slot().await;
        }
        body.extend_from_slice(&data[..data.len().min(left)]);
    }
    Ok(())
}

/// The exact limits; the HTTP library itself stops somewhere beyond them, depending on how the bytes arrive.
fn check_headers(host: &str, headers: &HeaderMap) -> Result<(), Failure> {
    let line = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 4;
    if headers.iter().map(line).sum::<usize>() > HEADER_BYTES {
        return Err(Failure::TooLarge {
            host: host.to_owned(),
            part: Part::Header,
            limit_bytes: HEADER_BYTES,
        });
    }
    if headers.len() > RESPONSE_HEADER_COUNT {
        return Err(Failure::TooManyHeaders {
            host: host.to_owned(),
            limit: RESPONSE_HEADER_COUNT,
        });
    }
    Ok(())
}

/// Translates an error of the HTTP client into a failure.
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
        return Failure::EndlessHeaders {
            host: host.to_owned(),
            limit_bytes: HEADER_BYTES,
            limit: RESPONSE_HEADER_COUNT,
        };
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
