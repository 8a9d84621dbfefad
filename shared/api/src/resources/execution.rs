//! Executions as JSON, and the filters of their list. It does not know how executions are stored.

mod view;

use domain::limits::{MAX_SHOWN_OUTPUT_BYTES, MAX_SHOWN_VALUE_BYTES};
use domain::outbound::Delivery;
use domain::{
    Cost, Cursor, Execution, ExecutionId, SenderDeliveryId, Status, Timestamp, TriggerId,
    WorkflowId,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::field::{moment, parameter};
use super::step::bounded;
use crate::body;
use crate::inbound::Inbound;
use crate::page::{Paging, only};
use crate::problem::Problem;
use crate::status::Code;

pub use view::View;

const FILTERS: [&str; 8] = [
    "workflowId",
    "triggerId",
    "status",
    "deliveryId",
    "since",
    "until",
    "limit",
    "cursor",
];

/// Which executions a client lists, the newest first. Every filter is optional, and all of them apply.
#[derive(Debug)]
pub struct Filter {
    /// Executions of this workflow.
    pub workflow: Option<WorkflowId>,
    /// Executions of this trigger.
    pub trigger: Option<TriggerId>,
    /// Executions with this status.
    pub status: Option<Status>,
    /// Executions of the webhook with this delivery id.
    pub delivery: Option<SenderDeliveryId>,
    /// Executions created at or after this time.
    pub since: Option<Timestamp>,
    /// Executions created before this time.
    pub until: Option<Timestamp>,
    /// Which page of the list.
    pub paging: Paging<Cursor<ExecutionId>>,
}

/// Which version of the workflow's definition a replay runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Version {
    /// The version that the workflow has now.
    Current,
    /// The version that the replayed execution ran.
    Original,
}

impl Version {
    /// As JSON writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Original => "original",
        }
    }
}

/// The body of a replay request.
#[derive(Debug)]
pub struct Replay {
    /// Which version of the definition to run.
    pub version: Version,
    /// The body of the request, for the fingerprint of an `Idempotency-Key`.
    pub body: Value,
}

/// What the view of one execution shows and the list does not.
#[derive(Debug)]
pub struct Contents {
    /// The event that the execution began with; `None` where the body of the webhook does not parse.
    pub input: Option<Value>,
    /// The result of an execution that succeeded.
    pub output: Option<Value>,
    /// Why the execution failed: `{type, title, status, detail, instance}`.
    pub error: Option<Value>,
    /// The deliveries of the execution's lifecycle events.
    pub deliveries: Vec<Delivery>,
    /// What it has cost so far.
    pub cost: Cost,
}

#[derive(Deserialize)]
struct ReplayFields {
    version: Option<Version>,
}

/// Reads the query of `GET /v1/executions`.
pub fn filter(inbound: &Inbound) -> Result<Filter, Problem> {
    only(inbound, &FILTERS)?;
    Ok(Filter {
        workflow: parameter(inbound, "workflowId", WorkflowId::parse)?,
        trigger: parameter(inbound, "triggerId", TriggerId::parse)?,
        status: parameter(inbound, "status", Status::parse)?,
        delivery: parameter(inbound, "deliveryId", SenderDeliveryId::parse)?,
        since: moment(inbound, "since")?,
        until: moment(inbound, "until")?,
        paging: Paging::parse(inbound)?,
    })
}

/// Reads the body of a replay request: none, or `{"version": "current" | "original"}`.
pub fn replay(inbound: &Inbound) -> Result<Replay, Problem> {
    let fields = body::object(inbound)?;
    let parsed: ReplayFields = body::typed(&fields)?;
    Ok(Replay {
        version: parsed.version.unwrap_or(Version::Current),
        body: Value::Object(fields),
    })
}

#[derive(Deserialize)]
struct TestFields {}

/// Reads the body of a request for a test: none, or `{}`. Returns it for the fingerprint of an `Idempotency-Key`.
pub fn test(inbound: &Inbound) -> Result<Value, Problem> {
    let fields = body::object(inbound)?;
    body::typed::<TestFields>(&fields)?;
    Ok(Value::Object(fields))
}

