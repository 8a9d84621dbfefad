//! A function's process, started as Lambda starts it, and what it takes of the machine.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::Outcome;
use crate::runtime_api::RuntimeApi;

/// What Lambda sets for every function.
const VARIABLES: [(&str, &str); 5] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/21/[$LATEST]bench"),
];
const PATIENCE: Duration = Duration::from_secs(120);

/// A function and its environment.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) binary: std::path::PathBuf,
    pub(crate) variables: BTreeMap<String, String>,
}

/// A container that has answered all its events.
pub(crate) struct Container {
    _api: RuntimeApi,
    /// From the start of the process to the moment when it asked for an event that was not there.
    pub(crate) took: Duration,
    process: Child,
}

impl Function {
    /// Starts a container and lets it answer these events.
    pub(crate) async fn run(&self, events: Vec<String>) -> Outcome<Container> {
        self.run_by(Command::new(&self.binary), events).await
    }

    /// The instructions of a container from its start until it has answered these events, as callgrind counts them, and
    /// how long it took.
    pub(crate) async fn instructions(&self, events: Vec<String>) -> Outcome<(u64, Duration)> {
        let callgrind = Callgrind::new()?;
        let command = callgrind.command(&self.binary);
        let mut container = self.run_by(command, events).await?;
        container.end().await?;
        Ok((callgrind.collected()?, container.took))
    }

    async fn run_by(&self, mut command: Command, events: Vec<String>) -> Outcome<Container> {
        let expected = events.len();
        let api = RuntimeApi::serving(events).await?;
        let began = Instant::now();
        let process = command
            .env_clear()
            .envs(VARIABLES)
            .envs(&self.variables)
            .env("AWS_LAMBDA_RUNTIME_API", &api.address)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{command:?}: {error}"))?;
        let idle = timeout(PATIENCE, api.idle()).await;
        let idle = idle.map_err(|_| "the function did not come to its end")??;
        let answered = api.answers().len();
        if answered != expected {
            return Err(format!("{answered} of {expected} events were answered").into());
        }
        Ok(Container {
            _api: api,
            took: idle.duration_since(began),
            process,
        })
    }
}

impl Container {
    /// The most memory that the process had, in bytes.
    pub(crate) fn peak_memory(&self) -> Outcome<u64> {
        let id = self.process.id().ok_or("the process has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(kilobytes
            .ok_or("the kernel does not tell")?
            .parse::<u64>()?
            * 1024)
    }

    /// As Lambda ends it.
    async fn end(&mut self) -> Outcome<()> {
        let id = self.process.id().ok_or("the process has ended")?;
        Command::new("kill").arg(id.to_string()).status().await?;
        self.process.wait().await?;
        Ok(())
    }
}

/// Counts the instructions of one process.
pub(crate) struct Callgrind {
    folder: tempfile::TempDir,
}

impl Callgrind {
    pub(crate) fn new() -> Outcome<Self> {
        Ok(Self {
            folder: tempfile::tempdir()?,
        })
    }

    /// Runs the binary, and counts.
    pub(crate) fn command(&self, binary: &Path) -> Command {
        let profile = self.folder.path().join("profile");
        let mut command = Command::new("valgrind");
        command
            .arg("--tool=callgrind")
            .arg(format!("--log-file={}", self.log().display()))
            .arg(format!("--callgrind-out-file={}", profile.display()))
            .arg(binary);
        command
    }

    /// The last line of its log but for those without numbers: `==1== Collected : 1234`. It is there when the process
    /// has ended.
    pub(crate) fn collected(&self) -> Outcome<u64> {
        let text = std::fs::read_to_string(self.log())?;
        let line = text
            .lines()
            .find_map(|line| line.split("Collected :").nth(1));
        let number = line.ok_or_else(|| format!("callgrind counted nothing: {text}"))?;
        Ok(number.trim().parse()?)
    }

    fn log(&self) -> std::path::PathBuf {
        self.folder.path().join("log")
    }
}
