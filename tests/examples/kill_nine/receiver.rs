//! The server that one of the workflows calls. It counts the calls for each idempotency key.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::Outcome;

/// The delay of each response, long enough for kills to interrupt calls.
const THINKING: Duration = Duration::from_millis(40);

/// The number of calls by `Idempotency-Key`.
pub(crate) type Calls = BTreeMap<String, u32>;

pub(crate) struct Receiver {
    url: String,
    calls: Arc<Mutex<Calls>>,
}

impl Receiver {
    pub(crate) async fn start() -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let calls = Arc::new(Mutex::new(Calls::new()));
        tokio::spawn(listen(listener, Arc::clone(&calls)));
        Ok(Self { url, calls })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn calls(&self) -> Calls {
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

async fn listen(listener: TcpListener, calls: Arc<Mutex<Calls>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let calls = Arc::clone(&calls);
        let service = service_fn(move |request| answer(Arc::clone(&calls), request));
        tokio::spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service),
        );
    }
}

async fn answer(
    calls: Arc<Mutex<Calls>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let key = request.headers().get("idempotency-key");
    let key = key.and_then(|key| key.to_str().ok()).unwrap_or_default();
    *calls
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .entry(key.to_owned())
        .or_default() += 1;
    tokio::time::sleep(THINKING).await;
    let mut response = Response::new(Full::new(Bytes::from_static(b"{\"heard\":true}")));
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert("content-type", json);
    Ok(response)
}
