//! A server on loopback that sends exactly the bytes that a test gives it, HTTP or not.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A server and the requests that reached it. It listens until the test's runtime ends.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) port: u16,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// A server that passes each connection, numbered from 0, to `talk`.
    pub(crate) async fn start<T, F>(talk: T) -> Self
    where
        T: Fn(Self, TcpStream, usize) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let seen = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = seen.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(talk(seen.clone(), stream, number));
            }
        });
        server
    }

    /// Answers every request of every connection with the same bytes, and keeps the connection open.
    pub(crate) async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = Arc::new(answer.into());
        Self::start(move |server, mut stream, _| {
            let answer = Arc::clone(&answer);
            async move {
                while server.take_request(&mut stream).await.is_some() {
                    stream.write_all(&answer).await.ok();
                }
            }
        })
        .await
    }

    /// Answers the first request of every connection, and closes it.
    pub(crate) async fn answering_once(answer: impl Into<Vec<u8>>) -> Self {
        let answer = Arc::new(answer.into());
        Self::start(move |server, mut stream, _| {
            let answer = Arc::clone(&answer);
            async move {
                server.take_request(&mut stream).await;
                stream.write_all(&answer).await.ok();
                stream.shutdown().await.ok();
            }
        })
        .await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Reads and records one request, head and body; `None` where the client has closed the connection.
    pub(crate) async fn take_request(&self, stream: &mut TcpStream) -> Option<String> {
        let mut request = Vec::new();
        let mut piece = [0; 4096];
        loop {
            if let Some(text) = whole(&request) {
                self.requests.lock().unwrap().push(text.clone());
                return Some(text);
            }
            match stream.read(&mut piece).await {
                Ok(0) | Err(_) => return None,
                Ok(length) => request.extend_from_slice(&piece[..length]),
            }
        }
    }
}

fn whole(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head.to_lowercase();
    let length = length
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |length| length.parse().unwrap());
    (body.len() >= length).then_some(text)
}
