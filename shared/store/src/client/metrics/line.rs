//! A line of CloudWatch's embedded metric format ("Specification: Embedded metric format" in the user guide). It does not
//! know what the numbers mean.

use domain::Timestamp;
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use super::{Count, Measured, REFUSED, Timing};

const NAMESPACE: &str = "Sluice";
const STACK: &str = "Stack";
const CODE: &str = "Code";
/// How many values one metric of a line may have.
const VALUES: usize = 100;

/// One JSON object: its members, which of them are metrics, and under which dimensions.
pub(super) struct Line<'a> {
    at: Timestamp,
    stack: &'a str,
    code: Option<&'a str>,
    metrics: Vec<(&'static str, Values<'a>)>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Values<'a> {
    Count(u64),
    Millis(&'a [u64]),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    timestamp: i64,
    cloud_watch_metrics: [Directive<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'static str,
    dimensions: &'a [&'a [&'a str]],
    metrics: Vec<Definition>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: &'static str,
    unit: &'static str,
}

impl<'a> Line<'a> {
    /// Usually one line. Each code of a refusal has a line of its own, because the code is a member of the line.
    pub(super) fn all_of(measured: &'a Measured, stack: &'a str, at: Timestamp) -> Vec<Self> {
        let plain = |metrics| Self {
            at,
            stack,
            code: None,
            metrics,
        };
        let counted = Count::ALL
            .into_iter()
            .zip(measured.counts)
            .filter(|(_, times)| *times > 0)
            .map(|(count, times)| (count.name(), Values::Count(times)));
        let mut first: Vec<_> = counted.collect();
        let mut more = Vec::new();
        for (timing, millis) in Timing::ALL.into_iter().zip(&measured.timings_ms) {
            let mut chunks = millis.chunks(VALUES);
            first.extend(
                chunks
                    .next()
                    .map(|chunk| (timing.name(), Values::Millis(chunk))),
            );
            more.extend(chunks.map(|chunk| plain(vec![(timing.name(), Values::Millis(chunk))])));
        }
        let refusals = measured.refused.iter().map(|(code, times)| Self {
            code: Some(code),
            ..plain(vec![(REFUSED, Values::Count(*times))])
        });
        let first = Some(first).filter(|first| !first.is_empty()).map(plain);
        first.into_iter().chain(more).chain(refusals).collect()
    }

    pub(super) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn definitions(&self) -> Vec<Definition> {
        let define = |(name, values): &(&'static str, Values<'_>)| Definition {
            name,
            unit: match values {
                Values::Count(_) => "Count",
                Values::Millis(_) => "Milliseconds",
            },
        };
        self.metrics.iter().map(define).collect()
    }
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let dimensions: &[&[&str]] = match self.code {
            None => &[&[STACK]],
            Some(_) => &[&[STACK], &[STACK, CODE]],
        };
        let metadata = Metadata {
            timestamp: self.at.as_millis(),
            cloud_watch_metrics: [Directive {
                namespace: NAMESPACE,
                dimensions,
                metrics: self.definitions(),
            }],
        };
        let mut line = serializer.serialize_map(None)?;
        line.serialize_entry("_aws", &metadata)?;
        line.serialize_entry(STACK, self.stack)?;
        if let Some(code) = self.code {
            line.serialize_entry(CODE, code)?;
        }
        for (name, values) in &self.metrics {
            line.serialize_entry(name, values)?;
        }
        line.end()
    }
}
