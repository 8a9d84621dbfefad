//! The checkout of the repository that a command runs in, and programs that are found by their name.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{Failure, Result};

/// The root of the checkout around the current folder.
pub(crate) fn root() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let is_root = |folder: &&Path| {
        folder.join("infra/deploy").is_file() && folder.join("infra/local/Cargo.toml").is_file()
    };
    here.ancestors().find(is_root).map(Path::to_owned)
}

/// The root, or why the command cannot be run here.
pub(crate) fn required(command: &str) -> Result<PathBuf> {
    root().ok_or_else(|| {
        Failure::usage(format!(
            "`sluice {command}` runs in a checkout of Sluice, and this folder is in none."
        ))
        .hint("Clone the repository, and run it there: it builds what it runs.")
    })
}

/// Whether the program is on the path.
pub(crate) fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// What a program prints within a time; `None` where it fails, is missing, or takes longer.
pub(crate) fn output(program: &str, arguments: &[&str], within: Duration) -> Option<String> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let until = Instant::now() + within;
    while child.try_wait().ok()?.is_none() {
        if Instant::now() >= until {
            // It may have ended meanwhile.
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let output = child.wait_with_output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}
