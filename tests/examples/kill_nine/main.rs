//! Runs `cargo dev` on data in a folder under load from several clients, kills it with SIGKILL at random moments, starts it
//! again on the same data, and in the end compares the answers that the clients got with the history. It uses the product
//! over HTTP alone.

#![expect(clippy::print_stdout, reason = "what it says is its result")]

mod api;
mod client;
mod ledger;
mod load;
mod receiver;
mod recovery;
mod stack;
mod verdict;
mod workflows;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;

use ledger::Ledger;
use load::Load;
use receiver::Receiver;
use stack::Stack;
use verdict::Verdict;
use workflows::Hook;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Runs `cargo dev` under load, kills it with SIGKILL at random moments, and checks that nothing was lost and nothing
/// ran twice. Exits with 1 if anything was.
#[derive(Debug, Parser)]
#[command(name = "kill_nine", bin_name = "cargo kill-nine")]
struct Arguments {
    /// How often it is killed. Every seventh run is longer than a minute, so that it ends near a sweep.
    #[arg(long, default_value_t = 20)]
    kills: u32,
    /// How many clients send at a time.
    #[arg(long, default_value_t = 8)]
    clients: u32,
    /// Where the stack keeps its data; a new folder in the system's temporary one if not given. It is kept if anything
    /// is wrong.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(verdict) if verdict.is_clean() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Outcome<Verdict> {
    let folder = tempfile::Builder::new().prefix("kill-nine-").tempdir()?;
    let data = match &arguments.data {
        Some(data) => data.clone(),
        None => folder.path().to_owned(),
    };
    stack::build()?;
    let receiver = Receiver::start().await?;
    let ledger = Arc::new(Ledger::default());
    let mut stack = Stack::start(&data).await?;
    let hooks = workflows::make(&stack.api, receiver.url()).await?;
    stack = kill_often(&arguments, stack, &hooks, &ledger).await?;
    println!("the load has ended; waiting for the executions that the last kill interrupted");
    let bound = recovery::bound(long_runs(arguments.kills));
    let recovered = recovery::wait(&stack.api, &hooks, bound).await?;
    let executions = recovery::history(&stack.api, &hooks).await?;
    stack.kill().await?;

    let verdict = Verdict::of(&ledger.seen(), &receiver.calls(), &hooks, &executions);
    println!("kills                  {}", arguments.kills);
    println!("{verdict}");
    println!(
        "recovery               {recovered:.1?} after the last start, of {bound:?} at the most"
    );
    if !verdict.is_clean() && arguments.data.is_none() {
        println!("the data stay in       {}", folder.keep().display());
    }
    Ok(verdict)
}

/// Keeps up the load while the stack is killed `kills` times and then started once more. The clients end when every webhook
/// with a delivery id has an answer.
async fn kill_often(
    arguments: &Arguments,
    mut stack: Stack,
    hooks: &[Hook],
    ledger: &Arc<Ledger>,
) -> Outcome<Stack> {
    let load = Load::start(arguments.clients, stack.api.base_url(), hooks, ledger)?;
    for kill in 1..=arguments.kills {
        let run_time = run_time(kill)?;
        load.is_answered(ledger).await?;
        tokio::time::sleep(run_time).await;
        if kill == arguments.kills {
            load.end_soon();
        }
        load.stack_is_down();
        let data = stack.kill().await?;
        println!(
            "kill {kill:>3} after {run_time:>6.2?}: {}",
            ledger.seen().counts()
        );
        stack = Stack::start(&data).await?;
        load.stack_is_at(stack.api.base_url());
    }
    load.ended().await?;
    Ok(stack)
}

/// How long the stack runs after its first answer: half a second to six, sometimes a little more than the minute after which
/// the first sweep runs.
fn run_time(kill: u32) -> Outcome<Duration> {
    let random = getrandom::u64()?;
    Ok(if is_long(kill) {
        Duration::from_millis(59_800 + random % 3_000)
    } else {
        Duration::from_millis(500 + random % 5_500)
    })
}

fn is_long(kill: u32) -> bool {
    kill.is_multiple_of(7)
}

fn long_runs(kills: u32) -> u32 {
    (1..=kills).filter(|kill| is_long(*kill)).count() as u32
}
