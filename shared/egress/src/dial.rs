//! Opens connections, and is the only code that does.
//!
//! The HTTP client uses two layers when it has no idle connection to the same scheme, host and port: [`Dialer`] pins the
//! host and opens TCP, [`Connector`] adds TLS and the time limit. Neither reads the environment, so no proxy variable has
//! any effect. They know nothing of requests.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::Uri;
use http::uri::Scheme;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower_service::Service;

use crate::failure::{Failure, Phase};
use crate::policy::Policy;
use crate::resolve::{Resolver, pin};

/// How many of a host's addresses are tried.
const ATTEMPTS: usize = 4;

/// The certificate authorities of Mozilla's root programme, compiled in, so that nothing is loaded at start-up.
pub(crate) fn public_roots() -> RootCertStore {
    RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    }
}

/// Opens TCP connections to pinned addresses.
#[derive(Clone)]
pub(crate) struct Dialer {
    resolver: Resolver,
    policy: Arc<Policy>,
}

impl Service<Uri> for Dialer {
    type Response = TokioIo<TcpStream>;
    type Error = Failure;
    type Future = BoxFuture<'static, Result<Self::Response, Failure>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let dialer = self.clone();
        Box::pin(async move { dialer.open(&uri).await.map(TokioIo::new) })
    }
}

impl Dialer {
    async fn open(&self, uri: &Uri) -> Result<TcpStream, Failure> {
        let host = uri.host().unwrap_or_default();
        let default_port = match uri.scheme() == Some(&Scheme::HTTP) {
            true => 80,
            false => 443,
        };
        let port = uri.port_u16().unwrap_or(default_port);
        let pinned = pin(host, port, &self.resolver, &self.policy).await?;
        let candidates = pinned.addresses().iter().take(ATTEMPTS);
        let share_ms = self.policy.connect_ms / candidates.len().max(1) as u64;
        let mut reason = String::new();
        for address in candidates {
            let connecting = TcpStream::connect(*address);
            reason = match timeout(Duration::from_millis(share_ms), connecting).await {
                Ok(Ok(stream)) => {
                    // A request goes out in one piece; waiting for more to send only adds latency.
                    stream.set_nodelay(true).ok();
                    return Ok(stream);
                }
                Ok(Err(error)) => error.kind().to_string(),
                Err(_) => format!("no answer within {share_ms} ms"),
            };
        }
        let host = host.to_owned();
        Err(Failure::Connect { host, reason })
    }
}

/// Opens connections that are ready for HTTP/1.1, with TLS where the scheme requires it, within the time limit.
#[derive(Clone)]
pub(crate) struct Connector {
    https: HttpsConnector<Dialer>,
    connect_ms: u64,
}

impl Connector {
    pub(crate) fn new(resolver: Resolver, policy: Arc<Policy>, roots: RootCertStore) -> Self {
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .expect("ring has cipher suites for TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connect_ms = policy.connect_ms;
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(Dialer { resolver, policy });
        Self { https, connect_ms }
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = Failure;
    type Future = BoxFuture<'static, Result<Self::Response, Failure>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let host = uri.host().unwrap_or_default().to_owned();
        let limit_ms = self.connect_ms;
        let connecting = self.https.call(uri);
        Box::pin(async move {
            match timeout(Duration::from_millis(limit_ms), connecting).await {
                Ok(Ok(stream)) => Ok(stream),
                Ok(Err(error)) => Err(tell_apart(host, error)),
                Err(_) => Err(Failure::Timeout {
                    host,
                    limit_ms,
                    phase: Phase::Connect,
                }),
            }
        })
    }
}

/// The dialer's own failures pass through the TLS layer unchanged; any other error is one of TLS.
fn tell_apart(host: String, error: Box<dyn std::error::Error + Send + Sync>) -> Failure {
    match error.downcast::<Failure>() {
        Ok(failure) => *failure,
        Err(error) => Failure::Tls {
            host,
            reason: error.to_string(),
        },
    }
}
