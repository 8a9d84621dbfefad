//! Files that webhooks name, in workflows: what a step sees of one, what its calls send, how long it is kept, and how an
//! execution fails that names one which is not there.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use domain::FileKey;
use serde_json::{Value, json};
use tests::receiver::{Receiver, Reply};
use tests::{Hook, World, echoes_the_event, target};

const DAY_MS: i64 = 86_400_000;

fn workflow(tasks: Value) -> Value {
    json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "files", "version": "1.0.0"},
        "do": tasks,
    })
}

/// A call that posts this to the receiver.
fn posts(receiver: &Receiver, headers: Value, body: Value) -> Value {
    let with =
        json!({"method": "post", "endpoint": receiver.url, "headers": headers, "body": body});
    workflow(json!([{"send": {"call": "http", "with": with}}]))
}

async fn run(world: &World, hook: &Hook, variables: Value) -> Value {
    let body = json!({"variables": variables});
    let accepted = world.post(hook, &[], &body).await.expect(200);
    world.run().await;
    world
        .execution(accepted["executionId"].as_str().unwrap())
        .await
}

#[tokio::test]
async fn a_key_and_a_list_of_keys_become_files_and_are_kept() {
    let world = World::new().await;
    let (a, b) = (
        world.file("a.txt", "text/plain", b"hello").await,
        world.file("b.pdf", "application/pdf", b"%PDF").await,
    );
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let variables = json!({"note": "of_course", "report": a, "pages": [a, b]});
    let ended = run(&world, &hook, variables).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
    let seen = &ended["output"]["event"]["variables"];
    let file = |key: &str, name: &str, kind: &str, size: u64| {
        let url = format!("https://sluice-file.invalid/{key}");
        json!({"fileKey": key, "name": name, "size": size, "contentType": kind, "url": url})
    };
    let (a_seen, b_seen) = (
        file(&a, "a.txt", "text/plain", 5),
        file(&b, "b.pdf", "application/pdf", 4),
    );
    assert_eq!(seen["report"], a_seen);
    assert_eq!(seen["pages"], json!([a_seen, b_seen]));
    assert_eq!(seen["note"], "of_course");
    for key in [&a, &b] {
        assert_eq!(world.file_tags(key).await.unwrap(), "kept=64-days");
        let shown = world.call("GET", &format!("/v1/files/{key}"), None).await;
        assert_eq!(shown.expect(200)["status"], "used");
    }
    // As long as the execution, whose retention is thirty days.
    world.clock.advance(30 * DAY_MS - 120_000);
    world.execution(ended["id"].as_str().unwrap()).await;
    let replayed = world
        .call(
            "POST",
            &format!("/v1/executions/{}/replay", ended["id"].as_str().unwrap()),
            None,
        )
        .await
        .expect(201);
    world.run().await;
    let again = world.execution(replayed["id"].as_str().unwrap()).await;
    assert_eq!(again["output"]["event"]["variables"]["report"], a_seen);
}

#[tokio::test]
async fn a_step_reads_a_file_by_its_url_which_no_history_shows() {
    let world = World::new().await;
    let key = world.file("a.html", "text/html", b"<b>hello</b>").await;
    let get =
        json!({"method": "get", "endpoint": "${ .variables.page.url }", "output": "response"});
    let definition = workflow(json!([{"read": {"call": "http", "with": get}}]));
    let hook = world.hook(definition, json!({})).await;
    let ended = run(&world, &hook, json!({"page": key})).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
    let output = &ended["output"];
    assert_eq!(output["content"], "<b>hello</b>", "{output}");
    assert_eq!(
        output["headers"]["content-type"],
        "application/octet-stream"
    );
    let disposition = &output["headers"]["content-disposition"];
    assert_eq!(disposition, "attachment; filename*=UTF-8''a.html");
    assert!(!ended.to_string().contains("X-Amz-Signature"), "{ended}");
}

#[tokio::test]
async fn a_url_in_the_query_the_headers_or_the_body_of_a_call_works() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let key = world.file("a.txt", "text/plain", b"hello").await;
    let with = json!({
        "method": "post",
        "endpoint": receiver.url,
        "query": {"src": "${ .variables.a.url }"},
        "headers": {"x-src": "${ .variables.a.url }"},
        "body": {"src": "${ .variables.a.url }"},
    });
    let definition = workflow(json!([{"send": {"call": "http", "with": with}}]));
    let hook = world.hook(definition, json!({})).await;
    let ended = run(&world, &hook, json!({"a": key})).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
    let taken = receiver.taken().remove(0);
    let query = taken.path.split_once("?src=").unwrap().1;
    let query = percent_decoded(query);
    let urls = [
        query,
        taken.headers["x-src"].clone(),
        taken.json()["src"].as_str().unwrap().to_owned(),
    ];
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for url in urls {
        let response = http.get(&url).send().await.unwrap();
        assert_eq!(response.text().await.unwrap(), "hello", "{url}");
    }
}

fn percent_decoded(text: &str) -> String {
    let mut pairs = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let digit = |byte: u8| char::from(byte).to_digit(16).unwrap() as u8;
        pairs.push(match byte {
            b'%' => digit(bytes.next().unwrap()) << 4 | digit(bytes.next().unwrap()),
            other => other,
        });
    }
    String::from_utf8(pairs).unwrap()
}

