use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// What a server makes of it that answers every connection with these bytes and closes it.
async fn answered(bytes: &'static [u8]) -> Result<HttpResponse, ConnectorError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert_ne!(stream.read(&mut [0; 1024]).await.unwrap(), 0);
        stream.write_all(bytes).await.unwrap();
    });
    let answer = call(&format!("http://{address}/")).await;
    server.await.unwrap();
    answer
}

async fn call(url: &str) -> Result<HttpResponse, ConnectorError> {
    let connector = connector(Duration::from_secs(5));
    connector.call(HttpRequest::get(url).unwrap()).await
}

/// A server that leaves its connections open, and how many it was asked for.
async fn patient_server() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                while stream.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                    stream.write_all(answer).await.unwrap();
                }
            });
        }
    });
    (url, connections)
}

/// Lets time pass at once.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn an_idle_connection_is_used_for_fifteen_seconds_and_no_longer() {
    let (url, connections) = patient_server().await;
    let connector = connector(Duration::from_secs(5));
    let call = || async {
        let request = HttpRequest::get(&url).unwrap();
        assert_eq!(
            connector.call(request).await.unwrap().status().as_u16(),
            200
        );
        // The pool takes the connection back in a task of its own.
        tokio::time::sleep(Duration::from_millis(50)).await;
        connections.load(Ordering::SeqCst)
    };
    assert_eq!(call().await, 1);
    pass(MAX_IDLE - Duration::from_secs(1)).await;
    assert_eq!(call().await, 1, "it is still used");
    pass(MAX_IDLE + Duration::from_secs(1)).await;
    assert_eq!(call().await, 2, "AWS may have closed it");
}

#[tokio::test]
async fn what_went_wrong_on_the_way_may_be_tried_again() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    assert!(
        call(&format!("http://{address}/"))
            .await
            .unwrap_err()
            .is_io()
    );
    assert!(answered(b"").await.unwrap_err().is_io());
    assert!(answered(b"HTTP/1.1 200 O").await.unwrap_err().is_io());
}

#[tokio::test]
async fn what_is_no_answer_may_not() {
    let error = answered(b"SSH-2.0-OpenSSH_9.2\r\n").await.unwrap_err();
    assert!(error.is_other(), "{error:?}");
    let answer = answered(b"HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(answer.unwrap().status().as_u16(), 503);
}

#[test]
fn aws_is_known_by_the_roots_that_it_publishes() {
    // SHA-256 of each certificate, from the repository of Amazon Trust Services.
    let published = [
        "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
        "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
        "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
        "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
    ];
    let ours = AMAZON_ROOTS.map(|root| {
        let hash = ::ring::digest::digest(&::ring::digest::SHA256, root);
        hash.as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    });
    assert_eq!(ours, published);
    let protocols = tls().alpn_protocols;
    assert!(protocols.is_empty(), "HTTP/1.1 needs no negotiation");
}
