//! The request to replay every execution that matches a filter, and its answer. It does not know how executions are found
//! or replayed.

use domain::limits::MAX_REPLAYED_EXECUTIONS;
use domain::{Cursor, ExecutionId, SenderDeliveryId, TriggerId, WorkflowId};
use serde::{Deserialize, Serialize};

use super::execution::{Filter, Version, parse_statuses};
use super::field::parse_moment;
use crate::body;
use crate::inbound::Inbound;
use crate::page::{Paging, read_cursor, write_cursor};
use crate::problem::Problem;
use crate::status::Code;

/// Which executions to replay, and how.
#[derive(Debug)]
pub struct ReplayAll {
    /// The executions, with how many of them and after which one.
    pub filter: Filter,
    /// Which version of the definition to run.
    pub version: Version,
    /// Whether to count them only.
    pub dry_run: bool,
}

/// What became of the executions that one request looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplaySummary {
    /// How many matched the filter.
    pub matched: usize,
    /// How many were replayed.
    pub replayed: usize,
    /// How many an earlier request had replayed.
    pub repeated: usize,
    /// How many cannot be replayed: their workflow is inactive or deleted, or they have expired.
    pub skipped: usize,
    /// When the bucket of the workflow at the cursor has a token again, if that ended the page.
    pub retry_after_ms: Option<i64>,
}

/// Which executions to replay: at least one filter.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ReplayFilter"))]
pub(crate) struct Fields {
    /// Executions of this workflow.
    workflow_id: Option<String>,
    /// Executions of this trigger.
    trigger_id: Option<String>,
    /// Executions that replay this one, or that it runs.
    parent_id: Option<String>,
    /// Executions with this status, or with one of several with commas between them.
    status: Option<String>,
    /// Executions of the webhook with this id of its sender.
    delivery_id: Option<String>,
    /// Executions created at or after this time: a date and time with any offset, or a date, which is midnight UTC.
    since: Option<String>,
    /// Executions created before this time.
    until: Option<String>,
    /// Which version of the workflow's definition to run; `current` by default.
    version: Option<Version>,
    /// How many executions to look at: 1 to 1,000, 1,000 by default.
    #[cfg_attr(test, schemars(range(min = 1, max = 1000)))]
    limit: Option<usize>,
    /// The `nextCursor` of the answer before.
    cursor: Option<String>,
    /// Whether to count them only; `false` by default.
    dry_run: Option<bool>,
}

/// Reads the body of `POST /v1/replays`. Without any filter it is refused, because it would replay everything.
pub fn replay_all(inbound: &Inbound) -> Result<ReplayAll, Problem> {
    let fields: Fields = body::typed(&body::object(inbound)?)?;
    let filter = Filter {
        workflow: parsed("workflowId", fields.workflow_id, WorkflowId::parse)?,
        trigger: parsed("triggerId", fields.trigger_id, TriggerId::parse)?,
        parent: parsed("parentId", fields.parent_id, ExecutionId::parse)?,
        statuses: parsed("status", fields.status, parse_statuses)?.unwrap_or_default(),
        delivery: parsed("deliveryId", fields.delivery_id, SenderDeliveryId::parse)?,
        since: parsed("since", fields.since, parse_moment)?,
        until: parsed("until", fields.until, parse_moment)?,
        paging: Paging {
            limit: limit(fields.limit)?,
            after: fields.cursor.as_deref().map(read_cursor).transpose()?,
        },
    };
    if filter.is_empty() {
        let detail = "Name at least one of workflowId, triggerId, parentId, status, deliveryId, since and until.";
        return Err(Problem::new(Code::InvalidField, detail));
    }
    Ok(ReplayAll {
        filter,
        version: fields.version.unwrap_or(Version::Current),
        dry_run: fields.dry_run.unwrap_or(false),
    })
}

