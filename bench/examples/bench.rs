//! `cargo bench-table`: measures, prints the table and keeps it; or, for CI, holds what is deterministic against what was
//! expected.

#![expect(clippy::print_stdout, reason = "what it says is its result")]

use std::process::ExitCode;

use bench::table::Section;
use bench::{Outcome, console, deterministic, expectations, machine, results, timed};
use clap::Parser;

/// Measures what Sluice costs and how fast it is: calls and units of a webhook, instructions, size, memory and start of
/// the deployed function, and `cargo dev` under load. Prints one table and writes bench/RESULTS.md. Needs valgrind.
#[derive(Debug, Parser)]
#[command(name = "bench", bin_name = "cargo bench-table")]
struct Arguments {
    /// Only what comes out the same on every machine, held against bench/expected.json. Exits with 1 where it differs.
    #[arg(long)]
    check: bool,
    /// Write what comes out the same into bench/expected.json.
    #[arg(long)]
    accept: bool,
    /// Only the console, and keep nothing.
    #[arg(long, conflicts_with_all = ["check", "accept"])]
    console: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether everything is as it should be.
async fn run(arguments: &Arguments) -> Outcome<bool> {
    if arguments.console {
        let sections = console().await?;
        print(&sections);
        return Ok(true);
    }
    let mut sections = deterministic().await?;
    if arguments.accept {
        expectations::accept(&sections)?;
    }
    let surprises = expectations::surprises(&sections)?;
    if !arguments.check {
        sections.extend(timed().await?);
        results::write(&sections)?;
    }
    print(&sections);
    for surprise in &surprises {
        println!("not as expected: {surprise}");
    }
    Ok(surprises.is_empty())
}

fn print(sections: &[Section]) {
    for section in sections {
        println!("{section}");
    }
    println!("{}", machine::line());
    for figure in expectations::over_budget(sections) {
        println!("over its budget: {figure}");
    }
}
