//! `use.secrets`: the names of the secrets that a document declares. Their values are handed to the engine at run time.

use super::components::Components;
use super::diagnostics::Diagnostics;
use super::scope::Scope;
use domain::SecretName;
use serde_json::Value;

/// The most secrets of a document: the worker decrypts all of them before it runs an execution.
const MAX_SECRETS: usize = 50;

impl Components<'_> {
    /// The scope outside of every task.
    pub(super) fn scope(self) -> Scope {
        Scope::outermost(!self.declared().is_empty())
    }

    /// Whether the document declares that secret.
    pub(super) fn has_secret(self, name: &str) -> bool {
        self.declared().iter().any(|known| known == name)
    }

    /// The names of the secrets that the document declares.
    pub(super) fn secrets(self, diagnostics: &mut Diagnostics) -> Vec<String> {
        let given = self.value.and_then(|value| value.get("secrets"));
        if given.is_some_and(|given| !given.is_array()) {
            diagnostics.add("/use/secrets", "must be a list of names");
        }
        if self.declared().len() > MAX_SECRETS {
            let reason = format!("there may be at most {MAX_SECRETS} secrets");
            diagnostics.add("/use/secrets", reason);
        }
        let mut names = Vec::new();
        for (at, name) in self.declared().iter().enumerate() {
            let pointer = format!("/use/secrets/{at}");
            match name.as_str().map(SecretName::parse) {
                Some(Ok(name)) => names.push(name.to_string()),
                Some(Err(error)) => diagnostics.add(&pointer, error.to_string()),
                None => diagnostics.add(&pointer, "must be a name"),
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