fn parsed<T, E: std::fmt::Display>(
    name: &str,
    text: Option<String>,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, Problem> {
    text.map(|text| parse(&text))
        .transpose()
        .map_err(|error| Problem::invalid_field(format!("/{name}"), format!("{error}.")))
}

fn limit(given: Option<usize>) -> Result<usize, Problem> {
    let limit = given.unwrap_or(MAX_REPLAYED_EXECUTIONS);
    if (1..=MAX_REPLAYED_EXECUTIONS).contains(&limit) {
        return Ok(limit);
    }
    let detail = format!("limit is a whole number from 1 to {MAX_REPLAYED_EXECUTIONS}.");
    Err(Problem::invalid_field("/limit", detail))
}

/// What became of the executions that a request looked at.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReplaysView {
    /// Whether they were counted only.
    dry_run: bool,
    /// How many matched the filter.
    matched: usize,
    /// How many were replayed.
    replayed: usize,
    /// How many an earlier request had replayed.
    repeated: usize,
    /// How many cannot be replayed, because their workflow is inactive or deleted.
    skipped: usize,
    /// What `cursor` has to be to go on; `null` where there is nothing more.
    next_cursor: Option<String>,
    /// In how many seconds the next request can go on; `null` where it can at once.
    retry_after: Option<i64>,
}

/// The answer to `POST /v1/replays`.
pub fn view(
    summary: &ReplaySummary,
    dry_run: bool,
    next: Option<Cursor<ExecutionId>>,
) -> ReplaysView {
    ReplaysView {
        dry_run,
        matched: summary.matched,
        replayed: summary.replayed,
        repeated: summary.repeated,
        skipped: summary.skipped,
        next_cursor: next.as_ref().map(write_cursor),
        retry_after: summary.retry_after_ms.map(Problem::whole_seconds),
    }
}

#[cfg(test)]
mod tests {
    use domain::Status;
    use serde_json::{Value, json};

    use super::*;
    use crate::test_requests::with_body;

    fn refused(body: &Value) -> (&'static str, Option<String>) {
        let problem = replay_all(&with_body(body)).unwrap_err();
        (problem.code().as_str(), problem.place())
    }

    #[test]
    fn a_request_replays_at_most_1000_executions() {
        let of =
            |limit: usize| replay_all(&with_body(&json!({"status": "failed", "limit": limit})));
        assert_eq!(of(1_000).unwrap().filter.paging.limit, 1_000);
        assert!(of(1_001).is_err());
    }

    #[test]
    fn every_filter_is_read_and_the_rest_has_defaults() {
        let workflow = WorkflowId::derived(&["w"]);
        let body = json!({"workflowId": workflow, "status": "failed", "since": "2026-06-16",
            "until": "2026-06-17T00:00:00+02:00", "deliveryId": "d-1"});
        let request = replay_all(&with_body(&body)).unwrap();
        assert_eq!(request.filter.workflow, Some(workflow));
        assert_eq!(request.filter.statuses, [Status::Failed]);
        assert_eq!(
            request.filter.since.unwrap().to_string(),
            "2026-06-16T00:00:00.000Z"
        );
        assert_eq!(
            request.filter.until.unwrap().to_string(),
            "2026-06-16T22:00:00.000Z"
        );
        assert_eq!(request.filter.paging.limit, 1_000);
        assert_eq!(
            (request.version, request.dry_run),
            (Version::Current, false)
        );
    }

    #[test]
    fn what_would_replay_everything_or_is_malformed_is_refused() {
        for body in [json!({}), json!({"dryRun": true, "limit": 5})] {
            assert_eq!(refused(&body), ("INVALID_FIELD", None));
        }
        for (name, value) in [
            ("workflowId", json!("wf_")),
            ("status", json!("broken")),
            ("since", json!("yesterday")),
            ("version", json!("2")),
            ("limit", json!(0)),
            ("limit", json!(1_001)),
        ] {
            let mut body = json!({"status": "failed"});
            body[name] = value;
            assert_eq!(refused(&body), ("INVALID_FIELD", Some(name.to_owned())));
        }
        let largest = with_body(&json!({"status": "failed", "limit": 1_000}));
        assert_eq!(replay_all(&largest).unwrap().filter.paging.limit, 1_000);
        let cursor = json!({"status": "failed", "cursor": "x"});
        assert_eq!(refused(&cursor).0, "INVALID_CURSOR");
        assert_eq!(refused(&json!({"stauts": "failed"})).0, "UNKNOWN_FIELD");
    }

    #[test]
    fn the_answer_has_whole_seconds() {
        let summary = ReplaySummary {
            matched: 3,
            replayed: 2,
            repeated: 1,
            skipped: 0,
            retry_after_ms: Some(1_200),
        };
        let expected = json!({"dryRun": false, "matched": 3, "replayed": 2, "repeated": 1,
            "skipped": 0, "nextCursor": null, "retryAfter": 2});
        assert_eq!(json!(view(&summary, false, None)), expected);
    }
}
