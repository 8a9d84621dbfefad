//! The binaries that are measured: built as they are deployed, by the same command and into the same folder, so that what
//! is built for deployment already is not built again.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;

/// Built functions.
#[derive(Clone, Debug)]
pub(crate) struct Functions {
    pub(crate) trigger: PathBuf,
    /// Answers, and does nothing else.
    pub(crate) bare: PathBuf,
    /// No function: signs, as often as its first argument says.
    pub(crate) signing: PathBuf,
}

pub(crate) fn build() -> Outcome<Functions> {
    let tools = tools()?;
    lambda_build(&tools, &only("trigger")?)?;
    lambda_build(&tools, &["--package", "bare", "--example", "bare"])?;
    lambda_build(&tools, &["--package", "signing", "--example", "signing"])?;
    let built = root().join("target/lambda");
    Ok(Functions {
        trigger: built.join("trigger/bootstrap"),
        bare: built.join("bare/bootstrap"),
        signing: built.join("signing/bootstrap"),
    })
}

/// The console as it is deployed.
pub(crate) fn build_console() -> Outcome<PathBuf> {
    lambda_build(&tools()?, &only("console")?)?;
    Ok(root().join("target/lambda/console/bootstrap"))
}

/// The folder of cargo-lambda.
fn tools() -> Outcome<String> {
    let tool = root().join(".ci/tool");
    let found = Command::new(tool).arg("cargo-lambda").output()?;
    if !found.status.success() {
        return Err(String::from_utf8_lossy(&found.stderr).into());
    }
    Ok(String::from_utf8(found.stdout)?.trim().to_owned())
}

/// All of the workspace but the other functions and the package of the tests, so that the dependencies have the features that
/// they are deployed with.
fn only(kept: &str) -> Outcome<Vec<String>> {
    let mut which = ["--workspace", "--exclude", "tests"]
        .map(str::to_owned)
        .to_vec();
    for function in std::fs::read_dir(root().join("functions"))? {
        let name = function?.file_name().to_string_lossy().into_owned();
        if name != kept {
            which.extend(["--exclude".to_owned(), name]);
        }
    }
    Ok(which)
}

fn lambda_build(tools: &str, which: &[impl AsRef<OsStr>]) -> Outcome<()> {
    let architecture = if cfg!(target_arch = "aarch64") {
        "--arm64"
    } else {
        "--x86-64"
    };
    let path = format!("{tools}:{}", std::env::var("PATH").unwrap_or_default());
    let mut build = Command::new("cargo");
    build
        .args(["lambda", "build", "--quiet", architecture])
        .args(which)
        .current_dir(root())
        .env("PATH", path);
    // Build scripts that read cargo's variables of this package would see a change, and everything would be built again.
    for (name, _) in std::env::vars() {
        if name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_") {
            build.env_remove(name);
        }
    }
    build
        .status()?
        .success()
        .then_some(())
        .ok_or_else(|| "the functions were not built".into())
}

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
