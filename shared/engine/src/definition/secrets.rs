//! The secrets that a document declares (`use.secrets`): their names. Their values, others know.

use super::components::Components;
use super::fields::Findings;
use super::template::Scope;
use domain::SecretName;
use serde_json::Value;

/// All are opened before each claim's work begins.
const MAX_SECRETS: usize = 50;

impl Components<'_> {
    /// The scope of what stands outside of every task.
    pub(super) fn scope(self) -> Scope {
        Scope::outermost(!self.declared().is_empty())
    }

    /// Whether the document declares that secret.
    pub(super) fn has_secret(self, name: &str) -> bool {
        self.declared().iter().any(|known| known == name)
    }

    /// The names of the secrets that the document declares.
    pub(super) fn secrets(self, findings: &mut Findings) -> Vec<String> {
        let given = self.value.and_then(|value| value.get("secrets"));
        if given.is_some_and(|given| !given.is_array()) {
            findings.add("/use/secrets", "must be a list of names");
        }
        if self.declared().len() > MAX_SECRETS {
            let reason = format!("there may be at most {MAX_SECRETS} secrets");
            findings.add("/use/secrets", reason);
        }
        let mut names = Vec::new();
        for (at, name) in self.declared().iter().enumerate() {
            let pointer = format!("/use/secrets/{at}");
            match name.as_str().map(SecretName::parse) {
                Some(Ok(name)) => names.push(name.to_string()),
                Some(Err(error)) => findings.add(&pointer, error.to_string()),
                None => findings.add(&pointer, "must be a name"),
            }
        }
        names
    }

    fn declared(&self) -> &[Value] {
        let given = self
            .value
            .and_then(|value| value.get("secrets")?.as_array());
        given.map(Vec::as_slice).unwrap_or_default()
    }
}
