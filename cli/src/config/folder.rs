//! `.sluice.toml` of the current folder. Whoever wrote it is not trusted: it chooses among what the user has, and has no key
//! and no command.

use std::path::PathBuf;

use super::file;
use crate::failure::{Failure, Result};

const FOLDER_FILE: &str = ".sluice.toml";

/// What `.sluice.toml` may say.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) profile: Option<String>,
    pub(super) url: Option<String>,
    pub(super) output: Option<String>,
}

impl Folder {
    /// The file of the current folder, which need not be there.
    pub(super) fn read() -> Result<Self> {
        let path = PathBuf::from(FOLDER_FILE);
        let Ok(text) = std::fs::read_to_string(&path) else {
            return Ok(Folder::default());
        };
        read_folder(&text, path)
    }
}

fn read_folder(text: &str, path: PathBuf) -> Result<Folder> {
    let document = file::document(text, &path)?;
    let mut folder = Folder {
        path,
        ..Folder::default()
    };
    for (name, value) in document.iter() {
        let text = || value.as_str().map(str::to_owned);
        match name {
            "profile" => folder.profile = text(),
            "url" => folder.url = text(),
            "output" => folder.output = text(),
            "key" | "credential_command" => {
                return Err(Failure::usage(format!("{FOLDER_FILE} has {name}, which it may not."))
                    .hint("Whoever reads the folder would have the key: use `sluice login`, or SLUICE_KEY."));
            }
            _ => {
                return Err(Failure::usage(format!(
                    "{FOLDER_FILE} has {name}, which is not known."
                ))
                .hint("It may have profile, url and output."));
            }
        }
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_no_keys_and_runs_no_commands() {
        for wrong in [
            "key = 'sk_test_x'",
            "credential_command = 'x'",
            "other = 1",
            "= =",
        ] {
            assert!(
                read_folder(wrong, PathBuf::from(FOLDER_FILE)).is_err(),
                "{wrong}"
            );
        }
        let folder = read_folder("profile = 'dev'\noutput = 'json'", PathBuf::new()).unwrap();
        assert_eq!(folder.profile.as_deref(), Some("dev"));
    }
}
