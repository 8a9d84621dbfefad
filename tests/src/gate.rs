//! An HTTP service that counts the calls of workflows and delays its answers until the test releases them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// An HTTP service on loopback that answers `{"call": <number>}`.
pub struct Gate {
    pub url: String,
    calls: watch::Receiver<usize>,
    open: watch::Sender<usize>,
    _serving: JoinSet<()>,
}

impl Gate {
    /// It answers the first `answers` calls at once, later ones when [`Gate::answer`] lets it.
    pub async fn new(answers: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let (counted, calls) = watch::channel(0);
        let (open, gate) = watch::channel(answers);
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, counted, gate));
        Self {
            url,
            calls,
            open,
            _serving: serving,
        }
    }

    /// A service that answers every call at once.
    pub async fn open() -> Self {
        Self::new(usize::MAX).await
    }

    pub fn calls(&self) -> usize {
        *self.calls.borrow()
    }

    /// Comes back when that many calls have arrived.
    pub async fn arrived(&self, calls: usize) {
        let mut counted = self.calls.clone();
        let arrived = counted.wait_for(|count| *count >= calls).await;
        arrived.map(drop).expect("the gate is there");
    }

    /// Answers the first `answers` calls, whether they wait already or not.
    pub fn answer(&self, answers: usize) {
        self.open.send_replace(answers);
    }

    /// A workflow of one call to this service.
    pub fn workflow(&self) -> serde_json::Value {
        crate::workflows::workflow(serde_json::json!([
            {"call": {"call": "http", "with": {"method": "post", "endpoint": self.url}}}
        ]))
    }
}

async fn serve(listener: TcpListener, counted: watch::Sender<usize>, gate: watch::Receiver<usize>) {
    let numbers = Arc::new(AtomicUsize::new(0));
    let counted = Arc::new(counted);
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (numbers, counted, gate) = (numbers.clone(), counted.clone(), gate.clone());
        connections.spawn(async move {
            answer(stream, &numbers, &counted, gate).await.ok();
        });
    }
}

async fn answer(
    mut stream: TcpStream,
    numbers: &AtomicUsize,
    counted: &watch::Sender<usize>,
    mut gate: watch::Receiver<usize>,
) -> std::io::Result<()> {
    let mut request = vec![0; 64 * 1024];
    if stream.read(&mut request).await? == 0 {
        return Ok(());
    }
    let number = numbers.fetch_add(1, Ordering::SeqCst) + 1;
    counted.send_replace(number);
    if gate.wait_for(|answers| *answers >= number).await.is_err() {
        return Ok(());
    }
    let body = format!(r#"{{"call":{number}}}"#);
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
    let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(answer.as_bytes()).await
}
