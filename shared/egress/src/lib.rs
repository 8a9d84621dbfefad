//! The only way out to the internet: guarded HTTP.
//!
//! A request made for a user reaches public addresses and nothing else. Its URL is parsed once; its host is resolved
//! once per connection, every address is checked, and the connection goes to one of the checked addresses. Redirects
//! are returned as responses, proxies are not used, time and size are limited. HTTP/1.1 only: with one request at a time on
//! a connection whose address was checked, the guarantee is easy to verify, and every webhook receiver speaks it.
//!
//! It does not know workflows, tables, the environment, or what a failure means to the caller.

#![warn(missing_docs)]

mod address;
mod body;
mod dial;
mod failure;
mod large_bodies;
mod lookups;
mod policy;
mod request;
mod resolve;
mod response;
mod target;

#[cfg(test)]
mod trust;

use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::RootCertStore;
use tokio::time::{Instant, timeout_at};
use url::Url;

pub use body::Body;
pub use failure::{Failure, Part, Phase, Refused};
pub use large_bodies::{LARGE_BODY_BYTES, LargeBodies};
pub use policy::{Access, Excess, Limits, Policy};
pub use request::Request;
pub use resolve::Resolver;
pub use response::Response;
pub use target::URL_BYTES;

use dial::Connector;

/// Largest headers of a response, in bytes: names, values, and four for each line.
pub const HEADER_BYTES: usize = 64 * 1024;

/// Most headers that a user may send.
pub const HEADER_COUNT: usize = 100;

/// Most headers of a response.
pub const RESPONSE_HEADER_COUNT: usize = 256;

/// Where reading the headers stops. Beyond the limits, so that those do not depend on how the bytes arrive, and the
/// failure can say which of them was met.
const READ_BYTES: usize = 2 * HEADER_BYTES;
const READ_HEADERS: usize = 4 * RESPONSE_HEADER_COUNT;

/// How long an idle connection is kept, in milliseconds. Short, because a frozen Lambda does not notice that the server
/// has closed it.
const IDLE_MS: u64 = 5_000;

/// Idle connections kept for one scheme, host and port.
const IDLE_PER_HOST: usize = 4;

/// The HTTP client for addresses that users chose. Clone-free and cheap to share; make one per process.
pub struct Egress {
    client: Client<Connector, Body>,
    policy: Arc<Policy>,
    resolver: Resolver,
}

impl Egress {
    /// A client that resolves as the operating system does.
    pub fn new(policy: Policy) -> Self {
        Self::with_resolver(policy, Resolver::system())
    }

    /// A client with another resolver. The addresses that it returns are checked like any others.
    pub fn with_resolver(policy: Policy, resolver: Resolver) -> Self {
        Self::with_roots(policy, resolver, dial::public_roots())
    }

    fn with_roots(policy: Policy, resolver: Resolver, roots: RootCertStore) -> Self {
        let policy = Arc::new(policy);
        let connector = Connector::new(resolver.clone(), Arc::clone(&policy), roots);
        let client = Client::builder(TokioExecutor::new())
            .http1_max_buf_size(READ_BYTES)
            .http1_max_headers(READ_HEADERS)
            // Some servers write a space before the colon, or fold a long line: their answer still counts.
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .pool_idle_timeout(Duration::from_millis(IDLE_MS))
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Self {
            client,
            policy,
            resolver,
        }
    }

    /// Checks the text of a URL, as is done at registration: syntax, scheme, port, and literal addresses in every notation.
    /// Returns the URL in its normal form.
    pub fn check(&self, url: &str) -> Result<Url, Refused> {
        target::parse(url, &self.policy)
    }

    /// Like [`Egress::check`], and also resolves the name. Its addresses are checked again for each connection.
    pub async fn check_resolved(&self, url: &str) -> Result<Url, Failure> {
        let url = self.check(url)?;
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        resolve::pin(host, port, &self.resolver, &self.policy).await?;
        Ok(url)
    }

    /// Sends one request and reads its response within the limits. Any status is a response; for everything else see
    /// [`Failure`].
    ///
    /// A request is sent at most once, with one exception: if an idle connection closed before it took the request, it is
    /// sent on a new connection.
    pub async fn send(&self, mut request: Request, limits: Limits) -> Result<Response, Failure> {
        let body = Body::from(std::mem::take(&mut request.body));
        self.exchange(request, body, limits, None).await
    }

    /// The same, where a large body waits for its slot among `large_bodies`.
    pub async fn send_beside(
        &self,
        mut request: Request,
        limits: Limits,
        large_bodies: &LargeBodies,
    ) -> Result<Response, Failure> {
        let body = Body::from(std::mem::take(&mut request.body));
        self.send_body(request, body, limits, large_bodies).await
    }

    /// The same with this body, in the place of the request's own.
    pub async fn send_body(
        &self,
        request: Request,
        body: Body,
        limits: Limits,
        large_bodies: &LargeBodies,
    ) -> Result<Response, Failure> {
        self.exchange(request, body, limits, Some(large_bodies))
            .await
    }

    async fn exchange(
        &self,
        request: Request,
        body: Body,
        limits: Limits,
        large_bodies: Option<&LargeBodies>,
    ) -> Result<Response, Failure> {
        let deadline = Instant::now() + Duration::from_millis(limits.total_ms);
        let url = self.check(&request.url)?;
        let host = url.host_str().unwrap_or_default();
        let request = request.into_http(target::to_uri(&url)?, body)?;
        let too_late = |_| Failure::Timeout {
            host: host.to_owned(),
            limit_ms: limits.total_ms,
            phase: Phase::Answer,
        };
        let answer = timeout_at(deadline, self.client.request(request))
            .await
            .map_err(too_late)?
            .map_err(|error| response::explain_client(host, &error))?;
        response::read(host, answer, limits, deadline, large_bodies).await
    }
}
