//! A receiver of events: it takes deliveries on a loopback address, keeps what it was sent, and answers as a test wants
//! it to, or as no server should.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// How a receiver answers one request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A status, headers of its own, and a body.
    Answer(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// These bytes, whatever they mean, and then the end.
    Raw(Vec<u8>),
    /// The head of an answer with a longer body, some of it, and then what breaks it off.
    Broken(u16, Vec<(&'static str, String)>, Break),
    /// The head of an answer without an end: a byte every so often.
    DrippingHead,
    /// The head of an answer, and then a body without an end.
    Endless,
    /// Nothing, for ever.
    Silence,
    /// The connection is reset.
    Reset,
    /// A status, once a test lets it.
    Held(Arc<Notify>, u16),
}

/// How a body ends before its end.
#[derive(Clone, Copy, Debug)]
pub enum Break {
    /// It goes on for ever, a byte every so often.
    Drip,
    /// The connection is reset.
    Reset,
    /// The connection is closed in good order.
    Short,
}

/// One request that a receiver took.
#[derive(Clone, Debug)]
pub struct Received {
    pub method: String,
    pub path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

type Plan = dyn Fn(usize, &Received) -> Reply + Send + Sync;

pub struct Receiver {
    pub url: String,
    taken: Arc<Mutex<Vec<Received>>>,
    _serving: JoinSet<()>,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self::Answer(status, Vec::new(), Vec::new())
    }
}

impl Received {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }
}

impl Receiver {
    /// `plan` says what the request with that number, from 1, is answered.
    pub async fn new(plan: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let taken = Arc::<Mutex<Vec<Received>>>::default();
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, Arc::clone(&taken), Arc::new(plan)));
        Self {
            url: format!("http://{address}/hook"),
            taken,
            _serving: serving,
        }
    }

    /// It answers everything with that status.
    pub async fn answering(status: u16) -> Self {
        Self::new(move |_, _| Reply::status(status)).await
    }

    /// All that it was sent so far.
    pub fn taken(&self) -> Vec<Received> {
        lock(&self.taken).clone()
    }
}

fn lock(taken: &Mutex<Vec<Received>>) -> MutexGuard<'_, Vec<Received>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, taken: Arc<Mutex<Vec<Received>>>, plan: Arc<Plan>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (taken, plan) = (Arc::clone(&taken), Arc::clone(&plan));
        connections.spawn(async move {
            // A peer that goes away has what it wanted.
            take(stream, &taken, &*plan).await.ok();
        });
    }
}

async fn take(
    mut stream: TcpStream,
    taken: &Mutex<Vec<Received>>,
    plan: &Plan,
) -> std::io::Result<()> {
    let Some(received) = read(&mut stream).await? else {
        return Ok(());
    };
    let number = {
        let mut taken = lock(taken);
        taken.push(received.clone());
        taken.len()
    };
    let mut reply = plan(number, &received);
    if let Reply::Held(released, status) = &reply {
        released.notified().await;
        reply = Reply::status(*status);
    }
    match reply {
        Reply::Answer(status, headers, body) => {
            let head = head(status, headers, body.len());
            stream.write_all(&[head.as_bytes(), &body].concat()).await
        }
        Reply::Raw(bytes) => stream.write_all(&bytes).await,
        Reply::Broken(status, headers, after) => {
            let head = head(status, headers, 1_000_000);
            stream
                .write_all(&[head.as_bytes(), b"half"].concat())
                .await?;
            match after {
                Break::Drip => drip(&mut stream).await,
                Break::Reset => stream.set_zero_linger(),
                Break::Short => Ok(()),
            }
        }
        Reply::DrippingHead => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await?;
            drip(&mut stream).await
        }
        Reply::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            loop {
                stream.write_all(&[b'x'; 4096]).await?;
            }
        }
        Reply::Silence | Reply::Held(..) => std::future::pending().await,
        Reply::Reset => {
            // Closing with unread bytes behind it, and no time to linger, is a reset.
            stream.set_zero_linger()
        }
    }
}

fn head(status: u16, headers: Vec<(&'static str, String)>, length: usize) -> String {
    let mut head =
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    head
}

/// A byte every so often, until the peer has enough.
async fn drip(stream: &mut TcpStream) -> std::io::Result<()> {
    loop {
        stream.write_all(b".").await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// One request, whole.
async fn read(stream: &mut TcpStream) -> std::io::Result<Option<Received>> {
    let mut bytes = Vec::new();
    let end = loop {
        let mut chunk = [0; 8192];
        let read = stream.read(&mut chunk).await?;
        if read == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk[..read]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length");
    let length: usize = length.and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        let mut chunk = [0; 8192];
        let read = stream.read(&mut chunk).await?;
        if read == 0 {
            break;
        }
        body.extend_from_slice(&chunk[..read]);
    }
    Ok(Some(Received {
        method: first.next().unwrap_or_default().to_owned(),
        path: first.next().unwrap_or_default().to_owned(),
        headers,
        body,
    }))
}
