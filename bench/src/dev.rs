//! `cargo dev` in release mode, as a process of its own, and what is made in it over its API.

use std::path::Path;
use std::process::Stdio;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, StatusCode};
use serde_json::{Value, json};
use tests::echoes_the_event;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::Outcome;
use crate::functions::root;
use crate::load::Connection;

/// Builds it.
pub(crate) fn build() -> Outcome<()> {
    let built = std::process::Command::new("cargo")
        .args(["build", "--quiet", "--release", "--example", "dev"])
        .current_dir(root())
        .status()?;
    built
        .success()
        .then_some(())
        .ok_or_else(|| "cargo dev was not built".into())
}

/// A stack of its own; it ends with this.
pub(crate) struct Dev {
    /// `host:port`.
    pub(crate) address: String,
    key: String,
    pub(crate) process: Child,
}

impl Dev {
    /// Starts it, over a folder or in memory.
    pub(crate) async fn start(data: Option<&Path>) -> Outcome<Self> {
        let mut command = Command::new(root().join("target/release/examples/dev"));
        command.args(["--listen", "127.0.0.1:0", "--json"]);
        match data {
            Some(folder) => command.arg("--data").arg(folder),
            None => command.arg("--ephemeral"),
        };
        let mut process = command
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let output = process.stdout.take().ok_or("it has no output")?;
        let line = BufReader::new(output).lines().next_line().await?;
        let ready: Value = serde_json::from_str(&line.ok_or("cargo dev did not start")?)?;
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            address: text("baseUrl").trim_start_matches("http://").to_owned(),
            key: text("adminKey"),
            process,
        })
    }

    /// Path and query of a webhook that no limit holds up.
    pub(crate) async fn webhook(&self) -> Outcome<String> {
        let limit = json!({"capacity": 100_000, "refillPerSecond": 10_000});
        let draft = json!({
            "name": "Load", "active": true, "definition": echoes_the_event(), "rateLimit": limit,
        });
        let workflow = self.make("/v1/workflows", &draft).await?;
        let id = workflow["id"].as_str().unwrap_or_default();
        let trigger = self
            .make(&format!("/v1/workflows/{id}/triggers"), &json!({}))
            .await?;
        let url = trigger["url"].as_str().unwrap_or_default();
        let start = url.find("/hooks/").ok_or("the trigger has no URL")?;
        Ok(url[start..].to_owned())
    }

    /// Creates something with the admin key, and gives the answer.
    pub(crate) async fn make(&self, path: &str, draft: &Value) -> Outcome<Value> {
        let authorization = ("authorization", format!("Bearer {}", self.key));
        let request = post(
            &self.address,
            path,
            (authorization.0, &authorization.1),
            draft.to_string(),
        );
        let (status, body) = Connection::open(&self.address).await?.send(request).await?;
        if status != StatusCode::CREATED {
            return Err(format!("{path} answered {status}: {body:?}").into());
        }
        Ok(serde_json::from_slice(&body)?)
    }
}

/// A `POST` of JSON.
pub(crate) fn post(
    host: &str,
    path: &str,
    header: (&str, &str),
    body: String,
) -> Request<Full<Bytes>> {
    Request::post(path)
        .header("host", host)
        .header("content-type", "application/json")
        .header(header.0, header.1)
        .body(Full::from(body))
        .expect("a request")
}
