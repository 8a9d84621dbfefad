//! Lambda's recursive-loop detection ("Use Lambda recursive loop detection to prevent infinite loops"): AWS passes along
//! with each message how often the chain of invocations that led to it has invoked each function, and stops a function
//! after about 16 times, unless it is set to `RecursiveLoop: Allow`. Does not know what the messages say.

use std::collections::BTreeMap;
use std::fmt;

/// The name of the system attribute of a message that has its lineage.
pub(crate) const TRACE_HEADER: &str = "AWSTraceHeader";
/// Invocations of one function in a chain, after which Lambda stops it.
pub(crate) const MAX_INVOCATIONS: u32 = 16;

const PREFIX: &str = "Lineage=";

tokio::task_local! {
    static CURRENT: Lineage;
}

/// How often each function was invoked in the chain that led to a message or an invocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lineage(BTreeMap<String, u32>);

impl Lineage {
    /// That of the invocation, or of the request of an invocation, that this task works for.
    pub(crate) fn current() -> Self {
        CURRENT.try_with(Clone::clone).unwrap_or_default()
    }

    /// Makes it the current one of everything that the work does in its own task.
    pub(crate) async fn around<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    /// Reads what `Display` writes; the empty one where the text is another.
    pub(crate) fn read(header: &str) -> Self {
        let counts = header.strip_prefix(PREFIX).unwrap_or_default().split('|');
        let counts = counts.filter_map(|part| {
            let (function, count) = part.rsplit_once(':')?;
            Some((function.to_owned(), count.parse().ok()?))
        });
        Self(counts.collect())
    }

    /// That of a batch: of each function the highest count.
    pub(crate) fn merged(self, other: Self) -> Self {
        let mut counts = self.0;
        for (function, count) in other.0 {
            let known = counts.entry(function).or_default();
            *known = count.max(*known);
        }
        Self(counts)
    }

    /// With one invocation more.
    pub(crate) fn invoking(self, function: &str) -> Self {
        let mut counts = self.0;
        *counts.entry(function.to_owned()).or_default() += 1;
        Self(counts)
    }

    /// Invocations of a function.
    pub(crate) fn invocations(&self, function: &str) -> u32 {
        self.0.get(function).copied().unwrap_or(0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Lineage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.0.iter();
        let counts: Vec<String> = counts
            .map(|(name, count)| format!("{name}:{count}"))
            .collect();
        write!(f, "{PREFIX}{}", counts.join("|"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lineage_reads_back_counts_invocations_and_is_current_in_its_task_only() {
        let twice = Lineage::default().invoking("a").invoking("b").invoking("a");
        assert_eq!(Lineage::read(&twice.to_string()), twice);
        assert_eq!((twice.invocations("a"), twice.invocations("c")), (2, 0));
        let merged = twice
            .clone()
            .merged(Lineage::default().invoking("b").invoking("b"));
        assert_eq!((merged.invocations("a"), merged.invocations("b")), (2, 2));
        assert_eq!(
            Lineage::read("Root=1-5759e988-bd862e3fe1be46a994272793"),
            Lineage::default()
        );
        assert!(Lineage::current().is_empty());
        let seen = twice.clone().around(async { Lineage::current() }).await;
        assert_eq!(seen, twice);
    }
}
