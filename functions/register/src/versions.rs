//! The versions of a workflow, the graph of one, and the check of a definition that is not stored.

use api::Problem;
use api::answer;
use api::page::Page;
use api::resources::workflow::{
    self, DefinitionGraph, GraphEdge, GraphNode, GraphView, ListedVersion, ValidationView,
    VersionNumber,
};
use domain::Workflow;
use http_function::Failure;
use lambda_http::{Body, Response};
use serde_json::Value;

use crate::workflows::{find, id};
use crate::{RequestContext, definition, off_thread};

pub(crate) async fn list(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let paging = workflow::version_paging(context.inbound)?;
    let found = find(context, id(context)?).await?;
    let before = paging.after.map_or(found.version + 1, |after| after.0);
    // One more than the page holds tells whether there is a next page.
    let workflows = &context.aws.workflows;
    let mut versions = workflows
        .versions(found.id, before, paging.limit + 1)
        .await?;
    let has_more = versions.len() > paging.limit;
    versions.truncate(paging.limit);
    let next = versions.last().filter(|_| has_more);
    let next = next.map(|(number, _)| VersionNumber(*number));
    let page = Page::of_items(
        &versions,
        next,
        |(number, _)| VersionNumber(*number),
        |(number, at)| workflow::listed_version(*number, *at, found.version),
    );
    Ok(answer::list(page))
}

pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let number = workflow::version_number(context.path_parameter("version"))?;
    let found = find(context, id(context)?).await?;
    let (listed, definition) = version(context, &found, number).await?;
    Ok(answer::ok(&workflow::version_view(listed, &definition)))
}

/// A version of a workflow, where it has had that one.
async fn version(
    context: &RequestContext<'_>,
    workflow: &Workflow,
    number: u64,
) -> Result<(ListedVersion, Value), Failure> {
    if !(1..=workflow.version).contains(&number) {
        return Err(Problem::not_found().into());
    }
    let found = context.aws.workflows.version(workflow.id, number).await?;
    let (at, definition) = found.ok_or_else(Problem::not_found)?;
    let listed = workflow::listed_version(number, at, workflow.version);
    Ok((listed, definition))
}

/// The graph of a version, the current one by default.
pub(crate) async fn graph(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let asked = workflow::asked_version(context.inbound)?;
    let found = find(context, id(context)?).await?;
    let number = asked.unwrap_or(found.version);
    let (_, definition) = version(context, &found, number).await?;
    let parsed = off_thread::compute(move || {
        let definition = engine::Definition::parse(&definition).ok()?;
        Some(engine::Graph::of(&definition))
    });
    let graph = parsed.await?.ok_or_else(|| {
        tracing::error!(workflow = %found.id, "a stored definition does not parse; it has no graph");
        Problem::internal()
    })?;
    Ok(answer::ok(&GraphView {
        version: number,
        graph: shown(graph),
    }))
}

fn shown(graph: engine::Graph) -> DefinitionGraph {
    let nodes = graph.nodes.into_iter().map(|node| GraphNode {
        id: node.id,
        name: node.name,
        r#type: node.kind,
        parent: node.parent,
    });
    let edges = graph.edges.into_iter().map(|edge| GraphEdge {
        from: edge.from,
        to: edge.to,
        kind: edge.kind.as_str(),
        label: edge.label,
    });
    DefinitionGraph {
        nodes: nodes.collect(),
        edges: edges.collect(),
    }
}

/// Checks a definition without storing it.
pub(crate) async fn validate(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let document = workflow::validation(context.inbound)?;
    let (graph, problems) = match definition::graph_of(document).await? {
        Ok(graph) => (Some(shown(graph)), Vec::new()),
        Err(problems) => (None, problems),
    };
    Ok(answer::ok(&ValidationView {
        valid: graph.is_some(),
        problems,
        graph,
    }))
}
