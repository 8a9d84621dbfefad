//! The commands, one module for each group. Each reads its arguments, asks the client, and prints a view.

pub(crate) mod api;
pub(crate) mod apply;
pub(crate) mod capture;
pub(crate) mod completion;
pub(crate) mod delivery;
pub(crate) mod deploy;
pub(crate) mod dev;
pub(crate) mod doctor;
pub(crate) mod event;
pub(crate) mod execution;
pub(crate) mod key;
pub(crate) mod listen;
pub(crate) mod login;
pub(crate) mod open;
pub(crate) mod replay;
pub(crate) mod sample;
pub(crate) mod secret;
pub(crate) mod send;
pub(crate) mod signature;
pub(crate) mod subscription;
pub(crate) mod tail;
pub(crate) mod trigger;
pub(crate) mod usage;
pub(crate) mod watch;
pub(crate) mod workflow;

use crate::args::{Cli, Command};
use crate::context::Context;
use crate::failure::{Exit, Result};

/// Runs a command to its end.
pub(crate) fn run(cli: Cli) -> Result<Exit> {
    let context = Context::new(&cli.global)?;
    match cli.command {
        Command::Dev(arguments) => dev::run(&context, &arguments),
        Command::Deploy(arguments) => deploy::deploy(&context, &arguments),
        Command::Destroy(arguments) => deploy::destroy(&context, &arguments),
        Command::Doctor => doctor::run(&context),
        Command::Open(arguments) => open::run(&context, &arguments),
        Command::Login(arguments) => login::login(&context, &arguments),
        Command::Logout(arguments) => login::logout(&context, &arguments),
        Command::Whoami => login::whoami(&context),
        Command::Usage => usage::run(&context),
        Command::Profile(command) => login::profile(&context, command),
        Command::Apply(arguments) => apply::apply(&context, &arguments),
        Command::Diff(arguments) => apply::diff(&context, &arguments),
        Command::Export(arguments) => apply::export(&context, &arguments),
        Command::Workflow(command) => workflow::run(&context, command),
        Command::Trigger(command) => trigger::run(&context, command),
        Command::Send(arguments) => send::run(&context, &arguments),
        Command::Sample(arguments) => sample::run(&context, &arguments),
        Command::Execution(command) => execution::run(&context, command),
        Command::Tail(arguments) => tail::run(&context, &arguments),
        Command::Listen(arguments) => listen::run(&context, &arguments),
        Command::Subscription(command) => subscription::run(&context, command),
        Command::Delivery(command) => delivery::run(&context, command),
        Command::Event(command) => event::run(&context, command),
        Command::Signature(command) => signature::run(&context, command),
        Command::Secret(command) => secret::run(&context, command),
        Command::Key(command) => key::run(&context, command),
        Command::Api(arguments) => api::run(&context, &arguments),
        Command::Completion(arguments) => completion::run(&context, &arguments),
        Command::Man(arguments) => completion::man(&arguments),
    }
}
