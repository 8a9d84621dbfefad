//! The operations on triggers and their samples.

use serde_json::{Map, Value, json};

use super::super::operation::Operation;
use super::super::parameters::one_of;
use crate::resources::execution::{self, ListedExecution};
use crate::resources::trigger::{self, CaptureView, SampleView, TriggerView};
use crate::status::Code;

const TAG: &str = "Triggers";
const SAMPLES: &str = "Samples";

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = settings();
    operations.push(document());
    operations.extend(switches());
    operations.extend(samples());
    operations.extend(captures());
    operations
}

fn settings() -> Vec<Operation> {
    let path = "/v1/workflows/{workflowId}/triggers/{triggerId}";
    let collection = "/v1/workflows/{workflowId}/triggers";
    vec![
        Operation::new(
            "GET",
            collection,
            "listTriggers",
            "List the triggers of a workflow",
        )
        .tag(TAG)
        .lists::<TriggerView<'_>>(),
        Operation::new("POST", collection, "createTrigger", "Create a trigger")
            .tag(TAG)
            .says("The answer has its URL, and the secret of its authentication.")
            .may_take::<trigger::Fields>(json!({
                "methods": ["POST"],
                "authentication": {"scheme": "github"},
            }))
            .idempotent()
            .creates::<TriggerView<'_>>()
            .refuses(&[Code::LimitReached]),
        Operation::new("GET", path, "getTrigger", "Show a trigger")
            .tag(TAG)
            .query([one_of(
                "reveal",
                "Shows its URL too, which needs the scope `admin`.",
                &["url"],
            )])
            .says("With the last webhook that it refused although the token was right.")
            .shows::<TriggerView<'_>>("The trigger."),
        Operation::new("PATCH", path, "changeTrigger", "Change a trigger")
            .tag(TAG)
            .says("The body is a JSON merge patch (RFC 7396).")
            .takes::<trigger::Fields>(&[], json!({"ipAllowList": ["203.0.113.0/24"]}))
            .shows::<TriggerView<'_>>("The trigger as it is now.")
            .refuses(&[Code::Conflict]),
        Operation::new("DELETE", path, "deleteTrigger", "Delete a trigger")
            .tag(TAG)
            .deletes(),
    ]
}

/// The webhooks of the org as a document of their own.
fn document() -> Operation {
    Operation::new("GET", "/v1/openapi.json", "getWebhookDocument", "Describe the webhooks of the org")
        .tag(TAG)
        .says("The enabled triggers of active workflows as OpenAPI 3.1, for those who send webhooks; without tokens.")
        .query([])
        .shows::<Map<String, Value>>("The document.")
}

fn switches() -> Vec<Operation> {
    let now = "The trigger as it is now.";
    vec![
        Operation::new(
            "POST",
            "/v1/workflows/{workflowId}/triggers/{triggerId}/enable",
            "enableTrigger",
            "Let a trigger accept webhooks",
        )
        .tag(TAG)
        .shows::<TriggerView<'_>>(now)
        .refuses(&[Code::Conflict]),
        Operation::new(
            "POST",
            "/v1/workflows/{workflowId}/triggers/{triggerId}/disable",
            "disableTrigger",
            "Let a trigger refuse webhooks",
        )
        .tag(TAG)
        .shows::<TriggerView<'_>>(now)
        .refuses(&[Code::Conflict]),
        Operation::new(
            "POST",
            "/v1/workflows/{workflowId}/triggers/{triggerId}/rotate",
            "rotateTriggerToken",
            "Give a trigger a new URL",
        )
        .tag(TAG)
        .may_take::<trigger::Rotation>(json!({"overlapSeconds": 60}))
        .shows::<TriggerView<'_>>(now)
        .refuses(&[Code::Conflict]),
        Operation::new(
            "POST",
            "/v1/workflows/{workflowId}/triggers/{triggerId}/rotate-secret",
            "rotateTriggerSecret",
            "Give the authentication of a trigger a new secret",
        )
        .tag(TAG)
        .may_take::<trigger::SecretRotationFields>(json!({"overlapSeconds": 3600}))
        .shows::<TriggerView<'_>>(now)
        .refuses(&[Code::Conflict]),
    ]
}

fn samples() -> Vec<Operation> {
    let path = "/v1/workflows/{workflowId}/triggers/{triggerId}/sample";
    vec![
        Operation::new("GET", path, "getSample", "Show the sample of a trigger")
            .tag(SAMPLES)
            .shows::<SampleView>("The sample."),
        Operation::new(
            "POST",
            path,
            "setSample",
            "Set the sample and the parameters of a trigger",
        )
        .tag(SAMPLES)
        .takes::<trigger::SampleFields>(&[], json!({"json": {"order": {"id": 4711}}}))
        .shows::<TriggerView<'_>>("The trigger with its parameters.")
        .refuses(&[Code::Conflict]),
        Operation::new(
            "DELETE",
            path,
            "deleteSample",
            "Delete the sample of a trigger",
        )
        .tag(SAMPLES)
        .says("The parameters stay.")
        .deletes()
        .refuses(&[Code::Conflict]),
        Operation::new(
            "POST",
            "/v1/workflows/{workflowId}/triggers/{triggerId}/test",
            "runWithSample",
            "Run the workflow with the sample",
        )
        .tag(SAMPLES)
        .of_history()
        .may_take::<execution::TestFields>(json!({}))
        .idempotent()
        .counts_hops()
        .creates::<ListedExecution<'_>>()
        .refuses(&[
            Code::NoSample,
            Code::MissingParameter,
            Code::RateLimited,
            Code::InsufficientCredits,
        ]),
    ]
}

fn captures() -> Vec<Operation> {
    let path = "/v1/workflows/{workflowId}/triggers/{triggerId}/capture";
    vec![
        Operation::new(
            "GET",
            path,
            "getCapture",
            "Show the window in which the next request becomes the sample",
        )
        .tag(SAMPLES)
        .shows::<CaptureView>("The window, and what it got."),
        Operation::new(
            "POST",
            path,
            "openCapture",
            "Open a window in which the next request becomes the sample",
        )
        .tag(SAMPLES)
        .shows::<CaptureView>("The window.")
        .refuses(&[Code::Conflict]),
        Operation::new("DELETE", path, "closeCapture", "Close the window")
            .tag(SAMPLES)
            .deletes()
            .refuses(&[Code::Conflict]),
        Operation::new(
            "POST",
            "/v1/workflows/{workflowId}/triggers/{triggerId}/capture/confirm",
            "confirmCapture",
            "Make the captured request the sample",
        )
        .tag(SAMPLES)
        .shows::<TriggerView<'_>>("The trigger with its parameters.")
        .refuses(&[Code::NothingCaptured, Code::Conflict]),
    ]
}
