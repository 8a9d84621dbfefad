//! One Sluice, and where the key for it comes from.

use super::credential::{Key, fetch};
use super::file::ConfigFile;
use crate::failure::{Exit, Failure, Result};

/// One Sluice, and the key for it.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub(crate) url: String,
    pub(super) key: Option<Key>,
    pub(crate) credential_command: Option<String>,
}

impl Profile {
    /// A profile that keeps its key in the file.
    pub(crate) fn with_key(url: &str, key: Key) -> Self {
        Self {
            url: url.to_owned(),
            key: Some(key),
            credential_command: None,
        }
    }

    /// A profile whose key a command prints.
    pub(crate) fn with_command(url: &str, command: &str) -> Self {
        Self {
            url: url.to_owned(),
            key: None,
            credential_command: Some(command.to_owned()),
        }
    }

    /// Its key, from the file or from its command.
    pub(crate) fn key(&self, name: &str, file: &ConfigFile) -> Result<Key> {
        if let Some(command) = &self.credential_command {
            file.check_mode()?;
            return fetch(command, name);
        }
        if let Some(key) = &self.key {
            file.check_mode()?;
            return key.clone().checked();
        }
        Err(
            Failure::new(Exit::Credentials, format!("The profile {name} has no key.")).hint(
                format!("Run: sluice login --profile {name} --url {}", self.url),
            ),
        )
    }

    /// What may be shown of where its key comes from.
    pub(crate) fn key_shown(&self) -> String {
        match (&self.credential_command, &self.key) {
            (Some(_), _) => "from a command".to_owned(),
            (None, Some(key)) => key.shown(),
            (None, None) => "none".to_owned(),
        }
    }
}
