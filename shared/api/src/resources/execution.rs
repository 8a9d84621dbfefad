//! Executions as JSON, and the filters of their list. It does not know how they are found.

use std::cmp::Ordering;

use domain::outbound::Delivery;
use domain::{Execution, ExecutionId, SenderDeliveryId, Status, Timestamp, TriggerId, WorkflowId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::field::{moment, parameter};
use super::step::Step;
use crate::body;
use crate::inbound::Inbound;
use crate::page::{Paging, Position, only};
use crate::problem::Problem;
use crate::status::Code;

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

/// Which executions a client wants to see, newest first.
#[derive(Debug)]
pub struct Filter {
    pub workflow: Option<WorkflowId>,
    pub trigger: Option<TriggerId>,
    pub status: Option<Status>,
    pub delivery: Option<SenderDeliveryId>,
    /// Created at or after.
    pub since: Option<Timestamp>,
    /// Created before.
    pub until: Option<Timestamp>,
    pub paging: Paging<Place>,
}

/// A place in a list of executions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub created_at: Timestamp,
    pub id: ExecutionId,
}

/// Which version of the workflow a replay runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Version {
    Current,
    Original,
}

/// What a client wants replayed.
#[derive(Debug)]
pub struct Replay {
    pub version: Version,
    /// The request as it came in, by which a repeat is known.
    pub body: Value,
}

/// What an execution holds beside its state.
#[derive(Debug)]
pub struct Contents {
    /// `None` where the body of its request cannot be read.
    pub input: Option<Value>,
    pub output: Option<Value>,
    /// `{type, title, status, detail, instance}`.
    pub error: Option<Value>,
    pub steps: Vec<Step>,
    /// Those that it caused.
    pub deliveries: Vec<Delivery>,
}

#[derive(Deserialize)]
struct ReplayFields {
    version: Option<Version>,
}

/// The filters of `GET /v1/executions`; all are optional, and all must hold.
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

/// The body of a replay: none, or `{"version": "current" | "original"}`.
pub fn replay(inbound: &Inbound) -> Result<Replay, Problem> {
    let fields = body::object(inbound)?;
    let parsed: ReplayFields = body::typed(&fields)?;
    Ok(Replay {
        version: parsed.version.unwrap_or(Version::Current),
        body: Value::Object(fields),
    })
}

impl Filter {
    /// Whether an execution that was found otherwise passes.
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

/// An execution in a list: without what it holds.
pub fn listed(execution: &Execution) -> Value {
    json!({
        "id": execution.id,
        "workflowId": execution.workflow_id,
        "workflowVersion": execution.workflow_version,
        "triggerId": execution.trigger_id,
        "status": execution.status(),
        "deliveryId": execution.delivery_id.as_ref().map(SenderDeliveryId::as_str),
        "parentId": execution.parent_id,
        "createdAt": execution.created_at,
        "startedAt": execution.started_at,
        "finishedAt": execution.finished_at(),
    })
}

/// The whole execution.
pub fn view(execution: &Execution, contents: Contents) -> Value {
    let mut view = listed(execution);
    view["input"] = json!(contents.input);
    view["output"] = json!(contents.output);
    view["error"] = json!(contents.error);
    view["steps"] = json!(contents.steps);
    view["deliveries"] = contents.deliveries.iter().map(delivery).collect();
    view
}

fn delivery(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.id,
        "subscriptionId": delivery.subscription_id,
        "eventType": delivery.event_type.to_string(),
        "status": delivery.status().as_str(),
    })
}

pub fn location(id: ExecutionId) -> String {
    format!("/v1/executions/{id}")
}

/// Without its workflow an execution cannot be replayed.
pub fn workflow_gone() -> Problem {
    Problem::new(
        Code::NotFound,
        "The workflow of this execution was deleted; there is nothing to replay it with.",
    )
}

/// Only what has ended can be deleted.
pub fn not_ended() -> Problem {
    Problem::new(
        Code::StillRunning,
        "Wait until the execution has ended, then delete it.",
    )
}

/// What subscribers have yet to be told of is kept until they are.
pub fn not_told() -> Problem {
    Problem::new(
        Code::StillRunning,
        "Subscribers have yet to be told how the execution ended; delete it in a minute.",
    )
}

/// What has ended one way cannot end another.
pub fn ended(status: Status) -> Problem {
    Problem::new(
        Code::Conflict,
        format!("The execution has ended before: it is {status}."),
    )
}

impl Place {
    pub fn of(execution: &Execution) -> Self {
        Self {
            created_at: execution.created_at,
            id: execution.id,
        }
    }
}

/// What comes later in a list is greater; a list begins with the newest.
impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some((other.created_at, other.id).cmp(&(self.created_at, self.id)))
    }
}

impl Position for Place {
    const LIST: &'static str = "executions";

    fn write(&self) -> String {
        format!("{} {}", self.created_at.as_millis(), self.id)
    }

    fn read(text: &str) -> Option<Self> {
        let (millis, id) = text.split_once(' ')?;
        Some(Self {
            created_at: Timestamp::from_millis(millis.parse().ok()?),
            id: ExecutionId::parse(id).ok()?,
        })
    }
}

#[cfg(test)]
mod tests;
