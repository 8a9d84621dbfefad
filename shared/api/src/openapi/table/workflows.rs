//! The operations on workflows.

use domain::Scope;
use serde_json::json;

use super::super::operation::Operation;
use super::super::parameters::{query, text};
use crate::resources::expression::{self, EvaluationView};
use crate::resources::workflow::{
    self, GraphView, ListedVersion, ListedWorkflow, ValidationView, VersionView, WorkflowView,
};
use crate::status::Code;

const TAG: &str = "Workflows";

/// Why a definition, or what else is set with it, is refused.
const OF_SETTINGS: [Code; 6] = [
    Code::InvalidDefinition,
    Code::DefinitionTooLarge,
    Code::SlugTaken,
    Code::Conflict,
    Code::LimitReached,
    Code::PlanLimitExceeded,
];

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = collection();
    operations.extend(one());
    operations.extend(versions());
    operations
}

fn collection() -> Vec<Operation> {
    vec![
        Operation::new("GET", "/v1/workflows", "listWorkflows", "List workflows")
            .tag(TAG)
            .says("Ordered by slug, without their definitions.")
            .query([text(
                "webhook",
                "The URL of a webhook, or the id of a workflow, trigger or hook in it: shows its workflow alone. Not with `limit` or `cursor`.",
                "https://edge.example.com/hooks/wf_01JZ5T4Q8N3R7V2X6B9D0F1G2H",
            )])
            .lists::<ListedWorkflow<'_>>(),
        Operation::new("POST", "/v1/workflows", "createWorkflow", "Create a workflow")
            .tag(TAG)
            .takes::<workflow::Fields>(
                &["name"],
                json!({
                    "name": "Orders",
                    "active": true,
                    "definition": {
                        "document": {"dsl": "1.0.0", "namespace": "demo", "name": "orders", "version": "1.0.0"},
                        "do": [{"keep": {"set": {"order": "${ .id }"}}}],
                    },
                }),
            )
            .idempotent()
            .creates::<WorkflowView<'_>>()
            .refuses(&OF_SETTINGS),
    ]
}

fn versions() -> Vec<Operation> {
    vec![
        Operation::new(
            "GET",
            "/v1/workflows/{workflowId}/versions",
            "listVersions",
            "List the versions of a workflow, the newest first",
        )
        .tag(TAG)
        .lists::<ListedVersion>(),
        Operation::new(
            "GET",
            "/v1/workflows/{workflowId}/versions/{version}",
            "getVersion",
            "Show a version of a workflow",
        )
        .tag(TAG)
        .shows::<VersionView<'_>>("The version with its definition."),
        Operation::new(
            "GET",
            "/v1/workflows/{workflowId}/graph",
            "getGraph",
            "Show a workflow as a graph",
        )
        .tag(TAG)
        .says("The ids of nodes are the JSON pointers that steps carry as `path`.")
        .query([query(
            "version",
            "The version of the definition; the current one by default.",
            json!({"type": "integer", "minimum": 1}),
            json!(1),
        )])
        .shows::<GraphView>("The graph."),
        Operation::new(
            "POST",
            "/v1/workflows/validate",
            "validateDefinition",
            "Check a definition without storing it",
        )
        .tag(TAG)
        .scope(Scope::Read)
        .takes::<workflow::DefinitionFields>(&[], json!({"definitionYaml": "do: []"}))
        .shows::<ValidationView>(
            "Whether it can be run, with its graph or everything that is wrong with it.",
        )
        .refuses(&[Code::DefinitionTooLarge]),
        Operation::new(
            "POST",
            "/v1/expressions/evaluate",
            "evaluateExpression",
            "Evaluate an expression",
        )
        .tag(TAG)
        .scope(Scope::Read)
        .says("In jq, in the sandbox and within the bounds of workflows.")
        .takes::<expression::Fields>(
            &["expression"],
            json!({"expression": ".order.id", "input": {"order": {"id": 4711}}}),
        )
        .shows::<EvaluationView>("What it gave, or why it failed."),
    ]
}

fn one() -> Vec<Operation> {
    let path = "/v1/workflows/{workflowId}";
    vec![
        Operation::new("GET", path, "getWorkflow", "Show a workflow with its definition")
            .tag(TAG)
            .shows::<WorkflowView<'_>>("The workflow."),
        Operation::new("PATCH", path, "changeWorkflow", "Change a workflow")
            .tag(TAG)
            .says("The body is a JSON merge patch (RFC 7396). A definition that changes makes a new version.")
            .takes::<workflow::Fields>(&[], json!({"name": "Orders of the shop"}))
            .shows::<WorkflowView<'_>>("The workflow as it is now.")
            .refuses(&OF_SETTINGS),
        Operation::new("DELETE", path, "deleteWorkflow", "Delete a workflow")
            .tag(TAG)
            .says("Its executions are kept.")
            .deletes()
            .refuses(&[Code::Conflict]),
        Operation::new(
            "POST",
            "/v1/workflows/{workflowId}/activate",
            "activateWorkflow",
            "Let webhooks run a workflow",
        )
        .tag(TAG)
        .shows::<WorkflowView<'_>>("The workflow as it is now.")
        .refuses(&[Code::Conflict, Code::PlanLimitExceeded]),
        Operation::new(
            "POST",
            "/v1/workflows/{workflowId}/deactivate",
            "deactivateWorkflow",
            "Let webhooks no longer run a workflow",
        )
        .tag(TAG)
        .shows::<WorkflowView<'_>>("The workflow as it is now.")
        .refuses(&[Code::Conflict, Code::PlanLimitExceeded]),
    ]
}
