//! Which build of Sluice runs. It does not know where this is shown.

/// The version of the workspace.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit that the build was made from, where the build set the environment variable `SLUICE_COMMIT` to it; otherwise
/// `unknown`. Everyday builds leave the variable unset, so that a commit does not rebuild every crate.
pub const COMMIT: &str = match option_env!("SLUICE_COMMIT") {
    Some(commit) => hexadecimal(commit),
    None => "unknown",
};

const fn hexadecimal(commit: &str) -> &str {
    let mut rest = commit.as_bytes();
    while let [byte, after @ ..] = rest {
        assert!(
            byte.is_ascii_hexdigit(),
            "SLUICE_COMMIT is not a commit: give hexadecimal digits"
        );
        rest = after;
    }
    commit
}
