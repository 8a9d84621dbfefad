//! The files of a folder, as text and as mappings. Does not know what they ask for.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::failure::{Doing as _, Failure, Result};

/// How deep folders are read.
const MAX_DEPTH: usize = 8;
/// No definition is larger, and nothing else is near it.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Every file below the folder that may be a resource, in order; no link is followed.
pub(super) fn paths(folder: &Path, depth: usize) -> Result<Vec<PathBuf>> {
    let what = || format!("cannot read {}", folder.display());
    if depth > MAX_DEPTH {
        return Err(Failure::usage(format!(
            "{} is more than {MAX_DEPTH} folders deep.",
            folder.display()
        )));
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).doing(what)? {
        let entry = entry.doing(what)?;
        let (path, kind) = (entry.path(), entry.file_type().doing(what)?);
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if kind.is_dir() && !is_hidden {
            found.extend(paths(&path, depth + 1)?);
        } else if kind.is_file()
            && !is_hidden
            && path
                .extension()
                .is_some_and(|kind| kind == "yaml" || kind == "yml" || kind == "json")
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The text of a file, and the mapping that it is.
pub(super) fn document(path: &Path) -> Result<(String, Value)> {
    let shown = path.display();
    let size = std::fs::metadata(path)
        .doing(|| format!("cannot read {shown}"))?
        .len();
    if size > MAX_FILE_BYTES {
        return Err(Failure::usage(format!("{shown} has more than 1 MB.")));
    }
    let source = std::fs::read_to_string(path).doing(|| format!("cannot read {shown}"))?;
    let value = match path.extension().is_some_and(|kind| kind == "json") {
        true => serde_json::from_str(&source).map_err(|error| error.to_string()),
        false => crate::context::yaml(&source),
    };
    match value {
        Ok(value @ Value::Object(_)) => Ok((source, value)),
        Ok(_) => Err(Failure::usage(format!("{shown} is no resource."))
            .hint("It is a mapping with a `kind`.")),
        Err(error) => Err(Failure::usage(format!("{shown} cannot be read: {error}"))),
    }
}
