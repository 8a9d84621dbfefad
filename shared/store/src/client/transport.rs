//! How the SDK's clients reach AWS: over the network, or, on a laptop and in tests, by a function of this process.
//! Everything else of the SDK is the same in both: serialisation, signing, retries, timeouts, errors. It does not know
//! which services answer.

use std::fmt;
use std::io;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures::FutureExt as _;

use crate::client::http::connector;

/// Endpoints below this domain are reached in this process. No name server knows it (RFC 2606), so a request that is
/// sent over the network by mistake fails.
pub const IN_PROCESS_DOMAIN: &str = ".in-process.invalid";

/// A response, or the I/O error that a broken connection would be.
pub type Answer = io::Result<http::Response<Bytes>>;

/// Answers a request that is made in this process.
pub type Answering =
    dyn Fn(http::Request<Bytes>) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync;

/// How requests reach AWS.
#[derive(Clone)]
pub enum Transport {
    /// Over TCP, to every endpoint.
    Network,
    /// By this function, to endpoints below [`IN_PROCESS_DOMAIN`]; over TCP to all others.
    InProcess(Arc<Answering>),
}

impl fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Network => "Network",
            Self::InProcess(_) => "InProcess",
        })
    }
}

impl Transport {
    /// What all clients of AWS share: one pool of connections.
    pub(crate) fn connector(&self, connect_timeout: Duration) -> SharedHttpConnector {
        let network = connector(connect_timeout);
        match self {
            Self::Network => network,
            Self::InProcess(answering) => SharedHttpConnector::new(InProcess {
                answering: answering.clone(),
                network,
            }),
        }
    }
}

struct InProcess {
    answering: Arc<Answering>,
    network: SharedHttpConnector,
}

impl fmt::Debug for InProcess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("InProcess")
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if !is_in_process(request.uri()) {
            return self.network.call(request);
        }
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())));
            }
        };
        let (head, body) = request.into_parts();
        let Some(body) = body.bytes().map(Bytes::copy_from_slice) else {
            let error = io::Error::other("a request with a streaming body");
            return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())));
        };
        let answer = (self.answering)(http::Request::from_parts(head, body));
        // As on AWS, a call that is under way takes effect even when its caller is gone: what is not answered at once is
        // worked on in a task of its own.
        let mut answer = AssertUnwindSafe(answer).catch_unwind();
        if let Some(answered) = (&mut answer).now_or_never() {
            return HttpConnectorFuture::ready(received(answered));
        }
        let answer = tokio::spawn(answer);
        HttpConnectorFuture::new(async move {
            match answer.await {
                Ok(answered) => received(answered),
                Err(error) => Err(ConnectorError::io(error.into())),
            }
        })
    }
}

/// What the SDK gets. A panic is a connection that broke.
fn received(answered: thread::Result<Answer>) -> Result<HttpResponse, ConnectorError> {
    let panicked = |_| io::Error::other("the service panicked");
    let answer = answered.map_err(panicked).flatten();
    let answer = answer.map_err(|error| ConnectorError::io(error.into()))?;
    HttpResponse::try_from(answer.map(SdkBody::from))
        .map_err(|error| ConnectorError::other(error.into(), None))
}

fn is_in_process(uri: &str) -> bool {
    uri.parse::<http::Uri>()
        .is_ok_and(|uri| uri.host().unwrap_or_default().ends_with(IN_PROCESS_DOMAIN))
}

#[cfg(test)]
mod tests;
