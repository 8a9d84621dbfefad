//! The health of a deployment as JSON. It does not know how it is found out.

use serde::Serialize;

/// The build that runs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HealthView {
    /// Always `ok`: what does not work does not answer.
    #[cfg_attr(test, schemars(extend("enum" = ["ok"])))]
    status: &'static str,
    /// The version of the build.
    version: &'static str,
    /// The commit that was built.
    commit: &'static str,
}

/// A build that works.
pub fn view(version: &'static str, commit: &'static str) -> HealthView {
    HealthView {
        status: "ok",
        version,
        commit,
    }
}
