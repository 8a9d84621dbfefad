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
    /// The column in that line, from 1.
    pub column: Option<u32>,
}

impl Problem {
    /// A problem at a place of the document, wherever that stands in a text.
    pub(crate) fn at(pointer: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            reason: reason.into(),
            line: None,
            column: None,
        }
    }
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
