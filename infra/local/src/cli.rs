//! The command line of `cargo dev`. Does not know how the services work.

mod output;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::clock;
use crate::data::Data;
use crate::seed;
use crate::stack::{Connections, Mode, Options, Stack, TEMPLATES};

/// The exit code where the command cannot start for a reason that its user can correct.
const CANNOT_START: u8 = 2;

/// Runs the whole of Sluice on this machine: the HTTP API, its functions, their queues, tables and schedules, all as
/// infra/data.yaml and infra/template.yaml have them. Nothing else has to be installed, and nothing leaves the machine.
///
/// The first start makes a demo: an org, an admin key, and an active workflow with its webhook. Their URL and key are
/// printed at every start, with a link that signs in to the console once. Logs go to stderr; RUST_LOG sets how much they say (default: info).
#[derive(Debug, Parser)]
#[command(name = "dev", bin_name = "cargo dev", version)]
struct Arguments {
    /// Where the HTTP API listens; port 0 takes any that is free.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    /// The folder that keeps tables, queues and the demo's key from one start to the next.
    #[arg(long, value_name = "DIR", default_value = ".sluice")]
    data: PathBuf,
    /// Keep everything in memory; it is gone when this ends.
    #[arg(long, conflicts_with = "data")]
    ephemeral: bool,
    /// Run only what stands in for AWS, and print the environment in which `cargo lambda watch` then runs the
    /// functions; queues and schedules invoke them there.
    #[arg(long, conflicts_with = "listen")]
    backends_only: bool,
    /// Where `cargo lambda watch` listens, for --backends-only.
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:9000",
        requires = "backends_only"
    )]
    invoke_endpoint: String,
    /// Print one line of JSON once everything is ready, {"baseUrl","adminKey","workflowId","webhookUrl","consoleUrl"}, and
    /// nothing else; with --backends-only it has the "environment" and no "consoleUrl".
    #[arg(long)]
    json: bool,
    /// Also print what the functions measure, on stdout: lines in CloudWatch's embedded metric format, as on AWS.
    #[arg(long, conflicts_with = "json")]
    metrics: bool,
    /// Another template than those that this was built with. Given twice, the outputs of the first are parameters of the
    /// second.
    #[arg(long, value_name = "FILE")]
    template: Vec<PathBuf>,
}

/// Runs until Ctrl-C or SIGTERM. Exits with 2, and says why, where it cannot start.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return refused(&error),
    };
    match runtime.block_on(run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refused(error.as_ref()),
    }
}

/// Readable lines on stderr. The embedded DynamoDB logs each failed condition as a warning, which is expected here.
fn log() {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,dynoxide=error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}

fn refused(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(CANNOT_START)
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    // Taken before anything starts, so that a signal on the way up is not lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut stack = Stack::start(arguments.options()?).await?;
    let demo = seed::demo(&mut stack).await?;
    if !arguments.listen.ip().is_loopback() {
        tracing::warn!(listen = %arguments.listen, "others on your network can reach this, and workflows may call this machine");
    }
    let environment = arguments.backends_only.then(|| stack.whole_environment());
    let start = match environment {
        Some(environment) => output::Start::Environment(environment),
        None => output::Start::Console(stack.console_link(&demo.admin_key)),
    };
    if arguments.json {
        output::json(&demo, &start)?;
    } else {
        output::human(&demo, &start, arguments.folder().as_deref())?;
    }
    tokio::select! {
        interrupted = ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
    stack.shutdown().await;
    Ok(())
}

impl Arguments {
    fn options(&self) -> Result<Options, String> {
        let (mode, connections, listen) = if self.backends_only {
            let invoke_endpoint = self.invoke_endpoint.trim_end_matches('/').to_owned();
            // The API is not served in this mode, so any free port does.
            (
                Mode::BackendsOnly { invoke_endpoint },
                Connections::Sockets,
                SocketAddr::from(([127, 0, 0, 1], 0)),
            )
        } else {
            (Mode::Whole, Connections::InProcess, self.listen)
        };
        Ok(Options {
            templates: self.templates()?,
            data: self.folder().map_or(Data::Memory, Data::Folder),
            clock: clock::system(),
            listen,
            mode,
            connections,
            metrics: self.metrics,
        })
    }

    fn templates(&self) -> Result<Vec<String>, String> {
        if self.template.is_empty() {
            return Ok(TEMPLATES.map(str::to_owned).to_vec());
        }
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path)
                .map_err(|error| format!("the template {} cannot be read: {error}", path.display()))
        };
        self.template.iter().map(read).collect()
    }

    fn folder(&self) -> Option<PathBuf> {
        (!self.ephemeral).then(|| self.data.clone())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for wrong in [
            &["dev", "--ephemeral", "--data", "x"][..],
            &["dev", "--invoke-endpoint", "http://127.0.0.1:1"],
            &["dev", "--backends-only", "--listen", "127.0.0.1:1"],
            &["dev", "--listen", "8787"],
            &["dev", "--json", "--metrics"],
        ] {
            assert!(Arguments::try_parse_from(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_template_that_is_not_there_is_named() {
        let arguments = Arguments::try_parse_from(["dev", "--template", "no/such.yaml"]).unwrap();
        assert!(arguments.options().err().unwrap().contains("no/such.yaml"));
    }
}
