//! The command line of Sluice: a client of its public API, and of the scripts of a checkout. It knows no table, no queue and
//! no function, and of this repository only the table of signature schemes.

mod apply;
mod args;
mod checkout;
mod client;
mod commands;
mod config;
mod context;
mod failure;
mod find;
mod follow;
mod output;
mod reference;
mod time;

pub use reference::{man_pages, markdown};

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;

/// Parses the arguments, runs the command, and says on standard error why it failed.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::run(cli) {
        Ok(code) => code.into(),
        Err(failure) => {
            failure.print();
            failure.exit.into()
        }
    }
}
