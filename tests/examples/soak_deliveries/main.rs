//! A soak test of deliveries: events for several subscriptions, of which one has no receiver and the others fail at random,
//! delivered by containers of `deliver` that are killed at random AWS calls. Days pass on a manual clock. In the end the
//! stored records are compared with the published events and with the requests that the receivers got.

#![expect(clippy::print_stdout, reason = "what it says is its result")]

mod audience;
mod chance;
mod containers;
mod course;
mod publisher;
mod stored;
mod verdict;

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use tests::World;

use audience::Audience;
use chance::Chance;
use containers::Containers;
use publisher::Publisher;
use stored::Stored;
use verdict::{Evidence, Verdict};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Publishes events to receivers that fail and to a closed port, kills `deliver` at random AWS calls, lets days pass, and
/// checks that every delivery has ended and that none was lost. Exits with 1 if anything is wrong.
#[derive(Clone, Debug, Parser)]
#[command(name = "soak_deliveries", bin_name = "cargo soak-deliveries")]
struct Arguments {
    #[arg(long, default_value_t = 20_000)]
    events: usize,
    /// How many subscriptions there are. Nothing listens at the URL of the last one.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(2..=100))]
    subscriptions: u64,
    /// How many requests to a receiver fail, in percent.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(0..=90))]
    failing: u64,
    /// How many invocations of `deliver` are killed, in percent, each at a random AWS call, if it makes that many.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(0..=50))]
    killed: u64,
    /// How many containers of `deliver` run at a time.
    #[arg(long, default_value_t = 4)]
    containers: usize,
    /// Determines which requests fail, which invocations are killed, and at which call; random if not given. The order of
    /// concurrent containers is not determined.
    #[arg(long)]
    seed: Option<u64>,
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
    let seed = match arguments.seed {
        Some(seed) => seed,
        None => getrandom::u64()?,
    };
    println!("seed                   {seed}");
    let began = Instant::now();
    let chance = Chance::new(seed);
    let world = World::new().await;
    let audience = Audience::gather(&world, &arguments, chance).await?;
    let mut publisher = Publisher::new(&world, arguments.events, chance)?;
    let containers = Containers::start(&world, &arguments, chance)?;
    let passed_ms = course::run(&world, &mut publisher, &containers).await?;

    let evidence = Evidence {
        published: publisher.published(),
        audience: &audience,
        tally: containers.tally(),
        stored: Stored::scan(&world).await?,
        dead_letters: containers.dead_letters()?,
        still_enabled: audience.still_enabled(&world).await?,
    };
    let verdict = Verdict::of(&evidence);
    println!("{verdict}");
    println!(
        "time                   {:.1?}, in which {:.1} days passed",
        began.elapsed(),
        passed_ms as f64 / 86_400_000.0
    );
    Ok(verdict)
}
