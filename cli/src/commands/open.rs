//! `open`: the console in the browser, at what an id names.

use std::process::{Command, Stdio};

use clap::Args;

use crate::config;
use crate::context::Context;
use crate::failure::{Exit, Failure, Result};

#[derive(Debug, Args)]
pub(crate) struct Open {
    /// An execution, workflow, trigger, subscription, delivery or event; the console itself by default.
    id: Option<String>,
    /// Print the address, and open nothing.
    #[arg(long)]
    print: bool,
}

/// Prints the address, and opens it where there is a browser.
pub(crate) fn run(context: &Context, arguments: &Open) -> Result<Exit> {
    let target = config::target(&context.given)?;
    let path = match &arguments.id {
        Some(id) => path(id)?,
        None => "/console".to_owned(),
    };
    let url = format!("{}{path}", target.url);
    context.out.text(&url)?;
    if !arguments.print {
        browse(context, &url);
    }
    Ok(Exit::Success)
}

fn path(id: &str) -> Result<String> {
    let known = id
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || character == '_');
    let path = match id.split_once('_').filter(|_| known) {
        Some(("exe", _)) => format!("/console/executions/{id}"),
        Some(("wf", _)) => format!("/console/workflows/{id}"),
        Some(("trg", _)) => format!("/console/executions?triggerId={id}"),
        Some(("sub", _)) => format!("/console/subscriptions/{id}"),
        Some(("dlv", _)) => format!("/console/deliveries/{id}"),
        Some(("evt", _)) => format!("/console/deliveries?eventId={id}"),
        _ => {
            return Err(Failure::usage(format!("{id:?} is no id of the console."))
                .hint("It begins with exe_, wf_, trg_, sub_, dlv_ or evt_."));
        }
    };
    Ok(path)
}

/// Opens an address; without a browser, it was printed.
pub(crate) fn browse(context: &Context, url: &str) {
    let has = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let program = match std::env::var("BROWSER") {
        Ok(browser) if !browser.is_empty() => browser,
        _ if cfg!(target_os = "macos") => "open".to_owned(),
        _ if has("DISPLAY") || has("WAYLAND_DISPLAY") => "xdg-open".to_owned(),
        _ => {
            return context
                .out
                .say("There is no browser here: open the address elsewhere.");
        }
    };
    let started = Command::new(&program)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if started.is_err() {
        context.out.say(&format!(
            "{program} cannot be started: open the address by hand."
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lead_to_their_page_and_nothing_else_does() {
        assert_eq!(path("exe_1").unwrap(), "/console/executions/exe_1");
        assert_eq!(path("evt_1").unwrap(), "/console/deliveries?eventId=evt_1");
        for wrong in ["x", "foo_1", "exe_../../x", "exe_1?x"] {
            assert!(path(wrong).is_err(), "{wrong}");
        }
    }
}
