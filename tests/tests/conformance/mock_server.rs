//! A mock server on loopback, which replaces the public hosts that scenarios call: a pet store, an HTTP test service, and
//! one that fails on request. Each scenario has its own.

mod responses;

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// The hosts that the kit calls, and the one that the scenarios of this project call.
const PUBLIC_HOSTS: [&str; 3] = [
    "https://petstore.swagger.io",
    "https://httpbin.org",
    "https://mock-server.example",
];

pub(crate) struct MockServer {
    url: String,
    calls: Calls,
}

/// Method and path of each call so far.
type Calls = Arc<Mutex<Vec<String>>>;

impl MockServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let calls = Calls::default();
        tokio::spawn(listen(listener, Arc::clone(&calls)));
        Self { url, calls }
    }

    /// The text, with the address of this mock server instead of public hosts.
    pub(crate) fn replace_public_hosts(&self, text: &str) -> String {
        PUBLIC_HOSTS
            .iter()
            .fold(text.to_owned(), |text, host| text.replace(host, &self.url))
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }
}

async fn listen(listener: TcpListener, calls: Calls) {
    while let Ok((stream, _)) = listener.accept().await {
        let calls = Arc::clone(&calls);
        let service = service_fn(move |request| answer(request, Arc::clone(&calls)));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(
    request: Request<Incoming>,
    calls: Calls,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes());
    let request = Request::from_parts(head, body.unwrap_or_default());
    let call = format!("{} {}", request.method(), request.uri().path());
    let before = {
        let mut calls = calls.lock().unwrap();
        calls.push(call.clone());
        calls.iter().filter(|earlier| **earlier == call).count() - 1
    };
    Ok(responses::to(&request, before).map(Full::new))
}
