//! The connections to AWS: HTTP/1.1, which is all that its services speak here, over TLS, under AWS's own roots and no
//! others. The SDK's own client would bring HTTP/2 along, and decode the roots from PEM at every cold start.

use std::error::Error as _;
use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{
    HttpConnector as Connect, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
    http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::{
    CaptureConnection, HttpConnector, HttpInfo, capture_connection,
};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

/// The roots under which AWS's endpoints are certified, as Amazon Trust Services publishes them.
const AMAZON_ROOTS: [&[u8]; 5] = [
    include_bytes!("roots/amazon_1.der"),
    include_bytes!("roots/amazon_2.der"),
    include_bytes!("roots/amazon_3.der"),
    include_bytes!("roots/amazon_4.der"),
    include_bytes!("roots/starfield_g2.der"),
];

/// How long an idle connection is kept: less than AWS keeps it, so that no request meets a connection that AWS has closed.
const MAX_IDLE: Duration = Duration::from_secs(15);

/// One connection pool for all clients.
pub fn http_client(connect_timeout: Duration) -> SharedHttpClient {
    let pool = connector(connect_timeout);
    http_client_fn(move |_, _| pool.clone())
}

/// The pool itself.
pub(crate) fn connector(connect_timeout: Duration) -> SharedHttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.set_connect_timeout(Some(connect_timeout));
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls())
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    let client = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(MAX_IDLE)
        .build(https);
    SharedHttpConnector::new(Pool { client })
}

fn tls() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for root in AMAZON_ROOTS {
        roots
            .add(CertificateDer::from_slice(root))
            .expect("the roots are part of the program");
    }
    ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .expect("ring speaks both versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[derive(Clone, Debug)]
struct Pool {
    client: Client<HttpsConnector<HttpConnector>, SdkBody>,
}

impl Connect for Pool {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())));
            }
        };
        // The SDK gives up a connection on which something went wrong.
        let captured = capture_connection(&mut request);
        if let Some(wanted) = request.extensions().get::<CaptureSmithyConnection>() {
            wanted.set_connection_retriever(move || metadata(&captured));
        }
        let answer = self.client.request(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(failure)?.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(answer)
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

fn metadata(captured: &CaptureConnection) -> Option<ConnectionMetadata> {
    let mut extras = http::Extensions::new();
    captured
        .connection_metadata()
        .as_ref()?
        .get_extras(&mut extras);
    let info = extras.get::<HttpInfo>();
    let captured = captured.clone();
    let mut metadata = ConnectionMetadata::builder()
        .proxied(false)
        .poison_fn(move || {
            if let Some(connection) = captured.connection_metadata().as_ref() {
                connection.poison();
            }
        });
    metadata
        .set_local_addr(info.map(HttpInfo::local_addr))
        .set_remote_addr(info.map(HttpInfo::remote_addr));
    Some(metadata.build())
}

/// What the SDK may try again: anything but a request or an answer that is none.
fn failure(error: Error) -> ConnectorError {
    let cause = error
        .source()
        .and_then(|cause| cause.downcast_ref::<hyper::Error>());
    match cause {
        Some(cause) if cause.is_user() => ConnectorError::user(error.into()),
        Some(cause) if cause.is_parse() => ConnectorError::other(error.into(), None),
        _ => ConnectorError::io(error.into()),
    }
}

#[cfg(test)]
mod tests;
