//! The secrets that a document declares (`use.secrets`): their names. Their values, others know.

use super::components::Components;
use super::fields::Findings;
use super::template::Scope;
use serde_json::Value;

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
        let mut names = Vec::new();
        for (at, name) in self.declared().iter().enumerate() {
            match name.as_str() {
                Some(name) if !name.is_empty() => names.push(name.to_owned()),
                Some(_) | None => findings.add(&format!("/use/secrets/{at}"), "must be a name"),
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
