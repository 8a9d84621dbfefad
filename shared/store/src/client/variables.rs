//! Environment variables of a function. It does not know what they are for.

/// An environment variable is missing, or its value cannot be parsed.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {name} {problem}")]
pub struct InvalidVariable {
    name: String,
    problem: &'static str,
}

impl InvalidVariable {
    pub(crate) fn new(name: &str, problem: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            problem,
        }
    }
}

/// Looks variables up; tests and the local stack bring their own.
pub(crate) struct Variables<'a>(pub(crate) &'a dyn Fn(&str) -> Option<String>);

impl Variables<'_> {
    /// A variable whose value is empty counts as not set.
    pub(crate) fn optional(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self, name: &str) -> Result<String, InvalidVariable> {
        self.optional(name)
            .ok_or_else(|| InvalidVariable::new(name, "is not set"))
    }

    pub(crate) fn parsed<T: std::str::FromStr>(
        &self,
        name: &str,
        default: T,
        problem: &'static str,
    ) -> Result<T, InvalidVariable> {
        let invalid = |_| InvalidVariable::new(name, problem);
        self.optional(name)
            .map_or(Ok(default), |value| value.parse().map_err(invalid))
    }
}
