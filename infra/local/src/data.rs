//! Where a stack keeps its data: in memory, or in a folder that one stack at a time locks. Does not know the files.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::start_error::StartError;

/// Where a stack keeps its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// In memory: it ends with the stack.
    Memory,
    /// In a folder, which is made if it is not there.
    Folder(PathBuf),
}

/// The data of a running stack; a folder is free again when this is dropped, or the process dies.
#[derive(Debug)]
pub(crate) struct Held {
    folder: Option<(PathBuf, File)>,
}

impl Held {
    pub(crate) fn take(data: &Data) -> Result<Self, StartError> {
        let Data::Folder(path) = data else {
            return Ok(Self { folder: None });
        };
        let unusable = |source| StartError::Folder {
            path: path.clone(),
            source,
        };
        let lock = prepare(path).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                folder: Some((path.clone(), lock)),
            }),
            Err(TryLockError::WouldBlock) => Err(StartError::FolderInUse(path.clone())),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// A file in the folder.
    pub(crate) fn file(&self, name: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|(path, _)| path.join(name))
    }
}

/// The folder holds keys and bodies, so it is its owner's alone, and kept out of version control.
fn prepare(path: &Path) -> io::Result<File> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)?;
    std::fs::write(path.join(".gitignore"), "*\n")?;
    File::options()
        .create(true)
        .append(true)
        .open(path.join("lock"))
}

/// Writes a file that only its owner may read, whole or not at all.
pub(crate) fn write_secret(path: &Path, content: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("new");
    let mut file = File::options()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_folder_is_held_by_one_stack_at_a_time() {
        let outer = tempfile::tempdir().unwrap();
        let data = Data::Folder(outer.path().join("deep/data"));
        let held = Held::take(&data).unwrap();
        let again = Held::take(&data).unwrap_err();
        assert!(matches!(again, StartError::FolderInUse(_)), "{again}");
        drop(held);
        Held::take(&data).unwrap();
    }

    #[test]
    fn a_file_where_the_folder_should_be_is_said_so() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Held::take(&Data::Folder(file.path().to_owned())).unwrap_err();
        assert!(error.to_string().contains("--data"), "{error}");
    }

    #[test]
    fn a_secret_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo.json");
        write_secret(&path, b"1").unwrap();
        write_secret(&path, b"2").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"2");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
