//! The stack as a whole, with the product's functions.

use http::StatusCode;
use serde_json::json;

use super::*;
use crate::seed::Demo;

fn clock() -> ManualClock {
    ManualClock::at(1_790_000_000_000)
}

fn request(method: &str, path: &str, key: &str, body: &Value) -> Request<Bytes> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {key}"))
        .body(Bytes::from(body.to_string()))
        .unwrap()
}

async fn sent(stack: &Stack, request: Request<Bytes>) -> (StatusCode, Value) {
    let response = stack.send(request).await;
    (
        response.status(),
        serde_json::from_slice(response.body()).unwrap_or_default(),
    )
}

fn path_of<'a>(demo: &'a Demo, url: &'a str) -> &'a str {
    url.strip_prefix(&demo.base_url).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_runs_its_workflow_and_its_history_shows_it() {
    let mut stack = Stack::for_tests(&clock(), Connections::InProcess)
        .await
        .unwrap();
    let demo = crate::seed::demo(&mut stack).await.unwrap();
    let hook = request(
        "POST",
        path_of(&demo, &demo.webhook_url),
        "",
        &json!({"ref": "refs/heads/main"}),
    );
    let (status, accepted) = sent(&stack, hook).await;
    assert_eq!(
        (status, &accepted["success"]),
        (StatusCode::OK, &json!(true)),
        "{accepted}"
    );
    let id = accepted["executionId"].as_str().unwrap();
    assert_eq!(stack.run_until_idle().await.unwrap(), 1);
    let show = request(
        "GET",
        &format!("/v1/executions/{id}"),
        &demo.admin_key,
        &Value::Null,
    );
    let (status, execution) = sent(&stack, show).await;
    assert_eq!(status, StatusCode::OK, "{execution}");
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert_eq!(
        execution["output"],
        json!({"message": "A push to refs/heads/main", "echoed": "/webhook"})
    );
    stack.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_on_the_same_folder_finds_the_same_demo() {
    let folder = tempfile::tempdir().unwrap();
    let start = || {
        Stack::start(Options {
            templates: TEMPLATES.map(str::to_owned).to_vec(),
            data: Data::Folder(folder.path().to_owned()),
            clock: clock().clock(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            mode: Mode::OnDemand,
            connections: Connections::Sockets,
            metrics: false,
        })
    };
    let mut first = start().await.unwrap();
    let before = crate::seed::demo(&mut first).await.unwrap();
    let hook = request(
        "POST",
        path_of(&before, &before.webhook_url),
        "",
        &json!({}),
    );
    assert_eq!(sent(&first, hook.clone()).await.0, StatusCode::OK);
    let in_use = start().await.err().unwrap();
    assert!(matches!(in_use, StartError::FolderInUse(_)), "{in_use}");
    first.shutdown().await;

    let mut second = start().await.unwrap();
    let after = crate::seed::demo(&mut second).await.unwrap();
    assert_eq!(
        (&after.admin_key, &after.workflow_id),
        (&before.admin_key, &before.workflow_id)
    );
    assert_eq!(
        path_of(&after, &after.webhook_url),
        path_of(&before, &before.webhook_url)
    );
    assert_eq!(
        second.run_until_idle().await.unwrap(),
        1,
        "the first start's message"
    );
    assert_eq!(sent(&second, hook).await.0, StatusCode::OK);
}

#[tokio::test]
async fn stacks_stand_side_by_side_and_share_nothing() {
    let clock = clock();
    let start = || Stack::for_tests(&clock, Connections::InProcess);
    let (one, other) = tokio::join!(start(), start());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_ne!(one.base_url(), other.base_url());
    let queue = one.template().queues[0].name.clone();
    one.sqs().send_text(&queue, "m").unwrap();
    assert_eq!(one.sqs().counts(&queue).unwrap().visible, 1);
    assert_eq!(other.sqs().counts(&queue).unwrap().visible, 0);
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_so() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options {
        templates: TEMPLATES.map(str::to_owned).to_vec(),
        data: Data::Memory,
        clock: clock().clock(),
        listen: taken.local_addr().unwrap(),
        mode: Mode::Whole,
        connections: Connections::InProcess,
        metrics: false,
    };
    let error = Stack::start(options.clone()).await.err().unwrap();
    assert!(error.to_string().contains("--listen"), "{error}");
    let broken = Options {
        templates: vec!["Resources: {}".to_owned()],
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        ..options
    };
    let error = Stack::start(broken).await.err().unwrap();
    assert!(error.to_string().contains("/Resources"), "{error}");
}

#[tokio::test]
async fn what_is_not_routed_is_answered_and_what_is_not_deployed_is_unknown() {
    let stack = Stack::for_tests(&clock(), Connections::InProcess)
        .await
        .unwrap();
    let (status, body) = sent(&stack, request("GET", "/nowhere", "", &Value::Null)).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::NOT_FOUND, &json!("NOT_FOUND"))
    );
    assert_eq!(
        stack.invoke("no-such-function", Value::Null).await,
        Err(Failure::Unknown)
    );
    let answer = stack
        .invoke("worker", json!({"Records": []}))
        .await
        .unwrap();
    assert_eq!(answer, json!({"batchItemFailures": []}));
}

/// How many bytes the value of each variable of `worker` can have on AWS, for a stack's name of 60 characters.
const LONGEST: [(&str, usize); 16] = [
    ("ACCOUNT_ID", 12),
    ("ALLOW_LOOPBACK", 5),
    ("CALLABLE_ARNS", 4 * 650 + 3),
    ("CONFIG_TABLE", 90),
    ("DELIVERIES_QUEUE_URL", 140),
    ("EXECUTIONS_QUEUE_URL", 140),
    ("FILES_BUCKET", 63),
    ("FILES_DOMAIN", 110),
    ("METRICS_STACK", 60),
    ("PUBLIC_BASE_URL", 200),
    ("RECORDS_TABLE", 90),
    ("RETENTION_DAYS", 3),
    ("RUNS_TABLE", 90),
    ("RUST_LOG", 5),
    ("SECRETS_KEY", 90),
    ("STACK_NAME", 60),
];

#[tokio::test]
async fn the_longest_lists_of_callable_arns_fit_into_lambdas_environment_of_4_kb() {
    let stack = Stack::for_tests(&clock(), Connections::InProcess).await;
    let stack = stack.unwrap();
    let functions = &mut stack.template().functions.iter();
    let worker = functions.find(|function| function.package == "worker");
    let names: Vec<&str> = worker
        .unwrap()
        .environment
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(names, LONGEST.map(|(name, _)| name));
    let bytes: usize = LONGEST.iter().map(|(name, most)| name.len() + most).sum();
    assert!(bytes <= 4_096, "{bytes}");
    let limited = "    Type: String\n    Default: \"\"\n    MaxLength: 650\n";
    assert_eq!(
        TEMPLATES[1].matches(limited).count(),
        4,
        "the four lists of ARNs"
    );
    assert!(
        TEMPLATES[1].contains("    MaxLength: 200\n"),
        "the base URL"
    );
}