#[tokio::test]
async fn a_call_sends_the_bytes_of_a_file_as_its_body_or_as_a_part() {
    let world = World::new().await;
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| (n >> 3) as u8).collect();
    let key = world.file("a 1.bin", "image/png", &bytes).await;
    let receiver = Receiver::answering(200).await;
    let kind = json!({"content-type": "${ .variables.a.contentType }"});
    let hook = world
        .hook(
            posts(&receiver, kind, json!("${ .variables.a }")),
            json!({}),
        )
        .await;
    let ended = run(&world, &hook, json!({"a": key})).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
    let taken = receiver.taken().remove(0);
    assert_eq!(taken.headers["content-type"], "image/png");
    assert_eq!(taken.headers["content-length"], "1000000");
    assert!(taken.body == bytes, "the bytes differ");

    let form = json!({"note": "hi", "files": "${ .variables.pages }"});
    let kind = json!({"content-type": "multipart/form-data"});
    let hook = world.hook(posts(&receiver, kind, form), json!({})).await;
    let other = world.file("b.txt", "text/plain", b"hello").await;
    let ended = run(&world, &hook, json!({"pages": [key, other]})).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
    let taken = receiver.taken().remove(1);
    let kind = &taken.headers["content-type"];
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let part = |head: &str, body: &[u8]| {
        let mut part =
            format!("--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n").into_bytes();
        part.extend(body);
        part.extend(b"\r\n");
        part
    };
    let expected = [
        part("name=\"note\"", b"hi"),
        part(
            "name=\"files\"; filename=\"a 1.bin\"\r\nContent-Type: image/png",
            &bytes,
        ),
        part(
            "name=\"files\"; filename=\"b.txt\"\r\nContent-Type: text/plain",
            b"hello",
        ),
        format!("--{boundary}--\r\n").into_bytes(),
    ];
    assert!(taken.body == expected.concat(), "the form differs");
}

#[tokio::test]
async fn an_execution_that_names_a_file_which_is_not_there_fails_by_its_name() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let unknown = FileKey::derived(&["unknown"]).to_string();
    let other_org = {
        let key = world.key_of("two").await;
        let answer = world
            .upload_as(&key, &[("a", "a/b", b"x")])
            .await
            .expect(200);
        answer["data"]["files"][0]["fileKey"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let announced = world.announce("a", "a/b", 1).await;
    let announced = announced["fileKey"].as_str().unwrap().to_owned();
    let expired = world.file("a", "a/b", b"x").await;
    let deleted = world.file("a", "a/b", b"x").await;
    world
        .call("DELETE", &format!("/v1/files/{deleted}"), None)
        .await;
    for (key, problem) in [
        (&unknown, "is unknown or has expired"),
        (&other_org, "is unknown or has expired"),
        (&deleted, "is unknown or has expired"),
        (&announced, "was announced and not uploaded"),
    ] {
        fails(&world, &hook, key, problem).await;
    }
    world.clock.advance(DAY_MS);
    fails(&world, &hook, &expired, "is unknown or has expired").await;
    let tags = world.file_tags(&expired).await.unwrap();
    assert_eq!(tags, "kept=unused", "nothing keeps it");
}

async fn fails(world: &World, hook: &Hook, key: &str, problem: &str) {
    let ended = run(world, hook, json!({"doc": [key]})).await;
    assert_eq!(ended["status"], "failed", "{ended}");
    let detail = format!("the variable `doc` names the file {key}, which {problem}");
    assert_eq!(ended["error"]["detail"], detail.as_str());
}

#[tokio::test]
async fn as_many_files_as_may_be_are_named_and_one_more_fails() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let mut keys = Vec::new();
    for _ in 0..=domain::limits::MAX_EVENT_FILES {
        keys.push(world.file("a", "a/b", b"x").await);
    }
    let ended = run(&world, &hook, json!({ "docs": keys })).await;
    assert_eq!(ended["status"], "failed");
    let detail = ended["error"]["detail"].as_str().unwrap();
    assert!(detail.contains("at most 20"), "{detail}");
    keys.pop();
    let ended = run(&world, &hook, json!({ "docs": keys, "again": keys })).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
}

#[tokio::test]
async fn a_call_sends_as_many_files_as_may_be_and_carries_as_many_urls() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let key = world.file("a", "a/b", b"x").await;
    let form = json!({"content-type": "multipart/form-data"});
    let files = posts(&receiver, form, json!({"files": "${ .variables.all }"}));
    let files = world.hook(files, json!({})).await;
    let text = json!({"content-type": "text/plain"});
    let urls = posts(&receiver, text, json!("${ .variables.text }"));
    let urls = world.hook(urls, json!({})).await;
    let references = |count: usize| {
        let keys = (0..count).map(|n| FileKey::derived(&[&n.to_string()]));
        let urls = keys.map(|key| format!("https://sluice-file.invalid/{key} "));
        json!({"text": urls.collect::<String>()})
    };
    for (count, status, calls) in [(20, "succeeded", 2), (21, "failed", 2)] {
        let ended = run(&world, &files, json!({"all": vec![&key; count]})).await;
        assert_eq!(ended["status"], status, "{ended}");
        let ended = run(&world, &urls, references(count)).await;
        assert_eq!(ended["status"], status, "{ended}");
        if status == "failed" {
            let detail = ended["error"]["detail"].as_str().unwrap();
            assert!(detail.contains("at most 20 files"), "{detail}");
        }
        assert_eq!(receiver.taken().len(), calls);
    }
}

