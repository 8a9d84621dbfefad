//! A workflow as a graph, for people who look at it: the tasks, and where the flow goes from each. Nothing runs by it.

use crate::definition::{Definition, FlowDirective, ROOT, Task, TaskKind};

/// The id of the node where the workflow begins.
const START: &str = "start";
/// The id of the node where it ends.
const END: &str = "end";

/// The tasks of a workflow, and where the flow goes from each.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// The beginning, the tasks in the order of the document, and the end.
    pub nodes: Vec<GraphNode>,
    /// Where the flow can go.
    pub edges: Vec<GraphEdge>,
}

/// A task, or the beginning or end of the workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphNode {
    /// The JSON pointer that the steps of the task carry; of the other two `start` and `end`.
    pub id: String,
    /// The name of the task.
    pub name: String,
    /// The kind as steps name it; of the other two `start` and `end`.
    pub kind: &'static str,
    /// The task in which this one stands.
    pub parent: Option<String>,
}

/// A way from one node to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphEdge {
    /// Where it begins.
    pub from: String,
    /// Where it leads.
    pub to: String,
    /// How the two stand to one another.
    pub kind: GraphEdgeKind,
    /// The name of the case, or of the part of the task that is entered.
    pub label: Option<String>,
}

/// How the nodes of an edge stand to one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphEdgeKind {
    /// From a task to one of those that stand in it.
    Enter,
    /// From a task to one that follows.
    Next,
    /// From a task to the one in which it stands.
    Leave,
}

impl GraphEdgeKind {
    /// As APIs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enter => "enter",
            Self::Next => "next",
            Self::Leave => "leave",
        }
    }
}

/// A list of tasks in a task: the name of its place, its pointer, and whether its tasks run side by side.
type Part = (&'static str, String, bool);

impl Graph {
    /// The graph of a definition.
    pub fn of(definition: &Definition) -> Self {
        let mut graph = Self::default();
        graph.node(START, START, START, None);
        let first = definition.list(ROOT).and_then(|tasks| tasks.first());
        if let Some(first) = first {
            graph.edge(START, &first.pointer, GraphEdgeKind::Next, None);
        }
        graph.list(definition, ROOT, None, false);
        graph.node(END, END, END, None);
        graph
    }

    fn node(&mut self, id: &str, name: &str, kind: &'static str, parent: Option<&str>) {
        self.nodes.push(GraphNode {
            id: id.to_owned(),
            name: name.to_owned(),
            kind,
            parent: parent.map(str::to_owned),
        });
    }

    fn edge(&mut self, from: &str, to: &str, kind: GraphEdgeKind, label: Option<&str>) {
        let edge = GraphEdge {
            from: from.to_owned(),
            to: to.to_owned(),
            kind,
            label: label.map(str::to_owned),
        };
        if !self.edges.contains(&edge) {
            self.edges.push(edge);
        }
    }

    fn list(
        &mut self,
        definition: &Definition,
        pointer: &str,
        parent: Option<&str>,
        side_by_side: bool,
    ) {
        let tasks = definition.list(pointer).unwrap_or_default();
        for (index, task) in tasks.iter().enumerate() {
            self.node(&task.pointer, &task.name, task.kind.label(), parent);
            for (label, list, side_by_side) in parts(task) {
                let inner = definition.list(&list).unwrap_or_default();
                let entered = if side_by_side { inner.len() } else { 1 };
                for first in inner.iter().take(entered) {
                    let label = Some(label);
                    self.edge(&task.pointer, &first.pointer, GraphEdgeKind::Enter, label);
                }
                self.list(definition, &list, Some(&task.pointer), side_by_side);
            }
            let following = match side_by_side {
                true => None,
                false => tasks.get(index + 1),
            };
            for (label, then) in directives(definition, task) {
                let (to, kind) = target(then, tasks, following, parent);
                self.edge(&task.pointer, to, kind, label.as_deref());
            }
        }
    }
}

/// Where a directive leads.
fn target<'a>(
    then: FlowDirective,
    tasks: &'a [Task],
    following: Option<&'a Task>,
    parent: Option<&'a str>,
) -> (&'a str, GraphEdgeKind) {
    let next = |task: &'a Task| (task.pointer.as_str(), GraphEdgeKind::Next);
    let left = match parent {
        Some(parent) => (parent, GraphEdgeKind::Leave),
        None => (END, GraphEdgeKind::Next),
    };
    match then {
        FlowDirective::Continue => following.map_or(left, next),
        FlowDirective::Jump(index) => tasks.get(index).map_or(left, next),
        FlowDirective::Exit => left,
        FlowDirective::End => (END, GraphEdgeKind::Next),
    }
}

/// Where the flow can go after a task, with the names of cases.
fn directives(definition: &Definition, task: &Task) -> Vec<(Option<String>, FlowDirective)> {
    let otherwise = (None, task.then);
    match &task.kind {
        TaskKind::Switch(cases) => {
            let source = definition.source(task).map(|task| &task["switch"]);
            let name = |index: usize| {
                let case = source.and_then(|cases| cases.get(index))?;
                case.as_object()?.keys().next().cloned()
            };
            let named = cases.iter().enumerate();
            let mut directives: Vec<_> = named
                .map(|(index, case)| (name(index), case.then))
                .collect();
            if cases.iter().all(|case| case.when.is_some()) {
                directives.push(otherwise);
            }
            directives
        }
        TaskKind::Try(try_catch) => {
            let caught = try_catch.then.map(|then| (Some("catch".to_owned()), then));
            [otherwise].into_iter().chain(caught).collect()
        }
        _ => vec![otherwise],
    }
}

