//! One request and its answer, whoever is asked, and when another attempt may help. Does not know the API.

use std::error::Error;
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::time::Duration;

use reqwest::blocking::{Client as Http, RequestBuilder};
use reqwest::{StatusCode, header};

use crate::failure::{Exit, Failure, Result};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Whoever is asked to wait for longer is told so instead.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(10);
/// An answer has at most 6 MB (Lambda); more is from somebody else.
const MAX_ANSWER_BYTES: u64 = 16 << 20;

/// An answer that is no failure.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// An HTTP client for requests to an address: no redirect is followed, since it would carry what was sent elsewhere.
pub(crate) fn http(timeout: Duration, url: &str) -> Result<Http> {
    // A second call finds the provider of the first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Http::builder()
        .connect_timeout(CONNECT_TIMEOUT.min(timeout))
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("sluice/", env!("CARGO_PKG_VERSION")));
    // Names below localhost are this machine (RFC 6761), which not every resolver knows; the port is that of the address.
    let url = reqwest::Url::parse(url).ok();
    if let Some(host) = url.as_ref().and_then(|url| url.host_str())
        && host.ends_with(".localhost")
    {
        builder = builder.resolve(host, SocketAddr::from(([127, 0, 0, 1], 0)));
    }
    let built = builder.build();
    built.map_err(|error| Failure::failed(format!("No HTTP client can be made: {error}.")))
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct NoAnswer {
    /// Not within the time.
    pub(crate) timed_out: bool,
    /// There was no connection, so nothing was sent.
    pub(crate) unconnected: bool,
    /// Nobody listens there.
    pub(super) refused: bool,
    cause: String,
}

/// Sends a request. Of the answer's body, no more is read than an answer may have.
pub(crate) fn send(request: RequestBuilder) -> Result<Answer, NoAnswer> {
    let response = request.send().map_err(NoAnswer::of_request)?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut body = Vec::new();
    let mut bounded = response.take(MAX_ANSWER_BYTES);
    bounded.read_to_end(&mut body).map_err(NoAnswer::of_body)?;
    Ok(Answer {
        status,
        headers,
        body,
    })
}

impl NoAnswer {
    fn of_request(error: reqwest::Error) -> Self {
        let root = root(&error);
        let kind = root.downcast_ref::<io::Error>().map(io::Error::kind);
        Self {
            timed_out: error.is_timeout(),
            unconnected: error.is_connect() && !error.is_timeout(),
            refused: kind == Some(io::ErrorKind::ConnectionRefused),
            cause: root.to_string(),
        }
    }

    fn of_body(error: io::Error) -> Self {
        let inner = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<reqwest::Error>());
        Self {
            timed_out: error.kind() == io::ErrorKind::TimedOut
                || inner.is_some_and(reqwest::Error::is_timeout),
            unconnected: false,
            refused: false,
            cause: root(&error).to_string(),
        }
    }

    /// The failure that it is of a command.
    pub(crate) fn failure(&self, url: &str, timeout: Duration) -> Failure {
        if self.timed_out {
            return Failure::new(
                Exit::TimedOut,
                format!("{url} did not answer within {} s.", timeout.as_secs()),
            )
            .hint("Try again, with more time: --timeout 120")
            .passing();
        }
        let failure =
            Failure::failed(format!("{url} cannot be reached: {}.", self.cause)).passing();
        match url.contains("127.0.0.1") || url.contains("localhost") {
            true => failure.hint("Is it running? `sluice dev` starts one on this machine."),
            false => {
                failure.hint("Check the address (`sluice whoami`) and the network: sluice doctor")
            }
        }
    }
}

/// The cause of all causes, which says most.
fn root<'e>(error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause
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
