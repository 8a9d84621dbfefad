//! Why a command fails, with what its user can do, and the exit code. Does not know HTTP.

use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::output::safe;

/// What the exit code of a process says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Success = 0,
    /// It failed in another way than the following.
    Failed = 1,
    /// The arguments are wrong.
    Usage = 2,
    /// What was asked for is not there.
    NotFound = 3,
    /// The key is missing, unknown, or may not do this.
    Credentials = 4,
    /// It contradicts what is there.
    Conflict = 5,
    /// There was no answer in time.
    TimedOut = 6,
    /// The execution that was watched did not succeed.
    ExecutionFailed = 7,
    /// `diff` found differences.
    Differences = 10,
}

/// One failure of a command.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
    hints: Vec<String>,
    request_id: Option<String>,
    may_pass: bool,
}

/// What a command ends with.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Failure {
    /// A failure with its reason, as a sentence.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            hints: Vec::new(),
            request_id: None,
            may_pass: false,
        }
    }

    /// A failure of the exit code 1.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// Arguments that contradict each other, or a file that is not what it should be.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// The same with a line that says what to do.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same with the id under which the logs have the request.
    #[must_use]
    pub(crate) fn request_id(mut self, id: Option<&str>) -> Self {
        self.request_id = id.map(str::to_owned);
        self
    }

    /// The same as one that may pass by itself: nobody answered, or somebody was busy.
    #[must_use]
    pub(crate) fn passing(mut self) -> Self {
        self.may_pass = true;
        self
    }

    /// Whether the same may work later.
    pub(crate) fn may_pass(&self) -> bool {
        self.may_pass
    }

    /// Writes it to standard error.
    pub(crate) fn print(&self) {
        let mut text = format!("error: {}\n", safe(&self.message));
        for hint in &self.hints {
            text.push_str(&format!("  {}\n", safe(hint)));
        }
        if let Some(id) = &self.request_id {
            text.push_str(&format!("  request {}\n", safe(id)));
        }
        // Nobody is left to be told that standard error is closed.
        let _ = io::stderr().write_all(text.as_bytes());
    }

    /// Its reason alone.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

/// A failure of the system, with what was being done.
pub(crate) trait Doing<T> {
    /// Names what failed, such as `cannot read orders.yaml`.
    fn doing(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: std::fmt::Display> Doing<T> for std::result::Result<T, E> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Failure::failed(format!("{}: {error}", what())))
    }
}
