//! What is wrong with a document, and where.

use std::fmt;

/// One reason why a document is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A JSON pointer (RFC 6901) to the place in the document; empty for the whole of it.
    pub pointer: String,
    /// A sentence for the author of the document.
    pub reason: String,
    /// The line in the YAML text, from 1, where it is known.
    pub line: Option<u32>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.pointer.is_empty() {
            write!(f, "{}: ", self.pointer)?;
        }
        f.write_str(&self.reason)
    }
}

/// `parent` with one more step, escaped as RFC 6901 asks.
pub(crate) fn child(parent: &str, step: &str) -> String {
    format!("{parent}/{}", step.replace('~', "~0").replace('/', "~1"))
}
