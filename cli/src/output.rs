//! What a command prints: data on standard output as table, JSON, lines of JSON or YAML, and talk on standard error. Does not
//! know where the data comes from.

mod safe;
mod table;
mod view;
mod yaml;

pub(crate) use safe::{safe, safe_block, safe_json};
#[cfg(test)]
pub(crate) use view::ALL as VIEWS;
pub(crate) use view::{View, views};

use std::io::{self, IsTerminal as _, Write as _};

use serde_json::Value;

use crate::failure::{Doing as _, Result};

/// The form of data on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns for people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON document a line.
    Jsonl,
    /// YAML.
    Yaml,
}

/// Where a command prints.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) format: Format,
    /// Only failures are said.
    pub(crate) quiet: bool,
    color: bool,
    width: Option<usize>,
}

impl Output {
    /// As the terminal, `NO_COLOR` and `COLUMNS` have it.
    pub(crate) fn new(format: Format, quiet: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let columns = std::env::var("COLUMNS").ok();
        let columns = columns.and_then(|text| text.parse().ok());
        Self {
            format,
            quiet,
            color: terminal && !forbidden,
            width: columns.or_else(|| terminal.then(table::terminal_width).flatten()),
        }
    }

    /// Says something on standard error.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            // Nobody is left to be told that standard error is closed.
            let _ = writeln!(io::stderr(), "{}", safe_block(text));
        }
    }

    /// A list, with a column for each of the view.
    pub(crate) fn list(&self, view: &View, items: &[Value]) -> Result<()> {
        match self.format {
            Format::Table if items.is_empty() => {
                self.say(&format!("No {}.", view.plural));
                Ok(())
            }
            Format::Table => write(&table::list(view, items, self.width, self.color)),
            Format::Json => write(&json(&Value::Array(items.to_vec()))),
            Format::Jsonl => items.iter().try_for_each(|item| write(&line(item))),
            Format::Yaml => write(&yaml::document(&Value::Array(items.to_vec()))),
        }
    }

    /// One resource, with a line for each field of the view.
    pub(crate) fn one(&self, view: &View, item: &Value) -> Result<()> {
        match self.format {
            Format::Table => write(&table::one(view, item, self.color)),
            Format::Json => write(&json(item)),
            Format::Jsonl => write(&line(item)),
            Format::Yaml => write(&yaml::document(item)),
        }
    }

    /// A value that has no view.
    pub(crate) fn value(&self, item: &Value) -> Result<()> {
        match self.format {
            Format::Table | Format::Json => write(&json(item)),
            Format::Jsonl => write(&line(item)),
            Format::Yaml => write(&yaml::document(item)),
        }
    }

    /// One line of a stream: a text for people, or the value.
    pub(crate) fn stream(&self, text: &str, item: &Value) -> Result<()> {
        match self.format {
            Format::Table => write(&format!("{}\n", safe(text))),
            Format::Json | Format::Jsonl => write(&line(item)),
            Format::Yaml => write(&format!("---\n{}", yaml::document(item))),
        }
    }

    /// A text of one or more lines, in every format.
    pub(crate) fn text(&self, text: &str) -> Result<()> {
        write(&format!("{}\n", safe_block(text)))
    }

    /// Bytes as they are; but where a terminal would act on them, what it shows instead.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<()> {
        if io::stdout().is_terminal() {
            let text = String::from_utf8_lossy(bytes);
            return write(&format!("{}\n", safe_block(&text)));
        }
        write_bytes(bytes)
    }

    /// A status in its colour.
    pub(crate) fn status(&self, status: &str) -> String {
        table::status(status, self.color)
    }

    /// Writes a text that is safe already.
    pub(crate) fn styled(&self, text: &str) -> Result<()> {
        write(text)
    }

    /// Whether it is for people.
    pub(crate) fn is_table(&self) -> bool {
        self.format == Format::Table
    }
}

fn json(value: &Value) -> String {
    format!("{}\n", safe_json(&format!("{value:#}")))
}

fn line(value: &Value) -> String {
    format!("{}\n", safe_json(&value.to_string()))
}

/// YAML of a value, for files.
pub(crate) fn to_yaml(value: &Value) -> String {
    yaml::document(value)
}

fn write(text: &str) -> Result<()> {
    write_bytes(text.as_bytes())
}

fn write_bytes(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        // `sluice … | head` has what it wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        done => done.doing(|| "cannot write to standard output".to_owned()),
    }
}
