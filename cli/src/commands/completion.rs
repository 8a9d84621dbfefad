//! `completion`, and the manual pages of a release.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::args::Cli;
use crate::context::Context;
use crate::failure::{Doing as _, Exit, Result};

#[derive(Debug, Args)]
pub(crate) struct Completion {
    /// bash, zsh, fish, elvish or powershell.
    shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder, which is made.
    folder: PathBuf,
}

/// Prints the script, such as for `source <(sluice completion bash)`.
pub(crate) fn run(context: &Context, arguments: &Completion) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "sluice", &mut script);
    context.out.bytes(&script)?;
    Ok(Exit::Success)
}

/// Writes a page for each command.
pub(crate) fn man(arguments: &Man) -> Result<Exit> {
    let folder = &arguments.folder;
    let what = || format!("cannot write into {}", folder.display());
    std::fs::create_dir_all(folder).doing(what)?;
    for (name, page) in crate::man_pages().doing(what)? {
        std::fs::write(folder.join(name), page).doing(what)?;
    }
    Ok(Exit::Success)
}
