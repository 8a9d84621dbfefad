//! Executions in answers: in a list, and one with its contents, before and after its steps are added.

use domain::limits::{MAX_PAGE_BYTES, MAX_SHOWN_OUTPUT_BYTES, MAX_SHOWN_VALUE_BYTES};
use domain::outbound::Delivery;
use domain::{
    Cost, DeliveryId, Execution, ExecutionId, SenderDeliveryId, Status, StepPosition,
    SubscriptionId, Timestamp, TriggerId, WorkflowId,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::page::{Page, escaped_bytes};
use crate::resources::step::{StepList, bounded};

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

/// An execution in a list: without its input, output, error, steps and deliveries.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ListedExecution<'a> {
    /// Its id.
    id: ExecutionId,
    /// The workflow that it runs.
    workflow_id: WorkflowId,
    /// The version of the workflow's definition that it runs.
    workflow_version: u64,
    /// The trigger that began it.
    trigger_id: TriggerId,
    /// What has become of it.
    status: Status,
    /// The sender's id of the webhook; `null` where the sender gave none.
    delivery_id: Option<&'a str>,
    /// The execution that this one replays, or that runs it; `null` where there is none.
    parent_id: Option<ExecutionId>,
    /// Whether it is a test with a trigger's sample.
    test: bool,
    /// Whether its request was edited before it was replayed.
    edited: bool,
    /// When it was recorded.
    created_at: Timestamp,
    /// When a worker first claimed it; `null` before that.
    started_at: Option<Timestamp>,
    /// When it ended; `null` before that.
    finished_at: Option<Timestamp>,
}

/// An execution with its contents, and its first steps.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ExecutionView<'a> {
    #[serde(flatten)]
    listed: ListedExecution<'a>,
    /// The event that it began with; `null` where the body of the webhook does not parse. A value that is too large is
    /// replaced by `{"omitted": …}`.
    input: Option<Value>,
    /// The result of an execution that succeeded; `null` before that. A value that is too large is replaced by
    /// `{"omitted": …}`.
    output: Option<Value>,
    /// Why it failed: `{type, title, status, detail, instance}`; `null` where it did not.
    error: Option<Value>,
    /// What it has cost so far.
    cost: CostView,
    /// Its first steps, as many as fit into the answer.
    #[cfg_attr(test, schemars(with = "Vec<crate::resources::step::Step>"))]
    steps: Vec<Value>,
    /// The cursor for `GET /v1/executions/{executionId}/steps` where there are more steps; `null` where there are none.
    next_steps_cursor: Option<String>,
    /// The deliveries of its lifecycle events.
    deliveries: Vec<CausedDelivery>,
}

/// What the records of an execution, and the workers that ran it, have used.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Cost"))]
struct CostView {
    /// DynamoDB's write units of its items, those of the indexes included.
    write_units: u64,
    /// DynamoDB's read units of loading its request and checkpoint.
    read_units: u64,
    /// For how many milliseconds workers have owned it.
    milliseconds: u64,
}

/// A delivery of a lifecycle event of an execution.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CausedDelivery {
    /// Its id.
    id: DeliveryId,
    /// The subscription that receives it.
    subscription_id: SubscriptionId,
    /// The type of the event.
    event_type: String,
    /// What has become of it.
    #[cfg_attr(test, schemars(extend("enum" = ["pending", "delivered", "exhausted", "cancelled"])))]
    status: &'static str,
}

/// An execution as lists show it.
pub fn listed(execution: &Execution) -> ListedExecution<'_> {
    ListedExecution {
        id: execution.id,
        workflow_id: execution.workflow_id,
        workflow_version: execution.workflow_version,
        trigger_id: execution.trigger_id,
        status: execution.status(),
        delivery_id: execution.delivery_id.as_ref().map(SenderDeliveryId::as_str),
        parent_id: execution.parent_id,
        test: execution.is_test,
        edited: execution.is_edited,
        created_at: execution.created_at,
        started_at: execution.started_at,
        finished_at: execution.finished_at(),
    }
}

/// An execution with its contents. Values that are too large for an answer of Lambda are replaced by a note of their
/// size.
pub fn view(execution: &Execution, contents: Contents) -> View<'_> {
    let bounded_to = |max_bytes| move |value| bounded(value, max_bytes);
    View(ExecutionView {
        listed: listed(execution),
        input: contents.input.map(bounded_to(MAX_SHOWN_VALUE_BYTES)),
        output: contents.output.map(bounded_to(MAX_SHOWN_OUTPUT_BYTES)),
        error: contents.error.map(bounded_to(MAX_SHOWN_VALUE_BYTES)),
        cost: CostView {
            write_units: contents.cost.write_units,
            read_units: contents.cost.read_units,
            milliseconds: contents.cost.owned_ms,
        },
        steps: Vec::new(),
        next_steps_cursor: None,
        deliveries: contents.deliveries.iter().map(delivery).collect(),
    })
}

fn delivery(delivery: &Delivery) -> CausedDelivery {
    CausedDelivery {
        id: delivery.id,
        subscription_id: delivery.subscription_id,
        event_type: delivery.event_type.to_string(),
        status: delivery.status().as_str(),
    }
}

/// An execution with its contents, whose steps are still to be added.
#[derive(Debug)]
pub struct View<'a>(ExecutionView<'a>);

impl<'a> View<'a> {
    /// The list for as many of the first steps as fit into the answer.
    pub fn step_list(&self) -> StepList {
        let max_bytes = MAX_PAGE_BYTES.saturating_sub(escaped_bytes(&json!(self.0)));
        StepList::new(StepPosition::default(), usize::MAX, max_bytes)
    }

    /// The whole answer. The steps that do not fit are left to `GET /v1/executions/{executionId}/steps`, with
    /// `nextStepsCursor`.
    pub fn with_steps(self, steps: Page) -> ExecutionView<'a> {
        ExecutionView {
            steps: steps.items,
            next_steps_cursor: steps.next_cursor,
            ..self.0
        }
    }
}
