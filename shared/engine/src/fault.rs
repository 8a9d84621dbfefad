//! Errors of a workflow, in the shape of the DSL (RFC 7807 problem details with a JSON pointer as instance).

use crate::secrets::Secrets;
use serde::{Deserialize, Serialize};

/// Why a task or a workflow faulted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// A URI that names the kind of error; one of the DSL's standard types, or the author's own.
    pub r#type: String,
    /// A short name of the kind of error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// An HTTP status code that fits the error.
    pub status: u16,
    /// What happened this time, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// A JSON pointer to the task that faulted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
}

impl Fault {
    /// Replaces secrets in all texts.
    pub(crate) fn redact(&mut self, secrets: &Secrets) {
        let texts = [&mut self.title, &mut self.detail, &mut self.instance];
        let texts = texts.into_iter().flatten();
        texts
            .chain([&mut self.r#type])
            .for_each(|text| secrets.redact(text));
    }
}

/// The DSL's standard error types (DSL reference, "Standard Error Types").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The configuration of a task is wrong. Status 400.
    Configuration,
    /// Data does not match its schema. Status 400.
    Validation,
    /// An expression failed, or its result is wrong. Status 400.
    Expression,
    /// A call could not be authenticated. Status 401.
    Authentication,
    /// The workflow may not do what it tried. Status 403.
    Authorization,
    /// A task, an attempt, a call or the workflow timed out. Status 408.
    Timeout,
    /// A call failed. Its status is that of the response, or 500.
    Communication,
    /// Every other error at run time. Status 500.
    Runtime,
}

/// The prefix of the standard types.
const STANDARD_PREFIX: &str = "https://serverlessworkflow.io/spec/1.0.0/errors/";
/// The hosts that have published the specification, under its former name and under its present one.
const HOSTS: [&str; 2] = ["serverlessworkflow.io", "open-workflow-specification.org"];

/// Whether two types are the same: equal, or the same standard type in any publication of the specification.
pub(crate) fn is_same_type(one: &str, other: &str) -> bool {
    one == other || standard_name(one).is_some_and(|one| standard_name(other) == Some(one))
}

/// The name of a standard type, such as `communication`. Its path depends on the version of the specification.
fn standard_name(r#type: &str) -> Option<&str> {
    let (scheme, rest) = r#type.split_once("://")?;
    let (host, path) = rest.split_once('/')?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    if !matches!(scheme, "http" | "https") || !HOSTS.contains(&host) {
        return None;
    }
    let (folder, name) = path.rsplit_once('/')?;
    let is_folder = match folder.split('/').collect::<Vec<_>>().as_slice() {
        ["spec" | "dsl", version, "errors"] => version.starts_with("1.0"),
        ["dsl" | "spec", "errors", "types"] | ["errors", "types"] | ["errors"] => true,
        _ => false,
    };
    (is_folder && !name.is_empty()).then_some(name)
}

impl FaultKind {
    fn describe(self) -> (&'static str, &'static str, u16) {
        match self {
            Self::Configuration => ("configuration", "Configuration Error", 400),
            Self::Validation => ("validation", "Validation Error", 400),
            Self::Expression => ("expression", "Expression Error", 400),
            Self::Authentication => ("authentication", "Authentication Error", 401),
            Self::Authorization => ("authorization", "Authorization Error", 403),
            Self::Timeout => ("timeout", "Timeout", 408),
            Self::Communication => ("communication", "Communication Error", 500),
            Self::Runtime => ("runtime", "Runtime Error", 500),
        }
    }

    /// A fault of this kind with its default status, for [`ActionResult::Raised`](crate::ActionResult): the engine sets the
    /// instance.
    pub fn raise(self, detail: impl Into<String>) -> Fault {
        let (name, title, status) = self.describe();
        Fault {
            r#type: format!("{STANDARD_PREFIX}{name}"),
            title: Some(title.to_owned()),
            status,
            detail: Some(detail.into()),
            instance: None,
        }
    }

    /// A fault of this kind at an instance.
    pub(crate) fn fault(self, detail: impl Into<String>, instance: &str) -> Fault {
        Fault {
            instance: Some(instance.to_owned()),
            ..self.raise(detail)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_same_type;

    #[test]
    fn a_standard_type_is_the_same_under_every_published_host_and_path() {
        let published = [
            "https://serverlessworkflow.io/spec/1.0.0/errors/timeout",
            "https://serverlessworkflow.io/dsl/errors/types/timeout",
            "https://open-workflow-specification.org/spec/1.0.0/errors/timeout",
            "https://open-workflow-specification.org/spec/1.0.3/errors/timeout",
            "https://open-workflow-specification.org/dsl/errors/types/timeout",
            "https://open-workflow-specification.org/errors/types/timeout",
        ];
        for one in published {
            for other in published {
                assert!(is_same_type(one, other), "{one} {other}");
            }
        }
    }

    #[test]
    fn other_types_are_the_same_only_if_they_are_equal() {
        let standard = "https://serverlessworkflow.io/spec/1.0.0/errors/timeout";
        for other in [
            "https://serverlessworkflow.io/spec/1.0.0/errors/runtime",
            "https://serverlessworkflow.io.example.com/spec/1.0.0/errors/timeout",
            "https://example.com/spec/1.0.0/errors/timeout",
            "https://serverlessworkflow.io/timeout",
            "timeout",
        ] {
            assert!(!is_same_type(standard, other), "{other}");
        }
        assert!(is_same_type(
            "https://example.com/a",
            "https://example.com/a"
        ));
    }
}
