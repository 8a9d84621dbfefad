//! The versions of a workflow as JSON.

use domain::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::inbound::Inbound;
use crate::page::{PageCursor, Paging, only};
use crate::problem::Problem;

/// The number of a version, by which the list is ordered: the newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VersionNumber(pub u64);

/// A version in a list: without its definition.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ListedVersion {
    /// Its number, from 1.
    version: u64,
    /// Whether new executions run it.
    current: bool,
    /// When it was written.
    created_at: Timestamp,
}

/// A version of a workflow with its definition.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct VersionView<'a> {
    #[serde(flatten)]
    listed: ListedVersion,
    /// The definition, in the Serverless Workflow DSL.
    #[cfg_attr(test, schemars(with = "serde_json::Map<String, Value>"))]
    definition: &'a Value,
}

/// A version as lists show it; `current` is the number of the one that new executions run.
pub fn listed_version(version: u64, created_at: Timestamp, current: u64) -> ListedVersion {
    ListedVersion {
        version,
        current: version == current,
        created_at,
    }
}

/// A version with its definition.
pub fn version_view(listed: ListedVersion, definition: &Value) -> VersionView<'_> {
    VersionView { listed, definition }
}

/// The number in a path. Another text is the number of no version.
pub fn version_number(segment: &str) -> Result<u64, Problem> {
    segment.parse().map_err(|_| Problem::not_found())
}

/// Reads the query of a list.
pub fn version_paging(inbound: &Inbound) -> Result<Paging<VersionNumber>, Problem> {
    only(inbound, &["limit", "cursor"])?;
    Paging::parse(inbound)
}

/// Reads the query of a graph: `version`, the current one by default.
pub fn asked_version(inbound: &Inbound) -> Result<Option<u64>, Problem> {
    only(inbound, &["version"])?;
    let refused = || Problem::invalid_parameter("version", "version is a whole number from 1.");
    let parse = |text: &str| text.parse().ok().filter(|version| *version > 0);
    let given = inbound.parameter("version");
    given
        .map(|text| parse(text).ok_or_else(refused))
        .transpose()
}

impl PageCursor for VersionNumber {
    const LIST: &'static str = "versions";

    fn write(&self) -> String {
        self.0.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    fn is_after(&self, other: &Self) -> bool {
        self < other
    }
}