impl Filter {
    /// Whether every execution passes.
    pub(crate) fn is_empty(&self) -> bool {
        self.workflow.is_none()
            && self.trigger.is_none()
            && self.status.is_none()
            && self.delivery.is_none()
            && self.since.is_none()
            && self.until.is_none()
    }

    /// Whether an execution that was found without the index passes every filter.
    pub fn admits(&self, execution: &Execution) -> bool {
        self.workflow.is_none_or(|id| execution.workflow_id == id)
            && self.trigger.is_none_or(|id| execution.trigger_id == id)
            && self
                .status
                .is_none_or(|status| execution.status() == status)
            && self.since.is_none_or(|since| execution.created_at >= since)
            && self.until.is_none_or(|until| execution.created_at < until)
    }
}

/// An execution in a list: without its input, output, error, steps and deliveries.
pub fn listed(execution: &Execution) -> Value {
    json!({
        "id": execution.id,
        "workflowId": execution.workflow_id,
        "workflowVersion": execution.workflow_version,
        "triggerId": execution.trigger_id,
        "status": execution.status(),
        "deliveryId": execution.delivery_id.as_ref().map(SenderDeliveryId::as_str),
        "parentId": execution.parent_id,
        "test": execution.is_test,
        "createdAt": execution.created_at,
        "startedAt": execution.started_at,
        "finishedAt": execution.finished_at(),
    })
}

/// An execution with its contents. Values that are too large for an answer of Lambda are replaced by a note of their
/// size.
pub fn view(execution: &Execution, contents: Contents) -> View {
    let bounded_to = |max_bytes| move |value| bounded(value, max_bytes);
    let mut view = listed(execution);
    view["input"] = json!(contents.input.map(bounded_to(MAX_SHOWN_VALUE_BYTES)));
    view["output"] = json!(contents.output.map(bounded_to(MAX_SHOWN_OUTPUT_BYTES)));
    view["error"] = json!(contents.error.map(bounded_to(MAX_SHOWN_VALUE_BYTES)));
    view["cost"] = json!({
        "writeUnits": contents.cost.write_units,
        "readUnits": contents.cost.read_units,
        "milliseconds": contents.cost.owned_ms,
    });
    view["steps"] = Value::Array(Vec::new());
    view["nextStepsCursor"] = Value::Null;
    view["deliveries"] = contents.deliveries.iter().map(delivery).collect();
    View::of(view)
}

fn delivery(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.id,
        "subscriptionId": delivery.subscription_id,
        "eventType": delivery.event_type.to_string(),
        "status": delivery.status().as_str(),
    })
}

/// The path of an execution.
pub fn location(id: ExecutionId) -> String {
    format!("/v1/executions/{id}")
}

/// The execution cannot be replayed: its workflow was deleted.
pub fn workflow_gone() -> Problem {
    Problem::new(
        Code::NotFound,
        "The workflow of this execution was deleted; there is nothing to replay it with.",
    )
}

/// The execution cannot be deleted: it has not ended.
pub fn not_ended() -> Problem {
    Problem::new(
        Code::StillRunning,
        "Wait until the execution has ended, then delete it.",
    )
}

/// The execution has so many steps that one request does not delete them all.
pub fn delete_unfinished() -> Problem {
    Problem::unavailable_because(
        "The execution has many steps, and deleting them takes more than one request; send it again.",
    )
}

/// The execution cannot be deleted: its last lifecycle event has not been fanned out.
pub fn events_pending() -> Problem {
    Problem::new(
        Code::StillRunning,
        "The event of the execution's end has not been sent to its subscriptions; delete the execution in a minute.",
    )
}

/// The execution cannot be cancelled: it has ended.
pub fn ended(status: Status) -> Problem {
    Problem::new(
        Code::Conflict,
        format!("The execution has already ended: it is {status}."),
    )
}

#[cfg(test)]
mod tests;
