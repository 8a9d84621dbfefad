//! Large bodies that share slots: how many are read at a time, and what waits.

use std::time::Duration;

use egress::{Failure, LARGE_BODY_BYTES, LargeBodies, Limits, Phase, Response};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::server::Server;
use crate::{generous_limits, get, with_loopback};

async fn body_of(bytes: usize) -> Server {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {bytes}\r\n\r\n");
    Server::answering([head.into_bytes(), vec![b'x'; bytes]].concat()).await
}

/// A server whose body is larger than `bytes`, and stops after them.
async fn stops_after(bytes: usize) -> Server {
    Server::start(move |server, mut stream, _| async move {
        server.take_request(&mut stream).await;
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";
        stream.write_all(head.as_bytes()).await.ok();
        stream.write_all(&vec![b'x'; bytes]).await.ok();
        std::future::pending::<()>().await;
    })
    .await
}

async fn read(server: &Server, slots: &LargeBodies, total_ms: u64) -> Result<Response, Failure> {
    let limits = Limits {
        total_ms,
        ..generous_limits()
    };
    let (egress, request) = (with_loopback(), get(server.url()));
    egress.send_beside(request, limits, slots).await
}

#[tokio::test]
async fn a_large_body_waits_for_its_slot_and_a_small_one_does_not() {
    let slots = LargeBodies::new(1);
    let (small, large) = (
        body_of(LARGE_BODY_BYTES).await,
        body_of(LARGE_BODY_BYTES + 1).await,
    );
    let endless = stops_after(LARGE_BODY_BYTES + 1).await;
    let mut held = Box::pin(read(&endless, &slots, 60_000));
    assert!(timeout(Duration::from_secs(1), &mut held).await.is_err());

    let read_small = read(&small, &slots, 60_000).await.unwrap();
    assert_eq!(read_small.body.len(), LARGE_BODY_BYTES);
    let waited = read(&large, &slots, 500).await;
    assert!(
        matches!(
            &waited,
            Err(Failure::Timeout {
                phase: Phase::Body,
                ..
            })
        ),
        "{waited:?}"
    );
    drop(held);
    let read_large = read(&large, &slots, 60_000).await.unwrap();
    assert_eq!(read_large.body.len(), LARGE_BODY_BYTES + 1);
}

#[tokio::test]
async fn more_large_bodies_than_slots_are_all_read() {
    let slots = LargeBodies::new(2);
    let server = body_of(900_000).await;
    let reads = (0..6).map(|_| read(&server, &slots, 60_000));
    for answer in futures::future::join_all(reads).await {
        assert_eq!(answer.unwrap().body.len(), 900_000);
    }
}
