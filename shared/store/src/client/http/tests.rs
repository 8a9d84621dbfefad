use super::*;
use aws_smithy_runtime_api::client::http::{HttpClient as _, HttpConnectorSettings};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
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
    let client = http_client(Duration::from_secs(5));
    let components = RuntimeComponentsBuilder::for_tests().build().unwrap();
    let settings = HttpConnectorSettings::default();
    let connector = client.http_connector(&settings, &components);
    connector.call(HttpRequest::get(url).unwrap()).await
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
