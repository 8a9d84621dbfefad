//! A key, and the command that fetches one. Neither `Debug` nor an error shows a key.

use std::fmt;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::failure::{Exit, Failure, Result};

/// A password manager may ask for a finger; nobody waits for longer.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);
/// More is no key.
const MAX_KEY_BYTES: u64 = 4_096;

/// An API key.
#[derive(Clone)]
pub(crate) struct Key(String);

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(…)")
    }
}

impl Key {
    /// Without the line break that files and commands end with.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into().trim().to_owned())
    }

    /// To send or to store it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// What may be shown: its beginning says the environment, its end which key it is.
    pub(crate) fn shown(&self) -> String {
        let start = self
            .0
            .get(..8)
            .filter(|start| start.starts_with("sk_"))
            .unwrap_or_default();
        let end = match self.0.is_ascii() && self.0.len() > 16 {
            true => self.0.get(self.0.len() - 4..).unwrap_or_default(),
            false => "",
        };
        format!("{start}…{end}")
    }

    /// `test` or `live`, as the key says.
    pub(crate) fn environment(&self) -> Option<&'static str> {
        match self.0.get(..8) {
            Some("sk_test_") => Some("test"),
            Some("sk_live_") => Some("live"),
            _ => None,
        }
    }

    /// A key that a header can carry.
    pub(crate) fn checked(self) -> Result<Self> {
        match !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_graphic()) {
            true => Ok(self),
            false => Err(Failure::new(Exit::Credentials, "This is no key.")
                .hint("A key begins with sk_test_ or sk_live_ and has no spaces.")),
        }
    }
}

/// Runs the command of a profile, and takes what it prints as the key.
pub(crate) fn fetch(command: &str, profile: &str) -> Result<Key> {
    let failed = |what: String| {
        Failure::new(
            Exit::Credentials,
            format!("The credential_command of the profile {profile} {what}."),
        )
        .hint(format!("It is: {command}"))
    };
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::inherit())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(format!("could not be started: {error}")))?;
    let output = child.stdout.take();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let read = output.map(|output| output.take(MAX_KEY_BYTES).read_to_string(&mut text));
        // The receiver is gone where nobody waits any more.
        let _ = sender.send((read.is_some_and(|read| read.is_ok()), text));
    });
    let Ok((true, text)) = receiver.recv_timeout(COMMAND_TIMEOUT) else {
        // It may have ended meanwhile.
        let _ = child.kill();
        let _ = child.wait();
        return Err(failed(format!(
            "gave no key in {} s",
            COMMAND_TIMEOUT.as_secs()
        )));
    };
    let status = child
        .wait()
        .map_err(|error| failed(format!("was lost: {error}")))?;
    if !status.success() {
        return Err(failed(format!("ended with {status}")));
    }
    Key::new(text).checked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_shown_whole() {
        let key = Key::new("sk_test_ZMF_7BwQYKGJxVQ1sdhWXKSbgNY5OaYvPwy53VD5y6c\n");
        assert_eq!(key.shown(), "sk_test_…5y6c");
        assert_eq!(key.environment(), Some("test"));
        assert_eq!(format!("{key:?}"), "Key(…)");
        assert_eq!(Key::new("short").shown(), "…");
    }

    #[test]
    fn a_command_gives_a_key_or_says_why_not() {
        assert_eq!(
            fetch("printf 'sk_live_abc\\n'", "p").unwrap().reveal(),
            "sk_live_abc"
        );
        for wrong in ["exit 3", "true", "printf 'two words'"] {
            assert_eq!(
                fetch(wrong, "p").unwrap_err().exit,
                Exit::Credentials,
                "{wrong}"
            );
        }
    }
}