/// The lists of tasks that stand in a task, in the order in which they can run.
fn parts(task: &Task) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let one_after_another = |name, list: String| (name, list, false);
    let extensions = task.extensions.iter();
    let before = extensions
        .clone()
        .filter_map(|extension| extension.before.clone());
    parts.extend(before.map(|list| one_after_another("before", list)));
    match &task.kind {
        TaskKind::Do { list } => parts.push(one_after_another("do", list.clone())),
        TaskKind::For(each) => parts.push(one_after_another("each", each.list.clone())),
        TaskKind::Try(try_catch) => {
            let tried = format!("{}/try", task.pointer);
            parts.push(one_after_another("try", tried));
            let handler = try_catch.handler.iter().cloned();
            parts.extend(handler.map(|list| one_after_another("catch", list)));
        }
        TaskKind::Fork(fork) => parts.push(("branch", fork.branches.clone(), true)),
        TaskKind::CallFunction(call) => parts.push(one_after_another("call", call.list.clone())),
        TaskKind::Set(_)
        | TaskKind::Switch(_)
        | TaskKind::CallHttp(_)
        | TaskKind::CallOpenApi(_)
        | TaskKind::CallBuiltIn(_)
        | TaskKind::Emit(_)
        | TaskKind::Run(_)
        | TaskKind::Raise(_)
        | TaskKind::Wait(_) => {}
    }
    let after = extensions.filter_map(|extension| extension.after.clone());
    parts.extend(after.map(|list| one_after_another("after", list)));
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn graph(tasks: Value) -> Graph {
        let document = json!({
            "document": {"dsl": "1.0.0", "namespace": "test", "name": "graph", "version": "1.0.0"},
            "do": tasks,
        });
        Graph::of(&Definition::parse(&document).unwrap())
    }

    fn edges(graph: &Graph) -> Vec<String> {
        let shown = |edge: &GraphEdge| {
            let label = edge.label.as_deref().unwrap_or("-");
            format!("{} {} {} {label}", edge.from, edge.kind.as_str(), edge.to)
        };
        graph.edges.iter().map(shown).collect()
    }

    #[test]
    fn tasks_follow_one_another_from_start_to_end() {
        let graph =
            graph(json!([{"a": {"set": {"x": 1}}}, {"b": {"set": {"x": 2}, "then": "end"}}]));
        let ids: Vec<&str> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
        assert_eq!(ids, ["start", "/do/0/a", "/do/1/b", "end"]);
        assert_eq!(
            edges(&graph),
            [
                "start next /do/0/a -",
                "/do/0/a next /do/1/b -",
                "/do/1/b next end -"
            ]
        );
    }

    #[test]
    fn a_switch_goes_where_its_cases_say_and_on_where_none_applies() {
        let case = |when: &str, then: &str| json!({"when": when, "then": then});
        let graph = graph(json!([
            {"choose": {"switch": [{"large": case(".x > 1", "last")}, {"none": case(".x == 0", "end")}]}},
            {"middle": {"set": {"x": 1}, "then": "exit"}},
            {"last": {"set": {"x": 2}, "then": "choose"}},
        ]));
        assert_eq!(
            edges(&graph),
            [
                "start next /do/0/choose -",
                "/do/0/choose next /do/2/last large",
                "/do/0/choose next end none",
                "/do/0/choose next /do/1/middle -",
                "/do/1/middle next end -",
                "/do/2/last next /do/0/choose -",
            ]
        );
    }

    #[test]
    fn tasks_in_tasks_are_entered_and_left() {
        let set = json!({"set": {"x": 1}});
        let graph = graph(json!([
            {"split": {"fork": {"branches": [{"one": set}, {"two": set}]}}},
            {"risk": {"try": [{"in": set}], "catch": {"do": [{"out": set}]}}},
        ]));
        assert_eq!(
            edges(&graph),
            [
                "start next /do/0/split -",
                "/do/0/split enter /do/0/split/fork/branches/0/one branch",
                "/do/0/split enter /do/0/split/fork/branches/1/two branch",
                "/do/0/split/fork/branches/0/one leave /do/0/split -",
                "/do/0/split/fork/branches/1/two leave /do/0/split -",
                "/do/0/split next /do/1/risk -",
                "/do/1/risk enter /do/1/risk/try/0/in try",
                "/do/1/risk/try/0/in leave /do/1/risk -",
                "/do/1/risk enter /do/1/risk/catch/do/0/out catch",
                "/do/1/risk/catch/do/0/out leave /do/1/risk -",
                "/do/1/risk next end -",
            ]
        );
        let inner = graph.nodes.iter().find(|node| node.name == "in").unwrap();
        assert_eq!(inner.parent.as_deref(), Some("/do/1/risk"));
        assert_eq!(inner.kind, "set");
    }
}
