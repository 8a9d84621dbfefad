//! The operations on executions.

use serde_json::json;

use super::super::operation::Operation;
use super::super::parameters::{id, paging, query, since_and_until, text};
use crate::page::{Page, SearchedPage};
use crate::resources::execution::{self, ExecutionView, ListedExecution};
use crate::resources::replays::{self, ReplaysView};
use crate::resources::request::RequestView;
use crate::resources::step::Step;
use crate::status::Code;

const TAG: &str = "Executions";

const LIST: &str = "Without `workflowId` it asks every workflow of the org, 16 queries of the index each. A page of an org with one workflow takes 18 requests to DynamoDB and 10 read units, with 20 workflows 322 and 162, and a request and half a unit more for every execution that it shows. Executions that have \
    not ended are looked for among those of the last 24 hours, unless `since` says otherwise; `searchedUntil` says how far.";

pub(super) fn operations() -> Vec<Operation> {
    let all = [reads(), replays(), ends()];
    let all = all.into_iter().flatten();
    all.map(|operation| operation.tag(TAG).of_history())
        .collect()
}

fn reads() -> Vec<Operation> {
    vec![
        Operation::new("GET", "/v1/executions", "listExecutions", "List executions, the newest first")
            .query([
                id("workflowId", "Executions of this workflow.", "WorkflowId"),
                id("triggerId", "Executions of this trigger.", "TriggerId"),
                id(
                    "parentId",
                    "Executions that replay this one, or that it runs.",
                    "ExecutionId",
                ),
                text(
                    "status",
                    "Executions with this status, or with one of several with commas between them: queued, running, waiting, succeeded, failed, cancelled, rejected.",
                    "failed,rejected",
                ),
                text(
                    "deliveryId",
                    "Executions of the webhook with this id of its sender.",
                    "order-4711",
                ),
            ])
            .query(since_and_until())
            .says(LIST)
            .query(paging(100, 20))
            .refuses(&[Code::InvalidCursor, Code::NotFound])
            .shows::<SearchedPage<ListedExecution<'_>>>("One page of the list."),
        Operation::new("GET", "/v1/executions/{executionId}", "getExecution", "Show an execution")
            .says("With its first steps, and the deliveries of its lifecycle events.")
            .query([query(
                "deliveries",
                "Whether to look for the deliveries, which takes a read for each subscription; `deliveries` is empty without.",
                json!({"type": "boolean", "default": true}),
                json!(true),
            )])
            .shows::<ExecutionView<'_>>("The execution."),
        Operation::new(
            "GET",
            "/v1/executions/{executionId}/steps",
            "listSteps",
            "List the steps of an execution",
        )
        .says("A step that was still running at the end of one page comes again, as it ended, on a later one.")
        .query(paging(1_000, 100))
        .refuses(&[Code::InvalidCursor])
        .shows::<Page<Step>>("One page of the steps, the first ones first."),
        Operation::new(
            "GET",
            "/v1/executions/{executionId}/request",
            "getRequest",
            "Show the request that an execution began with",
        )
        .says("`Accept: application/octet-stream` asks for the bytes, too.")
        .query([query(
            "raw",
            "Whether to answer the bytes of the body alone.",
            json!({"type": "boolean", "default": false}),
            json!(false),
        )])
        .shows::<RequestView<'_>>("The request.")
        .or_bytes(),
    ]
}

fn replays() -> Vec<Operation> {
    vec![
        Operation::new(
            "POST",
            "/v1/executions/{executionId}/replay",
            "replayExecution",
            "Run the request of an execution again",
        )
        .may_take::<execution::ReplayFields>(json!({"version": "current", "body": {"order": {"id": 4711}}}))
        .idempotent()
        .counts_hops()
        .creates::<ListedExecution<'_>>()
        .refuses(&[
            Code::WorkflowInactive,
            Code::RateLimited,
            Code::InsufficientCredits,
        ]),
        Operation::new("POST", "/v1/replays", "replayAll", "Replay all executions that match a filter")
            .says("A repeat replays nothing twice: the ids of replays are derived. To replay the same executions once more, send a new `Idempotency-Key`.")
            .takes::<replays::Fields>(&[], json!({"status": "failed", "since": "2026-06-16", "dryRun": true}))
            .idempotent()
            .counts_hops()
            .shows::<ReplaysView>("What became of them.")
            .refuses(&[Code::InvalidCursor, Code::InsufficientCredits, Code::NotFound]),
    ]
}

fn ends() -> Vec<Operation> {
    vec![
        Operation::new(
            "POST",
            "/v1/executions/{executionId}/cancel",
            "cancelExecution",
            "End an execution",
        )
        .says("Repeating it is harmless.")
        .shows::<ExecutionView<'_>>("The execution, which is cancelled.")
        .refuses(&[Code::Conflict]),
        Operation::new(
            "DELETE",
            "/v1/executions/{executionId}",
            "deleteExecution",
            "Delete an execution that has ended",
        )
        .says("503 where it has so many steps that the request has to be repeated.")
        .deletes()
        .refuses(&[Code::StillRunning]),
    ]
}