#[tokio::test]
async fn a_file_outlasts_a_long_wait_and_its_url_works_after_it() {
    let world = World::new().await;
    let key = world.file("a.txt", "text/plain", b"hello").await;
    let get = json!({"method": "get", "endpoint": "${ .variables.a.url }"});
    let definition = workflow(json!([
        {"rest": {"wait": {"days": 100}}},
        {"read": {"call": "http", "with": get}},
    ]));
    let hook = world.hook(definition, json!({})).await;
    let waiting = run(&world, &hook, json!({"a": key})).await;
    assert_eq!(waiting["status"], "waiting", "{waiting}");
    assert_eq!(world.file_tags(&key).await.unwrap(), "kept=256-days");
    world.clock.advance(100 * DAY_MS + 60_000);
    world.stack.invoke("sweep", json!({})).await.unwrap();
    world.run().await;
    let ended = world.execution(waiting["id"].as_str().unwrap()).await;
    assert_eq!(
        (&ended["status"], &ended["output"]),
        (&json!("succeeded"), &json!("hello"))
    );
}

#[tokio::test]
async fn a_workflow_that_another_runs_gets_the_files_that_it_passes_on() {
    let world = World::new().await;
    let key = world.file("a.txt", "text/plain", b"hello").await;
    let get = json!({"method": "get", "endpoint": "${ .variables.a.url }"});
    let mut child = workflow(json!([{"read": {"call": "http", "with": get}}]));
    child["document"]["name"] = json!("child");
    world.hook(child, json!({})).await;
    let parent = workflow(json!([{"start": {"run": {"workflow": {
        "namespace": "tests", "name": "child", "version": "1.0.0",
        "input": {"variables": "${ .variables }"},
    }}}}]));
    let hook = world.hook(parent, json!({})).await;
    let begun = run(&world, &hook, json!({"a": key})).await;
    for _ in 0..3 {
        world.clock.advance(60_000);
        world.stack.invoke("sweep", json!({})).await.unwrap();
        world.run().await;
    }
    let ended = world.execution(begun["id"].as_str().unwrap()).await;
    assert_eq!(
        (&ended["status"], &ended["output"]),
        (&json!("succeeded"), &json!("hello")),
        "{ended}"
    );
}

#[tokio::test]
async fn a_file_that_is_deleted_before_a_step_sends_it_fails_that_step() {
    let world = World::new().await;
    let key = world.file("a.txt", "text/plain", b"hello").await;
    let receiver = Receiver::new(|_, _| Reply::status(200)).await;
    let with = json!({
        "method": "post", "endpoint": receiver.url,
        "headers": {"content-type": "text/plain"}, "body": "${ .variables.a }",
    });
    let definition = workflow(json!([
        {"rest": {"wait": {"days": 2}}},
        {"send": {"call": "http", "with": with}},
    ]));
    let hook = world.hook(definition, json!({})).await;
    let waiting = run(&world, &hook, json!({"a": key})).await;
    let path = format!("/v1/files/{key}");
    assert_eq!(world.call("DELETE", &path, None).await.status, 204);
    world.clock.advance(2 * DAY_MS + 60_000);
    world.stack.invoke("sweep", json!({})).await.unwrap();
    world.run().await;
    let ended = world.execution(waiting["id"].as_str().unwrap()).await;
    assert_eq!(ended["status"], "failed", "{ended}");
    let detail = ended["error"]["detail"].as_str().unwrap();
    assert!(
        detail.contains(&key) && receiver.taken().is_empty(),
        "{detail}"
    );
}

#[tokio::test]
async fn a_webhook_of_refly_runs_with_a_file() {
    let world = World::new().await;
    let key = world.file("a.txt", "text/plain", b"hello").await;
    let plain = world.hook(echoes_the_event(), json!({})).await;
    let enable = json!({"canvasId": plain.workflow});
    let made = world
        .call("POST", "/v1/webhook/enable", Some(enable))
        .await
        .expect(200);
    let url = target(made["data"]["webhookUrl"].as_str().unwrap()).to_owned();
    let body = json!({"variables": {"a": key}}).to_string();
    world
        .send("POST", &url, &[("content-type", "application/json")], body)
        .await
        .expect(200);
    world.run().await;
    let listed = world.call("GET", "/v1/executions", None).await.expect(200);
    let id = listed["items"][0]["id"].as_str().unwrap();
    let seen = world.execution(id).await["output"]["event"]["variables"]["a"].clone();
    assert_eq!(
        (&seen["fileKey"], &seen["name"]),
        (&json!(key), &json!("a.txt"))
    );
}
