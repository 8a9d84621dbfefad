use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use super::*;

const ENDPOINT: &str = "http://dynamodb.in-process.invalid/";

fn transport<F>(answering: impl Fn(http::Request<Bytes>) -> F + Send + Sync + 'static) -> Transport
where
    F: Future<Output = Answer> + Send + 'static,
{
    Transport::InProcess(Arc::new(move |request| Box::pin(answering(request))))
}

fn call(transport: &Transport, request: HttpRequest) -> HttpConnectorFuture {
    transport.connector(Duration::from_secs(5)).call(request)
}

#[tokio::test]
async fn a_request_is_answered_in_this_process() {
    let echo = transport(|request| async move {
        let (head, body) = request.into_parts();
        let mut response = http::Response::new(body);
        response
            .headers_mut()
            .insert("x-target", head.headers["x-amz-target"].clone());
        *response.status_mut() = http::StatusCode::BAD_REQUEST;
        Ok(response)
    });
    let mut request = HttpRequest::new(SdkBody::from("{}"));
    request.set_uri(ENDPOINT).unwrap();
    request.headers_mut().insert("x-amz-target", "GetItem");
    let response = call(&echo, request).await.unwrap();
    assert_eq!(response.status().as_u16(), 400);
    assert_eq!(response.headers().get("x-target"), Some("GetItem"));
    assert_eq!(response.body().bytes(), Some(&b"{}"[..]));
}

#[tokio::test]
async fn an_io_error_and_a_panic_are_broken_connections() {
    let broken = transport(|_| async { Err(io::ErrorKind::ConnectionReset.into()) });
    let request = || HttpRequest::get(ENDPOINT).unwrap();
    assert!(call(&broken, request()).await.unwrap_err().is_io());
    let panics = transport(|_| async { panic!("as the test wants") });
    assert!(call(&panics, request()).await.unwrap_err().is_io());
}

/// There is no runtime here that a task could be started on.
#[test]
fn what_is_answered_at_once_needs_no_task() {
    let quick = transport(|_| async { Ok(http::Response::new(Bytes::new())) });
    let answered = call(&quick, HttpRequest::get(ENDPOINT).unwrap()).now_or_never();
    assert_eq!(answered.unwrap().unwrap().status().as_u16(), 200);
}

#[tokio::test]
async fn a_call_takes_effect_when_its_caller_is_gone() {
    let done = Arc::new((AtomicUsize::new(0), Notify::new()));
    let effect = done.clone();
    let counting = transport(move |_| {
        let effect = effect.clone();
        async move {
            tokio::task::yield_now().await;
            effect.0.fetch_add(1, Ordering::SeqCst);
            effect.1.notify_one();
            Ok(http::Response::new(Bytes::new()))
        }
    });
    drop(call(&counting, HttpRequest::get(ENDPOINT).unwrap()));
    done.1.notified().await;
    assert_eq!(done.0.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn other_endpoints_are_reached_over_the_network() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let never = transport(|_| async { panic!("not for this process") });
    let request = HttpRequest::get(format!("http://{address}/")).unwrap();
    let error = call(&never, request).await.unwrap_err();
    assert!(error.is_io(), "{error:?}");
    assert!(!error.to_string().contains("panic"), "{error}");
}
