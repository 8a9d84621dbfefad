//! The graph of a workflow as nested blocks: a task in a task is a block in a block, and each says where the flow goes
//! from it. Where steps are given, each block shows what became of its task.

use std::collections::HashMap;
use std::sync::Arc;

use domain::Timestamp;
use maud::{Markup, html};
use serde_json::Value;
use store::BoundedCache;

use crate::json::{self, optional, text};
use crate::parts::status;

/// Blocks on one page.
const SHOWN_BLOCKS: usize = 40;
/// Graphs that a container keeps.
const KEPT_GRAPHS: usize = 64;

/// The graphs that this container has read, by workflow and version: that of a version never changes.
pub(crate) struct Graphs(BoundedCache<(String, u64), Arc<Value>>);

impl Default for Graphs {
    fn default() -> Self {
        Self(BoundedCache::new(KEPT_GRAPHS))
    }
}

impl Graphs {
    pub(super) fn get(&self, version: &(String, u64), now: Timestamp) -> Option<Arc<Value>> {
        self.0.get(version, now)
    }

    pub(super) fn keep(&self, version: (String, u64), graph: &Arc<Value>, now: Timestamp) {
        self.0.insert(version, Arc::clone(graph), now);
    }
}

/// The blocks of a graph.
pub(crate) fn blocks(graph: &Value, steps: &[Value]) -> Markup {
    let nodes = json::list(graph, "nodes");
    let shown = nodes.get(..SHOWN_BLOCKS).unwrap_or(nodes);
    let drawing = Drawing {
        nodes: shown,
        edges: json::list(graph, "edges"),
        names: nodes
            .iter()
            .map(|node| (text(node, "id"), text(node, "name")))
            .collect(),
        states: steps
            .iter()
            .map(|step| (text(step, "path"), text(step, "status")))
            .collect(),
    };
    html! {
        div.graph { (drawing.inside(None, 0)) }
        @if shown.len() < nodes.len() { p.cut { (nodes.len() - shown.len()) " more tasks are not drawn." } }
    }
}

struct Drawing<'a> {
    nodes: &'a [Value],
    edges: &'a [Value],
    names: HashMap<&'a str, &'a str>,
    /// The status of the last step of each task.
    states: HashMap<&'a str, &'a str>,
}

/// Tasks do not stand deeper in one another than the engine allows; this bounds what a page draws.
const DRAWN_DEPTH: usize = 12;

impl Drawing<'_> {
    /// The blocks that stand in one, or in none.
    fn inside(&self, parent: Option<&str>, depth: usize) -> Markup {
        let of_parent = |node: &&Value| optional(node, "parent") == parent;
        let nodes: Vec<&Value> = self.nodes.iter().filter(of_parent).collect();
        html! {
            @if !nodes.is_empty() && depth < DRAWN_DEPTH {
                ol {
                    @for (index, node) in nodes.iter().enumerate() {
                        @let next = nodes.get(index + 1).map(|next| text(next, "id"));
                        @let before = index.checked_sub(1).and_then(|before| nodes.get(before));
                        @let is_joined = before.is_some_and(|before| self.leads(before, node));
                        (self.block(node, next, is_joined, depth))
                    }
                }
            }
        }
    }

    /// Whether the flow can go from one block straight to another.
    fn leads(&self, from: &Value, to: &Value) -> bool {
        let (from, to) = (text(from, "id"), text(to, "id"));
        let mut edges = self.edges.iter();
        edges.any(|edge| text(edge, "from") == from && text(edge, "to") == to)
    }

    fn block(&self, node: &Value, next: Option<&str>, is_joined: bool, depth: usize) -> Markup {
        let (id, kind) = (text(node, "id"), text(node, "type"));
        let state = self.states.get(id);
        let is_terminal = matches!(kind, "start" | "end");
        let look = match state {
            Some(state) => state,
            None if is_terminal => "terminal",
            None if self.states.is_empty() => "plain",
            None => "untouched",
        };
        html! {
            li class={ "block " (look) @if is_joined { " joined" } } {
                div.title {
                    span.name { (text(node, "name")) }
                    @if kind != text(node, "name") { span.kind { (kind) } }
                    @if let Some(state) = state { (status(state)) }
                }
                @for edge in self.edges.iter().filter(|edge| text(edge, "from") == id && !self.is_inside(edge, id)) {
                    (self.way(edge, next))
                }
                (self.inside(Some(id), depth + 1))
            }
        }
    }

    /// Whether an edge leads to a block that stands in this one, as one can see.
    fn is_inside(&self, edge: &Value, id: &str) -> bool {
        let to = text(edge, "to");
        let found = self.nodes.iter().find(|node| text(node, "id") == to);
        found.is_some_and(|node| optional(node, "parent") == Some(id))
    }

    /// Where the flow goes, except where it simply goes on to the next block.
    fn way(&self, edge: &Value, next: Option<&str>) -> Markup {
        let to = text(edge, "to");
        let label = optional(edge, "label");
        let is_plain = match text(edge, "kind") {
            "next" => Some(to) == next && label.is_none(),
            _ => label.is_none(),
        };
        html! {
            @if !is_plain {
                p.way {
                    @if let Some(label) = label { span.label { (label) } " " }
                    span.arrow aria-hidden="true" { "→ " } span.hidden { "goes to " }
                    (self.names.get(to).copied().unwrap_or(to))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn blocks_are_nested_and_say_where_the_flow_goes() {
        let graph = json!({
            "nodes": [
                {"id": "start", "name": "start", "type": "start", "parent": null},
                {"id": "/do/0/choose", "name": "choose", "type": "switch", "parent": null},
                {"id": "/do/1/each", "name": "each", "type": "for", "parent": null},
                {"id": "/do/1/each/for/do/0/<b>", "name": "<b>", "type": "set", "parent": "/do/1/each"},
                {"id": "end", "name": "end", "type": "end", "parent": null},
            ],
            "edges": [
                {"from": "start", "to": "/do/0/choose", "kind": "next", "label": null},
                {"from": "/do/0/choose", "to": "end", "kind": "next", "label": "nothing"},
            ],
        });
        let steps = [json!({"path": "/do/0/choose", "status": "failed"})];
        let shown = blocks(&graph, &steps).into_string();
        assert!(shown.contains("nothing</span>"), "{shown}");
        assert!(shown.contains("block failed") && shown.contains("block untouched"));
        assert!(shown.contains("&lt;b&gt;") && !shown.contains("<b>"));
        assert_eq!(shown.matches("<ol>").count(), 2);
    }
}
