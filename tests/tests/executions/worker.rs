//! Executions as the worker runs them: calls, waits, failures, and hostile expressions.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod hostile;
mod starved;

use serde_json::{Value, json};
use tests::{World, echoes_the_event, fails, waits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

async fn run_once(world: &World, definition: Value, event: Value) -> Value {
    let hook = world.hook(definition, json!({})).await;
    let accepted = world.post(&hook, &[], &event).await.expect(200);
    world.run().await;
    world
        .execution(accepted["executionId"].as_str().unwrap())
        .await
}

fn document(tasks: Value) -> Value {
    json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "t", "version": "1.0.0"},
        "do": tasks,
    })
}

/// A server that answers every connection with this JSON; its requests arrive in the channel.
async fn receiver(body: String) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/answers", listener.local_addr().unwrap());
    let (requests, received) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 64 * 1024];
            let length = stream.read(&mut request).await.unwrap();
            requests
                .send(String::from_utf8_lossy(&request[..length]).into_owned())
                .unwrap();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                 content-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, received)
}

#[tokio::test]
async fn a_call_carries_trace_hops_and_key_and_a_switch_uses_its_response() {
    let world = World::new().await;
    let (url, mut received) = receiver(r#"{"answer":42}"#.to_owned()).await;
    let definition = document(json!([
        {"ask": {"call": "http", "with": {"method": "post", "endpoint": url, "body": {"q": "${ .question }"}}}},
        {"judge": {"switch": [
            {"right": {"when": "${ .answer == 42 }", "then": "good"}},
            {"otherwise": {"then": "bad"}}
        ]}},
        {"good": {"set": {"verdict": "right"}, "then": "end"}},
        {"bad": {"set": {"verdict": "wrong"}}}
    ]));
    let hook = world.hook(definition, json!({})).await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let headers = [("traceparent", trace), ("sluice-hops", "2")];
    let accepted = world
        .post(&hook, &headers, &json!({"question": "6 × 9"}))
        .await
        .expect(200);
    world.run().await;
    let id = accepted["executionId"].as_str().unwrap();
    let execution = world.execution(id).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert_eq!(execution["output"], json!({"verdict": "right"}));
    let names: Vec<&str> = execution["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["ask", "judge", "good"]);
    let request = received.recv().await.unwrap().to_ascii_lowercase();
    assert!(
        request.contains(&format!("traceparent: {trace}")),
        "{request}"
    );
    assert!(request.contains("sluice-hops: 3"), "{request}");
    assert!(
        request.contains(&format!("idempotency-key: {}/", id.to_ascii_lowercase())),
        "{request}"
    );
    assert!(request.ends_with("{\"q\":\"6 × 9\"}"), "{request}");
}

#[tokio::test]
async fn a_raised_error_fails_the_execution_and_is_shown_in_the_history() {
    let world = World::new().await;
    let execution = run_once(&world, fails(), json!({})).await;
    assert_eq!(execution["status"], "failed");
    assert_eq!(
        execution["error"]["type"],
        "https://example.com/errors/broken"
    );
    assert_eq!(execution["error"]["detail"], "It never works.");
    assert_eq!(execution["error"]["instance"], "/do/0/break");
}

#[tokio::test]
async fn a_wait_holds_no_worker_and_ends_in_time() {
    let world = World::new().await;
    let hook = world.hook(waits(120), json!({})).await;
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    let id = accepted["executionId"].as_str().unwrap();
    world.run().await;
    assert_eq!(world.execution(id).await["status"], "waiting");
    world.clock.advance(119_000);
    world.run().await;
    assert_eq!(world.execution(id).await["status"], "waiting");
    world.clock.advance(1_000);
    world.run().await;
    let execution = world.execution(id).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert_eq!(execution["output"], json!({"rested": true}));
}

#[tokio::test]
async fn an_execution_keeps_the_version_it_started_with() {
    let world = World::new().await;
    let hook = world.hook(waits(60), json!({})).await;
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    world.run().await;
    let path = format!("/v1/workflows/{}", hook.workflow);
    let change = json!({"definition": fails()});
    assert_eq!(
        world.call("PATCH", &path, Some(change)).await.expect(200)["version"],
        2
    );
    world.call("DELETE", &path, None).await.expect(204);
    world.clock.advance(60_000);
    world.run().await;
    let execution = world
        .execution(accepted["executionId"].as_str().unwrap())
        .await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert_eq!(execution["workflowVersion"], 1);
}

/// The response does not fit into an item even when compressed: the execution fails with a clear error, and keeps the steps
/// before it.
#[tokio::test]
async fn data_that_is_too_large_to_store_fails_the_execution_with_a_clear_error() {
    let world = World::new().await;
    // Letters from a xorshift generator, which hardly compress.
    let mut state = 88_172_645_463_325_252_u64;
    let noise: String = (0..900_000)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(b'0' + (state % 64) as u8)
                .to_string()
                .replace('\\', "/")
        })
        .collect();
    let (url, _received) = receiver(json!({ "noise": noise }).to_string()).await;
    let definition = document(json!([
        {"first": {"set": {"kept": true}}},
        {"ask": {"call": "http", "with": {"method": "get", "endpoint": url}}}
    ]));
    let execution = run_once(&world, definition, json!({})).await;
    assert_eq!(execution["status"], "failed");
    let detail = execution["error"]["detail"].as_str().unwrap();
    assert!(detail.contains("bytes compressed"), "{detail}");
    let names = execution["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["name"].clone());
    assert_eq!(names.collect::<Vec<_>>(), ["first", "ask"]);
}
