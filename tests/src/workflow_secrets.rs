//! Workflows that use secrets, and a service that shows what they send.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::{Hook, World};

/// A service that answers with the request that it received, and records all requests.
pub struct Echo {
    /// Where it listens.
    pub url: String,
    /// What it received.
    pub requests: Arc<Mutex<Vec<String>>>,
}

impl Echo {
    /// Starts the service.
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("it is bound"));
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 64 * 1024];
                let length = stream.read(&mut request).await.expect("a request");
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                let body = json!({"sent": request}).to_string();
                seen.lock().expect("no test panics with it").push(request);
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
                let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                stream.write_all(answer.as_bytes()).await.ok();
            }
        });
        Self { url, requests }
    }

    /// What it received last.
    pub fn last(&self) -> String {
        self.requests
            .lock()
            .expect("no test panics with it")
            .last()
            .expect("a request")
            .clone()
    }
}

/// A workflow that declares these secrets.
pub fn document(secrets: &[&str], tasks: Value) -> Value {
    json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "s", "version": "1.0.0"},
        "use": {"secrets": secrets},
        "do": tasks,
    })
}

/// Stores a secret by the key of an org.
pub async fn store_secret(world: &World, key: &str, name: &str, value: Value) {
    let path = format!("/v1/secrets/{name}");
    let stored = world.call_as(key, "PUT", &path, Some(json!({"value": value})));
    let status = stored.await.status;
    assert!([200, 201].contains(&status), "{status}");
}

/// Sends a webhook, and gives the id of its execution.
pub async fn accept(world: &World, hook: &Hook) -> String {
    let accepted = world.post(hook, &[], &json!({})).await.expect(200);
    accepted["executionId"].as_str().expect("an id").to_owned()
}
