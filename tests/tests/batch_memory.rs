//! The memory of a worker whose whole batch is hostile. Each batch runs in a process of its own, whose peak Linux tells; the
//! embedded AWS and the server that the executions call are in it, too.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use futures::StreamExt as _;
use serde_json::{Value, json};
use tests::World;
use tests::crash::{batch, receive};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

/// The number of the attack that a process of [`one_batch`] makes.
const ATTACK: &str = "ATTACK";
/// What a worker needs before its first batch: its program, its libraries and its clients.
const AT_REST: usize = 48 << 20;

/// The memory of each function, by the template's default.
fn function_memory() -> usize {
    let template = include_str!("../../infra/template.yaml");
    let sizes = template
        .lines()
        .filter(|line| line.trim().starts_with("MemorySize: "));
    let sizes: Vec<&str> = sizes.map(str::trim).collect();
    assert_eq!(
        sizes,
        ["MemorySize: !Ref MemoryMegabytes"],
        "all functions have the same"
    );
    let (_, parameter) = template.split_once("\n  MemoryMegabytes:\n").unwrap();
    let mut lines = parameter.lines().map(str::trim);
    let default = lines
        .find_map(|line| line.strip_prefix("Default: "))
        .unwrap();
    default.parse::<usize>().unwrap() << 20
}

/// A server whose answers have this body, and end together: each waits for so long before its last byte.
async fn server(body: String, before_last_byte: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let answer: Arc<str> = Arc::from(head + &body);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            // A worker that has seen enough hangs up.
            tokio::spawn(async move {
                respond(stream, answer.as_bytes(), before_last_byte)
                    .await
                    .ok()
            });
        }
    });
    url
}

async fn respond(
    mut stream: TcpStream,
    answer: &[u8],
    before_last_byte: Duration,
) -> std::io::Result<()> {
    let mut request = [0; 4_096];
    if stream.read(&mut request).await? == 0 {
        return Ok(());
    }
    let (most, last) = answer.split_at(answer.len() - 1);
    stream.write_all(most).await?;
    tokio::time::sleep(before_last_byte).await;
    stream.write_all(last).await
}

fn document(tasks: Value) -> Value {
    json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "t", "version": "1.0.0"},
        "do": tasks,
    })
}

fn fork(branch: &Value) -> Value {
    let branches = (0..100).map(|at| json!({ format!("b{at}"): branch }));
    json!({"fork": {"branches": branches.collect::<Value>()}})
}

/// JSON with so many values, each of which takes far more memory than bytes.
fn zeros(values: usize) -> String {
    format!("[0{}]", ",0".repeat(values - 2))
}

fn call(url: &str) -> Value {
    json!({"call": "http", "with": {"method": "get", "endpoint": url}})
}

/// What ten hostile workflows do, by what they attack with.
async fn attacks() -> Vec<(&'static str, Value)> {
    let texts = server(
        json!("x".repeat(1_000_000)).to_string(),
        Duration::from_secs(8),
    )
    .await;
    let values = server(zeros(140_000), Duration::from_secs(1)).await;
    // Beside the event, which the state holds twice.
    let kept = server(zeros(100_000), Duration::from_secs(1)).await;
    let grow = json!({"set": {"text": "${ .text * 10 }"}});
    vec![
        (
            "branches that each copy a text of a megabyte",
            document(
                json!([{"grow": grow}, {"all": fork(&json!({"set": {"copy": "${ .text }"}}))}]),
            ),
        ),
        (
            "branches that each call for a text of a megabyte",
            document(json!([{"all": fork(&call(&texts))}])),
        ),
        (
            "branches that each call for as many values as an answer may have",
            document(json!([{"all": fork(&call(&values))}])),
        ),
        (
            "as many values as the state may have, kept while the execution waits and goes on",
            document(json!([
                {"ask": call(&kept)},
                {"keep": {"set": {"kept": "${ . }"}}},
                {"pause": {"wait": {"milliseconds": 300}}},
                {"copy": {"set": {"a": "${ .kept }"}}}
            ])),
        ),
        (
            "an expression that makes as many values as an output may have",
            document(json!([
                {"make": {"set": {"many": "${ [limit(100000; repeat(0))] }"}}},
                {"again": {"set": {"many": "${ .many }", "more": "${ .many }"}}}
            ])),
        ),
        (
            "a webhook of twenty thousand values, copied by branches that wait",
            document(json!([{"all": fork(&json!({"wait": {"seconds": 1}}))}])),
        ),
    ]
}

/// A figure of this process, in bytes.
fn memory(name: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap();
    let kilobytes: usize = line
        .trim_matches([':', ' ', '\t', 'k', 'B'])
        .parse()
        .unwrap();
    kilobytes << 10
}

/// How much one worker takes at its peak for a batch of ten executions of this workflow, and how one of them is then.
async fn peak_of_a_batch(definition: Value) -> (usize, Value) {
    let world = World::new().await;
    let hook = world.hook(definition, json!({})).await;
    let event = json!({"text": "x".repeat(50_000), "values": vec![0; 20_000]});
    for _ in 0..10 {
        world.post(&hook, &[], &event).await.expect(200);
    }
    let messages = receive(&world).await;
    assert_eq!(messages.len(), 10);
    let app = worker::App::new(world.environment_at("worker", &world.clock));
    let deadline: Timestamp = world.clock.now().plus_secs(300);
    let before = memory("VmRSS");
    // Sets the peak to what is taken now (proc_pid_clear_refs(5)).
    fs::write("/proc/self/clear_refs", "5").unwrap();
    worker::handle(&app, batch(&messages), deadline).await;
    let peak = memory("VmHWM").saturating_sub(before);
    let listed = world.call("GET", "/v1/executions?limit=1", None).await;
    let id = listed.expect(200)["items"][0]["id"].clone();
    (peak, world.execution(id.as_str().unwrap()).await)
}

#[tokio::test]
#[ignore = "the test below runs it in processes of their own"]
async fn one_batch() {
    let number: usize = std::env::var(ATTACK).unwrap().parse().unwrap();
    let (attack, definition) = attacks().await.swap_remove(number);
    let (peak, execution) = peak_of_a_batch(definition).await;
    let (status, detail) = (&execution["status"], &execution["error"]["detail"]);
    println!("{} MB for {attack}: {status} {detail}", peak >> 20);
    assert!(peak < function_memory() - AT_REST);
}

/// Makes one attack in a process of its own: whether it stayed under the memory of the function, and what it measured.
async fn outcome(attack: usize) -> (bool, String) {
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.env(ATTACK, attack.to_string());
    process.args(["--ignored", "--exact", "one_batch", "--nocapture"]);
    let output = process.output().await.unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let measured = printed.lines().find(|line| line.contains(" MB for "));
    let measured = measured.unwrap_or_default().to_owned();
    (output.status.success(), measured)
}

#[tokio::test]
async fn ten_hostile_executions_in_one_batch_stay_under_the_memory_of_the_function() {
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    let attacks = futures::stream::iter(0..attacks().await.len());
    let outcomes = attacks.map(outcome).buffer_unordered(at_once);
    let mut all_hold = true;
    for (holds, measured) in outcomes.collect::<Vec<_>>().await {
        println!("{measured}");
        all_hold &= holds;
    }
    assert!(all_hold);
}
