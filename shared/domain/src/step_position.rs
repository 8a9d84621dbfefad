//! A position in the list of an execution's steps, which are stored in pages.

use std::fmt;

/// What comes before a step: whole pages, and steps of the page that it is in. Steps that are in no page yet count as the
/// next one: they are the first of it once it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepPosition {
    /// Pages before its page.
    pub page: u64,
    /// Steps of its page before it.
    pub step: usize,
}

impl StepPosition {
    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (page, step) = text.split_once('.')?;
        Some(Self {
            page: page.parse().ok()?,
            step: step.parse().ok()?,
        })
    }
}

impl fmt::Display for StepPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.page, self.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_back_and_another_text_is_none() {
        let position = StepPosition { page: 12, step: 3 };
        assert_eq!(StepPosition::parse(&position.to_string()), Some(position));
        for text in ["", "1", "1.", ".1", "-1.0", "1.0.0"] {
            assert_eq!(StepPosition::parse(text), None, "{text}");
        }
    }
}
