//! What a command works with: the options of every command, where to print, and the client, which is made when it is needed.

use std::io::{self, IsTerminal as _, Read as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::args::Global;
use crate::client::Client;
use crate::config::{self, Given, Key};
use crate::failure::{Doing as _, Exit, Failure, Result};
use crate::output::Output;

/// More on standard input is no body of a request.
const MAX_INPUT_BYTES: u64 = 16 << 20;

/// What a command works with.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) out: Output,
    pub(crate) given: Given,
    yes: bool,
    timeout: Duration,
}

impl Context {
    /// As options, variables and files have it.
    pub(crate) fn new(global: &Global) -> Result<Self> {
        // What a variable says otherwise, a flag has said.
        let is_flag = |value: &Option<String>, variable| {
            value.is_some() && *value != std::env::var(variable).ok()
        };
        let given = Given {
            profile_is_flag: is_flag(&global.profile, "SLUICE_PROFILE"),
            url_is_flag: is_flag(&global.url, "SLUICE_URL"),
            profile: global.profile.clone(),
            url: global.url.clone(),
            output: global.output,
        };
        Ok(Self {
            out: Output::new(config::format(&given)?, global.quiet),
            given,
            yes: global.yes,
            timeout: Duration::from_secs(global.timeout),
        })
    }

    /// How long a request may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The client of the chosen profile.
    pub(crate) fn client(&self) -> Result<Client> {
        Client::new(config::target(&self.given)?, self.timeout)
    }

    /// Goes on after a yes: of the option, or of a person.
    pub(crate) fn confirm(&self, question: &str) -> Result<()> {
        if self.asks(question)? {
            return Ok(());
        }
        Err(Failure::failed("Nothing was changed."))
    }

    /// Whether the answer is yes.
    pub(crate) fn asks(&self, question: &str) -> Result<bool> {
        if self.yes {
            return Ok(true);
        }
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Err(
                Failure::usage(format!("{question} Nobody is there to say yes."))
                    .hint("Say it with --yes."),
            );
        }
        dialoguer::Confirm::new()
            .with_prompt(crate::output::safe(question))
            .default(false)
            .interact()
            .doing(|| "cannot ask".to_owned())
    }

    /// A secret that is typed, or comes on standard input; never an argument, which others on the machine can read.
    pub(crate) fn secret_input(&self, prompt: &str) -> Result<Key> {
        if io::stdin().is_terminal() {
            let typed = dialoguer::Password::new().with_prompt(prompt).interact();
            return typed.map(Key::new).doing(|| "cannot ask".to_owned());
        }
        let bytes = stdin()?;
        let text =
            String::from_utf8(bytes).map_err(|_| Failure::usage("Standard input is no text."))?;
        Ok(Key::new(text))
    }

    /// Something that moves on standard error while a person waits.
    pub(crate) fn spinner(&self, text: &str) -> ProgressBar {
        if self.out.quiet || !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.set_message(crate::output::safe(text));
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }

    /// A bar on standard error for work that is counted.
    pub(crate) fn bar(&self, length: u64, what: &str) -> ProgressBar {
        if self.out.quiet || !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(length);
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar
    }
}

/// Everything on standard input.
pub(crate) fn stdin() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut input = io::stdin().lock().take(MAX_INPUT_BYTES + 1);
    input
        .read_to_end(&mut bytes)
        .doing(|| "cannot read standard input".to_owned())?;
    match bytes.len() as u64 > MAX_INPUT_BYTES {
        true => Err(Failure::usage("Standard input has more than 16 MB.")),
        false => Ok(bytes),
    }
}

/// A file, or standard input where it is `-`.
pub(crate) fn file(path: &str) -> Result<Vec<u8>> {
    if path == "-" {
        return stdin();
    }
    std::fs::read(path)
        .map_err(|error| Failure::new(Exit::Usage, format!("cannot read {path}: {error}")))
}

/// A text from a file, or from standard input where it is `-`.
pub(crate) fn text_file(path: &str) -> Result<String> {
    String::from_utf8(file(path)?)
        .map_err(|_| Failure::usage(format!("{path} is no text in UTF-8.")))
}

/// Reads YAML; of what is wrong with it, the first line, which has the place.
pub(crate) fn yaml(text: &str) -> Result<serde_json::Value, String> {
    serde_saphyr::from_str(text).map_err(|error| {
        let text = error.to_string();
        let line = text.lines().next().unwrap_or_default();
        line.strip_prefix("error: ").unwrap_or(line).to_owned()
    })
}
