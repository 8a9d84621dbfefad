//! One request and its answer, whoever is asked, and when another attempt may help. Does not know the API.

use std::time::Duration;

use reqwest::blocking::{Client as Http, Response};
use reqwest::{StatusCode, header};

use crate::failure::{Exit, Failure, Result};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Whoever is asked to wait for longer is told so instead.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(10);
/// An answer has at most 6 MB (Lambda); more is from somebody else.
const MAX_ANSWER_BYTES: usize = 16 << 20;

/// An answer that is no failure.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// An HTTP client for requests to anybody: no redirect is followed, since it would carry what was sent elsewhere.
pub(crate) fn http(timeout: Duration) -> Result<Http> {
    // A second call finds the provider of the first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Http::builder()
        .connect_timeout(CONNECT_TIMEOUT.min(timeout))
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("sluice/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| Failure::failed(format!("No HTTP client can be made: {error}.")))
}

/// The answer with its body, which has a bound.
pub(crate) fn read(response: Response) -> std::result::Result<Answer, reqwest::Error> {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut body = response.bytes()?.to_vec();
    body.truncate(MAX_ANSWER_BYTES);
    Ok(Answer {
        status,
        headers,
        body,
    })
}

/// A request that got no answer.
pub(crate) fn unanswered(error: &reqwest::Error, url: &str, timeout: Duration) -> Failure {
    if error.is_timeout() {
        return Failure::new(
            Exit::TimedOut,
            format!("{url} did not answer within {} s.", timeout.as_secs()),
        )
        .hint("Try again, with more time: --timeout 120")
        .passing();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let failure = Failure::failed(format!("{url} cannot be reached: {cause}.")).passing();
    match url.contains("127.0.0.1") || url.contains("localhost") {
        true => failure.hint("Is it running? `sluice dev` starts one on this machine."),
        false => failure.hint("Check the address (`sluice whoami`) and the network: sluice doctor"),
    }
}

/// Whether nobody listens there.
pub(super) fn is_refused(error: &reqwest::Error) -> bool {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let cause = cause.downcast_ref::<std::io::Error>();
    cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::ConnectionRefused)
}

/// How long to wait before a repeat, where one may help.
pub(super) fn repeat_after(answer: &Answer, pause: Duration) -> Option<Duration> {
    let status = StatusCode::from_u16(answer.status).ok()?;
    let may_help = matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    );
    let asked = answer.headers.get(header::RETRY_AFTER);
    let asked = asked.and_then(|value| value.to_str().ok()?.parse().ok());
    let after = asked.map_or(pause, Duration::from_secs);
    (may_help && after <= MAX_RETRY_AFTER).then_some(after)
}
