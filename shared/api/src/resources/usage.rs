//! What an org used on the last days, as JSON.

use domain::{Day, UsageCounts};
use serde::Serialize;

/// What an org used on each of the last 31 days of UTC, over both environments.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "OrgUsage"))]
pub struct UsageView {
    /// Every day, the earliest first; the last one is today.
    days: Vec<DayView>,
}

/// One day. The figures can be a little too low: see the description of the operation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "DayUsage"))]
struct DayView {
    /// The date, such as `2026-06-16`.
    #[cfg_attr(test, schemars(extend("format" = "date")))]
    day: String,
    /// Executions that began to run.
    executions: u64,
    /// Executions that failed.
    failures: u64,
    /// Deliveries that their receivers accepted.
    deliveries: u64,
    /// Webhooks that were refused although their tokens were right.
    refusals: u64,
}

/// The days as answers show them.
pub fn view(days: &[(Day, UsageCounts)]) -> UsageView {
    let shown = days.iter().map(|(day, counts)| DayView {
        day: day.to_string(),
        executions: counts.executions,
        failures: counts.failures,
        deliveries: counts.deliveries,
        refusals: counts.refusals,
    });
    UsageView {
        days: shown.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_its_public_form() {
        let counts = UsageCounts {
            executions: 3,
            failures: 1,
            deliveries: 2,
            refusals: 1,
        };
        let day = "2026-06-16".parse().unwrap();
        let shown = serde_json::to_string(&view(&[(day, counts)])).unwrap();
        let expected = r#"{"days":[{"day":"2026-06-16","executions":3,"failures":1,"deliveries":2,"refusals":1}]}"#;
        assert_eq!(shown, expected);
    }
}
