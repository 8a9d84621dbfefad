//! Runs `cargo dev` as a process that can be killed. It does not know the load.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::Outcome;
use crate::api::Api;

const START: Duration = Duration::from_secs(60);

pub(crate) struct Stack {
    pub(crate) api: Api,
    process: Child,
    data: PathBuf,
}

/// Builds the program that `cargo dev` runs.
pub(crate) fn build() -> Outcome<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = std::process::Command::new(cargo)
        .args(["build", "--quiet", "--example", "dev"])
        .status()?;
    built
        .success()
        .then_some(())
        .ok_or_else(|| "cargo dev was not built".into())
}

impl Stack {
    /// Starts it on a free port, and returns when it is ready. Its log is appended to a file beside its data.
    pub(crate) async fn start(data: &Path) -> Outcome<Self> {
        std::fs::create_dir_all(data)?;
        let log = File::options()
            .create(true)
            .append(true)
            .open(data.join("log"))?;
        let mut process = Command::new(std::env::current_exe()?.with_file_name("dev"))
            .args(["--listen", "127.0.0.1:0", "--json", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let stdout = process.stdout.take().ok_or("it has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = timeout(START, lines.next_line())
            .await
            .map_err(|_| "cargo dev was not ready within a minute")??;
        let ready: Value = serde_json::from_str(&line.ok_or("cargo dev ended at its start")?)?;
        let text = |name: &str| ready[name].as_str().map(str::to_owned);
        Ok(Self {
            api: Api::new(
                text("baseUrl").ok_or("no base URL")?,
                text("adminKey").ok_or("no key")?,
            )?,
            process,
            data: data.to_owned(),
        })
    }

    /// Kills it with SIGKILL; its data stay. It is an error if it has exited before.
    pub(crate) async fn kill(mut self) -> Outcome<PathBuf> {
        if let Some(status) = self.process.try_wait()? {
            return Err(format!("cargo dev ended by itself: {status}").into());
        }
        self.process.kill().await?;
        Ok(self.data)
    }
}
