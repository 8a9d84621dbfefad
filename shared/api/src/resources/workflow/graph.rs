//! The graph of a workflow as JSON. It does not know how a definition becomes one.

use serde::Serialize;

/// The graph of a version of a workflow.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GraphView {
    /// The version of the definition.
    pub version: u64,
    /// Its graph.
    #[serde(flatten)]
    pub graph: DefinitionGraph,
}

/// The tasks of a definition, and where the flow goes from each.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DefinitionGraph {
    /// The beginning, the tasks in the order of the document, and the end.
    pub nodes: Vec<GraphNode>,
    /// Where the flow can go.
    pub edges: Vec<GraphEdge>,
}

/// A task, or the beginning or end of the workflow.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GraphNode {
    /// The JSON pointer that the steps of the task carry as `path`; of the other two `start` and `end`.
    pub id: String,
    /// The name of the task.
    pub name: String,
    /// The kind as steps name it, such as `set` or `call:http`; of the other two `start` and `end`.
    pub r#type: &'static str,
    /// The id of the task in which this one stands; `null` where there is none.
    pub parent: Option<String>,
}

/// A way from one node to another.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GraphEdge {
    /// The id of the node where it begins.
    pub from: String,
    /// The id of the node where it leads.
    pub to: String,
    /// Into a task that stands in the first one, on to one that follows, or out to the one in which it stands.
    #[cfg_attr(test, schemars(extend("enum" = ["enter", "next", "leave"])))]
    pub kind: &'static str,
    /// The name of the case, or of the part of the task that is entered; `null` where there is none.
    pub label: Option<String>,
}
