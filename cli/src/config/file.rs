//! The configuration of the user: `~/.config/sluice/config.toml`, which only its owner may read. Comments in it stay.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Table, value};

use super::credential::Key;
use super::profile::Profile;
use crate::failure::{Doing as _, Exit, Failure, Result};

/// What the file says.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    path: PathBuf,
    document: DocumentMut,
    /// Whether others than its owner may read it.
    is_open: bool,
}

impl ConfigFile {
    /// The file, which need not be there.
    pub(crate) fn read() -> Result<Self> {
        Self::at(path()?)
    }

    fn at(path: PathBuf) -> Result<Self> {
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(Failure::failed(format!(
                    "cannot read {}: {error}",
                    path.display()
                )));
            }
        };
        let mode = fs::metadata(&path).map_or(0, |data| data.permissions().mode());
        Ok(Self {
            document: document(&text, &path)?,
            path,
            is_open: mode & 0o077 != 0,
        })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The names of its profiles.
    pub(crate) fn names(&self) -> Vec<String> {
        let profiles = self.document.get("profiles").and_then(Item::as_table_like);
        profiles.map_or_else(Vec::new, |table| {
            table.iter().map(|(name, _)| name.to_owned()).collect()
        })
    }

    /// A profile by its name.
    pub(crate) fn profile(&self, name: &str) -> Option<Profile> {
        let table = self
            .document
            .get("profiles")?
            .as_table_like()?
            .get(name)?
            .as_table_like()?;
        let text = |field| table.get(field).and_then(Item::as_str);
        Some(Profile {
            url: text("url")?.to_owned(),
            key: text("key").map(Key::new),
            credential_command: text("credential_command").map(str::to_owned),
        })
    }

    /// The profile in use.
    pub(crate) fn current(&self) -> Option<String> {
        self.document.get("profile")?.as_str().map(str::to_owned)
    }

    /// The form of data.
    pub(crate) fn output(&self) -> Option<String> {
        self.document.get("output")?.as_str().map(str::to_owned)
    }

    /// The first profile of an address; the one in use before others.
    pub(crate) fn by_url(&self, url: &str) -> Option<String> {
        let fits = |name: &String| {
            self.profile(name)
                .is_some_and(|profile| same_url(&profile.url, url))
        };
        self.current()
            .filter(fits)
            .or_else(|| self.names().into_iter().find(fits))
    }

    /// Makes the profile the one in use.
    pub(crate) fn use_profile(&mut self, name: &str) {
        self.document["profile"] = value(name);
    }

    /// Adds or replaces a profile.
    pub(crate) fn set(&mut self, name: &str, profile: &Profile) {
        let profiles = self.document.entry("profiles").or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        });
        let mut table = Table::new();
        table["url"] = value(&profile.url);
        if let Some(key) = &profile.key {
            table["key"] = value(key.reveal());
        }
        if let Some(command) = &profile.credential_command {
            table["credential_command"] = value(command);
        }
        profiles[name] = Item::Table(table);
    }

    /// Removes a profile; whether there was one.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        let profiles = self
            .document
            .get_mut("profiles")
            .and_then(Item::as_table_like_mut);
        let removed = profiles.is_some_and(|table| table.remove(name).is_some());
        if removed && self.current().as_deref() == Some(name) {
            self.document.remove("profile");
        }
        removed
    }

    /// Writes it, for its owner alone, whole or not at all.
    pub(crate) fn write(&self) -> Result<()> {
        let path = &self.path;
        let what = || format!("cannot write {}", path.display());
        if let Some(folder) = path.parent() {
            let mut builder = fs::DirBuilder::new();
            builder
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .doing(what)?;
        }
        let new = path.with_extension(format!("{}.new", std::process::id()));
        let mut options = fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)
            .doing(what)?;
        let written = file
            .write_all(self.document.to_string().as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&new, path));
        if written.is_err() {
            // The reason of the failure is the one above.
            let _ = fs::remove_file(&new);
        }
        written.doing(what)
    }

    /// Refuses to read keys that others may read, too.
    pub(super) fn check_mode(&self) -> Result<()> {
        if !self.is_open {
            return Ok(());
        }
        let path = self.path.display();
        Err(Failure::new(
            Exit::Credentials,
            format!("Others may read {path}, which has keys."),
        )
        .hint(format!("Run: chmod 600 {path}")))
    }
}

/// Whether two addresses are the same but for a slash at the end.
pub(super) fn same_url(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}

/// Parses TOML. What the file says is not repeated, since it may be a key.
pub(super) fn document(text: &str, path: &Path) -> Result<DocumentMut> {
    text.parse().map_err(|error: toml_edit::TomlError| {
        let at = error.span().map_or(0, |span| span.start);
        let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        Failure::usage(format!(
            "{} is no TOML: line {line}: {}",
            path.display(),
            error.message()
        ))
    })
}

fn path() -> Result<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(path) = variable("SLUICE_CONFIG") {
        return Ok(PathBuf::from(path));
    }
    let folder = match (variable("XDG_CONFIG_HOME"), variable("HOME")) {
        (Some(folder), _) => PathBuf::from(folder),
        (None, Some(home)) => PathBuf::from(home).join(".config"),
        (None, None) => {
            return Err(Failure::usage(
                "Neither HOME nor SLUICE_CONFIG is set: there is no place for the configuration.",
            ));
        }
    };
    Ok(folder.join("sluice/config.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_kept_for_their_owner_alone_and_comments_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/config.toml");
        let mut file = ConfigFile::at(path.clone()).unwrap();
        file.set(
            "dev",
            &Profile::with_key("http://127.0.0.1:1", Key::new("sk_test_x")),
        );
        file.use_profile("dev");
        file.write().unwrap();
        let text = format!("# mine\n{}", fs::read_to_string(&path).unwrap());
        fs::write(&path, text).unwrap();
        let mut file = ConfigFile::at(path.clone()).unwrap();
        assert_eq!(file.by_url("http://127.0.0.1:1/").as_deref(), Some("dev"));
        file.set(
            "live",
            &Profile::with_command("https://x.example.com", "pass show x"),
        );
        file.write().unwrap();
        assert!(fs::read_to_string(&path).unwrap().starts_with("# mine\n"));
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let mut file = ConfigFile::at(path.clone()).unwrap();
        assert!(file.remove("dev") && !file.remove("dev"));
        assert_eq!(file.current(), None);
        assert_eq!(file.names(), ["live"]);
    }

    #[test]
    fn a_file_that_others_may_read_gives_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(
            &path,
            "[profiles.dev]\nurl = 'http://127.0.0.1:1'\nkey = 'sk_test_x'\n",
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let file = ConfigFile::at(path.clone()).unwrap();
        let failure = file.profile("dev").unwrap().key("dev", &file).unwrap_err();
        assert_eq!(failure.exit, Exit::Credentials);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let file = ConfigFile::at(path).unwrap();
        assert_eq!(
            file.profile("dev")
                .unwrap()
                .key("dev", &file)
                .unwrap()
                .reveal(),
            "sk_test_x"
        );
    }

    #[test]
    fn a_mistake_in_the_file_is_named_without_its_text() {
        let failure = document("a = 1\nkey = sk_live_secret\n", Path::new("x.toml")).unwrap_err();
        assert!(
            failure.message().contains("line 2"),
            "{}",
            failure.message()
        );
        assert!(
            !failure.message().contains("sk_live"),
            "{}",
            failure.message()
        );
    }
}
