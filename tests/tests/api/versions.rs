//! The versions of a workflow, and its graph.

use serde_json::{Value, json};

use crate::caller::{Caller, Edge, definition};

const WORKFLOWS: &str = "/v1/workflows";

/// A workflow with three versions, as a path.
async fn changed(edge: &Edge, admin: &Caller<'_>) -> String {
    let body = json!({"name": "Orders", "definition": definition("1")});
    let made = admin.post(WORKFLOWS, &body).await;
    let path = format!("{WORKFLOWS}/{}", made.text("id"));
    for mark in ["2", "3"] {
        edge.advance(1_000);
        let patch = json!({"definition": definition(mark)});
        let changed = admin.call("PATCH", &path, &[], &patch).await;
        assert_eq!(changed.status, 200, "{changed:?}");
    }
    path
}

#[tokio::test]
async fn versions_are_listed_from_the_newest_and_each_is_shown() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let path = changed(&edge, &admin).await;
    let first = admin.get(&format!("{path}/versions?limit=2")).await;
    let expected = json!([
        {"version": 3, "current": true, "createdAt": "2026-06-16T12:17:32.231Z"},
        {"version": 2, "current": false, "createdAt": "2026-06-16T12:17:31.231Z"},
    ]);
    assert_eq!(first.json["items"], expected);
    let cursor = first.text("nextCursor");
    let rest = admin.get(&format!("{path}/versions?cursor={cursor}")).await;
    assert_eq!(rest.json["items"][0]["version"], 1);
    assert_eq!(rest.json["nextCursor"], Value::Null);

    let second = admin.get(&format!("{path}/versions/2")).await;
    assert_eq!(second.json["definition"], definition("2"));
    assert_eq!(second.json["current"], false);
    for unknown in ["0", "4", "x", "18446744073709551615"] {
        let refused = admin.get(&format!("{path}/versions/{unknown}")).await;
        assert_eq!(refused.refusal(), (404, "NOT_FOUND"), "{unknown}");
    }
    let other = edge.admin_of("other").await;
    for path in [
        format!("{path}/versions"),
        format!("{path}/versions/1"),
        format!("{path}/graph"),
    ] {
        assert_eq!(other.get(&path).await.status, 404);
    }
}

#[tokio::test]
async fn a_graph_has_the_ids_that_steps_carry() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let path = changed(&edge, &admin).await;
    let graph = admin.get(&format!("{path}/graph")).await;
    assert_eq!(graph.status, 200, "{graph:?}");
    assert_eq!(graph.json["version"], 3);
    let ids: Vec<&str> = graph.json["nodes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|node| node["id"].as_str())
        .collect();
    assert_eq!(ids, ["start", "/do/0/mark", "end"]);
    let edges = json!([
        {"from": "start", "to": "/do/0/mark", "kind": "next", "label": null},
        {"from": "/do/0/mark", "to": "end", "kind": "next", "label": null},
    ]);
    assert_eq!(graph.json["edges"], edges);
    let first = admin.get(&format!("{path}/graph?version=1")).await;
    assert_eq!(first.json["version"], 1);
    for (query, refusal) in [
        ("version=0", (400, "INVALID_PARAMETER")),
        ("versions=1", (400, "INVALID_PARAMETER")),
        ("version=4", (404, "NOT_FOUND")),
    ] {
        assert_eq!(
            admin.get(&format!("{path}/graph?{query}")).await.refusal(),
            refusal
        );
    }
}
