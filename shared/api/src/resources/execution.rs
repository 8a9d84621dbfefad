//! Executions as JSON, and the filters of their list. It does not know how executions are stored.

mod view;

use domain::{
    Cursor, Execution, ExecutionId, MAX_BODY_BYTES, SenderDeliveryId, Status, Timestamp, TriggerId,
    UnknownStatus, WebhookRequest, WorkflowId,
};
use serde::Deserialize;
use serde_json::Value;

use super::field::{moment, parameter};
use crate::body;
use crate::inbound::Inbound;
use crate::page::{Paging, only};
use crate::problem::Problem;
use crate::status::Code;

pub use view::{Contents, ExecutionView, ListedExecution, View, listed, view};

const FILTERS: [&str; 9] = [
    "workflowId",
    "triggerId",
    "parentId",
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
    /// Executions that replay this one, or that it runs.
    pub parent: Option<ExecutionId>,
    /// Executions with one of these statuses; empty for any.
    pub statuses: Vec<Status>,
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ReplayVersion"))]
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
    /// The body that the replayed request gets instead of its own.
    pub request_body: Option<Value>,
    /// The body of the request, for the fingerprint of an `Idempotency-Key`.
    pub body: Value,
}

/// How to replay an execution.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Replay"))]
pub(crate) struct ReplayFields {
    /// Which version of the workflow's definition to run; `current` by default.
    version: Option<Version>,
    /// The body that the request gets instead of its own: a text as it is, anything else as JSON.
    body: Option<Value>,
}

/// Reads the query of `GET /v1/executions`.
pub fn filter(inbound: &Inbound) -> Result<Filter, Problem> {
    only(inbound, &FILTERS)?;
    Ok(Filter {
        workflow: parameter(inbound, "workflowId", WorkflowId::parse)?,
        trigger: parameter(inbound, "triggerId", TriggerId::parse)?,
        parent: parameter(inbound, "parentId", ExecutionId::parse)?,
        statuses: parameter(inbound, "status", parse_statuses)?.unwrap_or_default(),
        delivery: parameter(inbound, "deliveryId", SenderDeliveryId::parse)?,
        since: moment(inbound, "since")?,
        until: moment(inbound, "until")?,
        paging: Paging::parse(inbound)?,
    })
}

/// Reads the query of `GET /v1/executions/{executionId}`: whether the deliveries are asked for.
pub fn wants_deliveries(inbound: &Inbound) -> Result<bool, Problem> {
    only(inbound, &["deliveries"])?;
    match inbound.parameter("deliveries") {
        None | Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => {
            let detail = "deliveries is true or false.";
            Err(Problem::invalid_parameter("deliveries", detail))
        }
    }
}

/// One status, or several with commas between them.
pub(super) fn parse_statuses(text: &str) -> Result<Vec<Status>, UnknownStatus> {
    text.split(',')
        .map(|name| Status::parse(name.trim()))
        .collect()
}

/// Reads the body of a replay request: none, or `{"version": "current" | "original", "body": …}`.
pub fn replay(inbound: &Inbound) -> Result<Replay, Problem> {
    let fields = body::object(inbound)?;
    let parsed: ReplayFields = body::typed(&fields)?;
    Ok(Replay {
        version: parsed.version.unwrap_or(Version::Current),
        request_body: parsed.body,
        body: Value::Object(fields),
    })
}

/// Nothing: the request has no fields.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "NoFields"))]
pub(crate) struct TestFields {}

/// Reads the body of a request for a test: none, or `{}`. Returns it for the fingerprint of an `Idempotency-Key`.
pub fn test(inbound: &Inbound) -> Result<Value, Problem> {
    let fields = body::object(inbound)?;
    body::typed::<TestFields>(&fields)?;
    Ok(Value::Object(fields))
}

/// The request with another body. What it was signed with proves nothing about that one.
pub fn edited(request: WebhookRequest, body: &Value) -> Result<WebhookRequest, Problem> {
    let (text, is_json) = match body {
        Value::String(text) => (text.clone(), false),
        other => (other.to_string(), true),
    };
    if text.len() > MAX_BODY_BYTES {
        let detail = format!("The body of a request has at most {MAX_BODY_BYTES} bytes.");
        return Err(Problem::new(Code::BodyTooLarge, detail));
    }
    let mut headers = request.headers;
    if is_json {
        headers.retain(|(name, _)| name != "content-type");
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    let request = WebhookRequest {
        headers,
        body: text.into_bytes(),
        verified_by: None,
        ..request
    };
    match domain::event(&request) {
        Ok(_) => Ok(request),
        Err(_) => Err(Problem::invalid_field(
            "/body",
            "The body cannot be read as its content type says.",
        )),
    }
}

impl Filter {
    /// Whether it asks for executions alone that have not ended.
    pub fn is_in_flight(&self) -> bool {
        let in_flight = [Status::Queued, Status::Running, Status::Waiting];
        let mut statuses = self.statuses.iter();
        !self.statuses.is_empty() && statuses.all(|status| in_flight.contains(status))
    }

    /// Whether every execution passes.
    pub(crate) fn is_empty(&self) -> bool {
        self.workflow.is_none()
            && self.trigger.is_none()
            && self.parent.is_none()
            && self.statuses.is_empty()
            && self.delivery.is_none()
            && self.since.is_none()
            && self.until.is_none()
    }

    /// Whether an execution that was found without the index passes every filter.
    pub fn admits(&self, execution: &Execution) -> bool {
        self.workflow.is_none_or(|id| execution.workflow_id == id)
            && self.trigger.is_none_or(|id| execution.trigger_id == id)
            && self.parent.is_none_or(|id| execution.parent_id == Some(id))
            && (self.statuses.is_empty() || self.statuses.contains(&execution.status()))
            && self.since.is_none_or(|since| execution.created_at >= since)
            && self.until.is_none_or(|until| execution.created_at < until)
    }
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
