//! `cargo dev` under load, in release mode: its answers, while it runs what they begin. It does not know what takes the
//! time.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, StatusCode};
use serde_json::{Value, json};
use tests::echoes_the_event;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::Outcome;
use crate::events::{Event, ORDINARY};
use crate::functions::root;
use crate::load::{Connection, Load};
use crate::table::{Figure, Section};

const CONNECTIONS: [usize; 3] = [1, 16, 64];
const TIME: Duration = Duration::from_secs(3);

pub(crate) async fn section() -> Outcome<Section> {
    let mut section = Section::new(
        "cargo dev --release",
        &["webhooks a second", "p50, ms", "p99, ms"],
    );
    build()?;
    for connections in CONNECTIONS {
        let mut dev = Dev::start(None).await?;
        row(&mut section, "in memory", connections, &mut dev).await?;
    }
    for connections in CONNECTIONS {
        let folder = tempfile::tempdir()?;
        let mut dev = Dev::start(Some(folder.path())).await?;
        row(&mut section, "in a folder", connections, &mut dev).await?;
        dev.process.kill().await?;
    }
    Ok(section)
}

async fn row(section: &mut Section, kept: &str, connections: usize, dev: &mut Dev) -> Outcome<()> {
    let path = dev.webhook().await?;
    let (address, body) = (
        dev.address.clone(),
        Event::read(ORDINARY)?.body().to_owned(),
    );
    let request = move |number: usize| {
        let id = format!("load-{number:012}");
        post(&address, &path, ("webhook-id", &id), body.clone())
    };
    let load = Load::of(connections, TIME, &dev.address, request).await?;
    section.row(
        format!("{connections} connections, {kept}"),
        [
            Figure::loose(load.per_second, 0),
            Figure::loose(load.quantile_ms(0.5), 1),
            Figure::loose(load.quantile_ms(0.99), 1),
        ]
        .map(Some),
    );
    Ok(())
}

fn build() -> Outcome<()> {
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
struct Dev {
    address: String,
    key: String,
    process: Child,
}

impl Dev {
    async fn start(data: Option<&Path>) -> Outcome<Self> {
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
    async fn webhook(&self) -> Outcome<String> {
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

    async fn make(&self, path: &str, draft: &Value) -> Outcome<Value> {
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

fn post(host: &str, path: &str, header: (&str, &str), body: String) -> Request<Full<Bytes>> {
    Request::post(path)
        .header("host", host)
        .header("content-type", "application/json")
        .header(header.0, header.1)
        .body(Full::from(body))
        .expect("a request")
}
