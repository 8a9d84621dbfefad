//! docs/cli.md and the manual pages, from the command line itself. Does not know what commands do.

use std::io;

use clap::{Arg, Command, CommandFactory as _};

use crate::args::Cli;

/// docs/cli.md: each command with its arguments.
pub fn markdown() -> String {
    let mut text = String::from(
        "# The command line\n\n<!-- Made from cli/src by `ACCEPT_CLI=1 cargo test --test reference` in cli/. -->\n\n",
    );
    let mut root = Cli::command();
    root.build();
    text.push_str(include_str!("guide.txt"));
    text.push_str("\n## Options of every command\n\n");
    let global = root
        .get_arguments()
        .filter(|argument| argument.is_global_set());
    table(&mut text, global);
    for command in commands(&root) {
        section(&mut text, command, "sluice", 2);
    }
    text
}

/// A page for each command, with the name of its file.
///
/// # Errors
/// When a page cannot be rendered, which memory cannot refuse.
pub fn man_pages() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut root = Cli::command();
    root.build();
    let mut pages = Vec::new();
    pages_of(&root, "sluice", &mut pages)?;
    Ok(pages)
}

fn pages_of(command: &Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let mut page = Vec::new();
    let titled = command
        .clone()
        .display_name(name)
        .bin_name(name.replace('-', " "));
    clap_mangen::Man::new(titled)
        .title(name.to_uppercase())
        .render(&mut page)?;
    pages.push((format!("{name}.1"), page));
    for inner in commands(command) {
        pages_of(inner, &format!("{name}-{}", inner.get_name()), pages)?;
    }
    Ok(())
}

fn commands(command: &Command) -> impl Iterator<Item = &Command> {
    command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set() && inner.get_name() != "help")
}

fn section(text: &mut String, command: &Command, before: &str, depth: usize) {
    let name = format!("{before} {}", command.get_name());
    text.push_str(&format!("\n{} `{name}`\n\n", "#".repeat(depth)));
    let about = command
        .get_long_about()
        .or_else(|| command.get_about())
        .map(ToString::to_string);
    text.push_str(&format!("{}\n", sentence(&about.unwrap_or_default())));
    let own: Vec<&Arg> = command
        .get_arguments()
        .filter(|argument| !argument.is_global_set())
        .collect();
    let own = own
        .into_iter()
        .filter(|argument| !matches!(argument.get_id().as_str(), "help" | "version"));
    let own: Vec<&Arg> = own.collect();
    if !own.is_empty() {
        text.push('\n');
        table(text, own.into_iter());
    }
    for inner in commands(command) {
        section(text, inner, &name, depth + 1);
    }
}

fn table<'a>(text: &mut String, arguments: impl Iterator<Item = &'a Arg>) {
    text.push_str("| argument | |\n|---|---|\n");
    for argument in
        arguments.filter(|argument| !matches!(argument.get_id().as_str(), "help" | "version"))
    {
        let help = argument
            .get_long_help()
            .or_else(|| argument.get_help())
            .map(ToString::to_string)
            .unwrap_or_default();
        let help = sentence(&help).replace('|', "\\|");
        let more = [default(argument), variable(argument)].concat();
        text.push_str(&format!("| `{}` | {help}{more} |\n", usage(argument)));
    }
}

fn usage(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    let value = names
        .first()
        .map(|name| name.to_string())
        .unwrap_or_else(|| argument.get_id().as_str().to_uppercase());
    let takes = argument.get_action().takes_values();
    match (argument.get_short(), argument.get_long()) {
        (None, None) if argument.is_required_set() => value,
        (None, None) => format!("[{value}]"),
        (short, long) => {
            let short = short.map(|short| format!("-{short}"));
            let long = long.map(|long| format!("--{long}"));
            let names = [short, long]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(", ");
            if takes {
                format!("{names} {value}")
            } else {
                names
            }
        }
    }
}

fn default(argument: &Arg) -> String {
    let values = argument.get_default_values();
    let values: Vec<_> = values
        .iter()
        .map(|value| value.to_string_lossy())
        .filter(|value| !value.is_empty())
        .collect();
    match values.is_empty() || !argument.get_action().takes_values() {
        true => String::new(),
        false => format!(" Default: `{}`.", values.join(", ")),
    }
}

fn variable(argument: &Arg) -> String {
    argument.get_env().map_or_else(String::new, |name| {
        format!(" Variable: `{}`.", name.to_string_lossy())
    })
}

/// clap cuts the period of a line of help.
fn sentence(text: &str) -> String {
    let text = text.trim();
    match text.ends_with(['.', ':', '?', '!']) || text.is_empty() {
        true => text.to_owned(),
        false => format!("{text}."),
    }
}
