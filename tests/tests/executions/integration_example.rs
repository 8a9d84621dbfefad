//! Runs the integration that docs/workflows.md shows: a GitHub event, a `switch` on its action, a call with retries, a row,
//! and the history of the execution. The document is read from that page.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tests::{Hook, World};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

fn read(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// A fake GitHub that answers 503 twice, and then with a user.
async fn github() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/users/mira", listener.local_addr().unwrap());
    let asked = AtomicUsize::new(0);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 16 * 1024];
            assert!(stream.read(&mut request).await.unwrap() > 0);
            let status = match asked.fetch_add(1, Ordering::Relaxed) {
                0 | 1 => "503 Service Unavailable",
                _ => "200 OK",
            };
            let body = r#"{"name":"Mira Lindqvist","company":"@acme-robotics"}"#;
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n\
                 content-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url
}

/// A workflow with the page's document, and a trigger for it.
async fn issue_worksheet(world: &World) -> Hook {
    let page = read("docs/workflows.md");
    let document = read("events/github-issue.workflow.yaml");
    assert!(page.contains(&format!("```yaml\n{document}```")));
    let body = json!({"name": "Issues", "active": true, "definitionYaml": document});
    let made = world.call("POST", "/v1/workflows", Some(body)).await;
    let id = made.expect(201)["id"].as_str().unwrap().to_owned();
    world.trigger(&id, json!({})).await
}

async fn deliver(world: &World, hook: &Hook, event: &Value, delivery: &str) -> Value {
    let headers = [
        ("x-github-event", "issues"),
        ("x-github-delivery", delivery),
    ];
    let accepted = world.post(hook, &headers, event).await.expect(200);
    let id = accepted["executionId"].as_str().unwrap();
    world.run().await;
    // Longer than the two delays between the attempts.
    for _ in 0..3 {
        world.clock.advance(10_000);
        world.run().await;
    }
    world.execution(id).await
}

async fn row(world: &World) -> Option<(Value, u64)> {
    let rows = world.stack.environment("worker").unwrap().records;
    let table = domain::RecordTable::parse("issues").unwrap();
    let key = domain::RecordKey::parse("acme-robotics/dock-scheduler#347").unwrap();
    let found = rows.get(world.tenant, &table, &key).await.unwrap();
    found.map(|row| (row.item, row.version))
}

#[tokio::test]
async fn a_github_issue_becomes_a_row_that_later_events_update() {
    let world = World::new().await;
    let hook = issue_worksheet(&world).await;
    let mut event: Value = serde_json::from_str(&read("events/github-issue.body.json")).unwrap();
    event["issue"]["user"]["url"] = github().await.into();

    let opened = deliver(&world, &hook, &event, "opened").await;
    assert_eq!(opened["status"], "succeeded", "{opened}");
    let steps: Vec<(&str, &str)> = opened["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            (
                step["name"].as_str().unwrap(),
                step["type"].as_str().unwrap(),
            )
        })
        .collect();
    for step in [
        ("sort", "switch"),
        ("ask", "call:http"),
        ("keep", "call:records.put"),
    ] {
        assert!(steps.contains(&step), "{steps:?}");
    }
    let mut item = json!({
        "title": "Two trucks with one name share a dock",
        "state": "open",
        "reporter": "Mira Lindqvist",
        "company": "@acme-robotics",
    });
    assert_eq!(row(&world).await, Some((item.clone(), 1)));

    event["action"] = "closed".into();
    event["issue"]["state"] = "closed".into();
    deliver(&world, &hook, &event, "closed").await;
    item["state"] = "closed".into();
    assert_eq!(row(&world).await, Some((item.clone(), 2)));
    let again = deliver(&world, &hook, &event, "closed").await;
    assert_eq!(again["status"], "succeeded");
    assert_eq!(
        row(&world).await,
        Some((item, 2)),
        "a duplicate runs nothing"
    );

    event["action"] = "labeled".into();
    let labeled = deliver(&world, &hook, &event, "labeled").await;
    assert_eq!(labeled["steps"].as_array().unwrap().len(), 1, "{labeled}");
    event["action"] = "deleted".into();
    let deleted = deliver(&world, &hook, &event, "deleted").await;
    assert_eq!(deleted["output"], json!({"deleted": true}), "{deleted}");
    assert_eq!(row(&world).await, None);
}
