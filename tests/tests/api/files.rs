//! Files over the API: uploaded in a form or by a URL, shown, deleted, counted, and never another tenant's.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use domain::limits::{MAX_FILE_BYTES, MAX_UPLOAD_BYTES};
use domain::{Environment, FileQuota, Plan, Tenant};
use serde_json::{Value, json};
use tests::World;
use tests::files::{form, form_type};

const UPLOAD: &str = "/v1/openapi/files/upload";
const DAY_MS: i64 = 86_400_000;

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Uploads by the URL of an answer.
async fn put(announced: &Value, bytes: &'static str) -> u16 {
    let upload = &announced["upload"];
    let mut request = http().put(upload["url"].as_str().unwrap()).body(bytes);
    for (name, value) in upload["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn files_are_uploaded_with_the_key_in_each_of_its_headers() {
    let world = World::new().await;
    let (bearer, kind) = (format!("Bearer {}", world.key), form_type());
    let body = form(&[
        ("a.txt", "text/plain", b"hello"),
        ("b.bin", "a/b", b"\xff\0"),
    ]);
    for (name, value) in [
        ("authorization", bearer.as_str()),
        ("x-refly-api-key", &world.key),
        ("x-api-key", &world.key),
    ] {
        let headers = [(name, value), ("content-type", kind.as_str())];
        let answer = world.send("POST", UPLOAD, &headers, body.clone()).await;
        let answer = answer.expect(200);
        assert_eq!(answer["success"], true);
        let files = answer["data"]["files"].as_array().unwrap();
        let names: Vec<_> = files.iter().map(|file| &file["fileName"]).collect();
        assert_eq!(names, ["a.txt", "b.bin"]);
        for file in files {
            let key = file["fileKey"].as_str().unwrap();
            assert!(key.starts_with("of_") && key.len() == 29, "{key}");
            assert_eq!(world.file_tags(key).await.unwrap(), "kept=unused");
        }
    }
    let headers = [("content-type", kind.as_str())];
    let refused = world.send("POST", UPLOAD, &headers, body).await.expect(401);
    assert_eq!(
        (&refused["success"], &refused["errCode"]),
        (&json!(false), &json!("UNAUTHORIZED"))
    );
}

#[tokio::test]
async fn what_is_no_upload_is_refused_in_the_envelope_of_the_profile() {
    let world = World::new().await;
    let most = vec![b'x'; MAX_UPLOAD_BYTES];
    let answer = world.upload_as(&world.key, &[("a", "a/b", &most)]).await;
    answer.expect(200);
    let answer = world
        .upload_as(&world.key, &[("a", "a/b", &most), ("b", "a/b", b"x")])
        .await
        .expect(413);
    assert_eq!(answer["errCode"], "BODY_TOO_LARGE");
    let message = answer["errMsg"].as_str().unwrap();
    assert!(message.contains("POST /v1/files"), "{message}");
    assert!(answer["traceId"].is_string());
    let eleven = vec![("a", "a/b", &b"x"[..]); 11];
    let bad_name = [("a\u{1}", "a/b", &b"x"[..])];
    for files in [&eleven[..], &bad_name, &[]] {
        let answer = world.upload_as(&world.key, files).await.expect(400);
        assert_eq!(answer["errCode"], "INVALID_REQUEST_BODY");
        assert_eq!(answer["errMsg"], "Invalid request body");
    }
    let as_json = world
        .call("POST", UPLOAD, Some(json!({"files": ["a"]})))
        .await;
    assert_eq!(as_json.expect(400)["errCode"], "INVALID_REQUEST_BODY");
}

#[tokio::test]
async fn an_announced_file_is_uploaded_once_and_shown_without_its_url() {
    let world = World::new().await;
    let announced = world.announce("a.txt", "text/plain", 5).await;
    let key = announced["fileKey"].as_str().unwrap();
    assert_eq!(world.file_tags(key).await, None);
    assert_eq!(put(&announced, "hello").await, 200);
    assert_eq!(put(&announced, "HELLO").await, 412);
    assert_eq!(world.file_tags(key).await.unwrap(), "kept=unused");
    let path = format!("/v1/files/{key}");
    let shown = world.call("GET", &path, None).await.expect(200);
    assert_eq!(
        shown,
        json!({
            "fileKey": key,
            "name": "a.txt",
            "size": 5,
            "contentType": "text/plain",
            "status": "unused",
            "createdAt": announced["createdAt"],
            "expiresAt": announced["expiresAt"],
        })
    );
    assert_eq!(world.call("DELETE", &path, None).await.status, 204);
    assert_eq!(world.file_tags(key).await, None);
    for method in ["GET", "DELETE"] {
        let gone = world.call(method, &path, None).await;
        gone.expect_problem(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn what_is_announced_has_a_size_a_file_can_have() {
    let world = World::new().await;
    let most = usize::try_from(MAX_FILE_BYTES).unwrap();
    world.announce("a", "a/b", most).await;
    for body in [
        json!({"name": "a", "size": most + 1}),
        json!({"name": "a/b", "size": 1}),
        json!({"name": "a", "size": 1, "contentType": "text/html\r\nx: y"}),
    ] {
        let refused = world.call("POST", "/v1/files", Some(body)).await;
        refused.expect_problem(400, "INVALID_FIELD");
    }
}

#[tokio::test]
async fn a_repeat_with_the_same_idempotency_key_is_the_same_file() {
    let world = World::new().await;
    let bearer = format!("Bearer {}", world.key);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
    let body = |size: u64| json!({"name": "a", "size": size}).to_string();
    let send = |size| world.send("POST", "/v1/files", &headers, body(size));
    let first = send(1).await.expect(201);
    let again = send(1).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(201)["fileKey"], first["fileKey"]);
    send(2).await.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
    let aws = world.stack.environment("files").unwrap();
    let uploaded = aws
        .files
        .uploaded(world.tenant.org, aws.now())
        .await
        .unwrap();
    assert_eq!(uploaded, FileQuota { files: 1, bytes: 1 });
}

#[tokio::test]
async fn an_unused_file_ends_after_a_day() {
    let world = World::new().await;
    let path = format!("/v1/files/{}", world.file("a", "a/b", b"x").await);
    world.clock.advance(DAY_MS - 1);
    world.call("GET", &path, None).await.expect(200);
    world.clock.advance(1);
    world
        .call("GET", &path, None)
        .await
        .expect_problem(404, "NOT_FOUND");
    world
        .call("DELETE", &path, None)
        .await
        .expect_problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_file_means_nothing_to_another_org_or_environment_and_a_reader_uploads_none() {
    let world = World::new().await;
    let path = format!("/v1/files/{}", world.file("a", "a/b", b"x").await);
    let live = Tenant {
        environment: Environment::Live,
        ..world.tenant
    };
    let aws = world.stack.environment("register").unwrap();
    let live = admin::create_first_key(&aws.api_keys, live, "live", aws.now()).await;
    let live = live.unwrap().reveal().to_owned();
    for key in [world.key_of("two").await, live] {
        for method in ["GET", "DELETE"] {
            let hidden = world.call_as(&key, method, &path, None).await;
            hidden.expect_problem(404, "NOT_FOUND");
        }
    }
    let body = json!({"name": "dashboard", "scopes": ["read"]});
    let made = world
        .call("POST", "/v1/api-keys", Some(body))
        .await
        .expect(201);
    let reader = made["key"].as_str().unwrap();
    world.call_as(reader, "GET", &path, None).await.expect(200);
    let refused = world.call_as(reader, "DELETE", &path, None).await;
    refused.expect_problem(403, "FORBIDDEN_SCOPE");
    let refused = world
        .upload_as(reader, &[("a", "a/b", b"x")])
        .await
        .expect(403);
    assert_eq!(refused["errCode"], "FORBIDDEN_SCOPE");
}

#[tokio::test]
async fn an_org_uploads_no_more_in_a_day_than_its_plan_allows() {
    let world = World::new().await;
    let quota = FileQuota::of_plan(Plan::Custom);
    let whole = quota.bytes / MAX_FILE_BYTES;
    let aws = world.stack.environment("files").unwrap();
    let name = domain::FileName::parse("a").unwrap();
    for number in 0..whole / 90 + 1 {
        let room = (whole - number * 90).min(90);
        let files: Vec<_> = (0..room)
            .map(|of| {
                let key = domain::FileKey::derived(&[&number.to_string(), &of.to_string()]);
                let kind = domain::ContentType::bytes();
                domain::StoredFile::new(key, name.clone(), MAX_FILE_BYTES, kind, aws.now())
            })
            .collect();
        let made = aws
            .files
            .create(world.tenant, &files, quota, aws.now())
            .await;
        assert_eq!(made.unwrap(), store::FileCreation::Created);
    }
    let body = json!({"name": "a", "size": MAX_FILE_BYTES});
    let refused = world.call("POST", "/v1/files", Some(body.clone())).await;
    assert!(refused.header("retry-after").is_some());
    refused.expect_problem(403, "PLAN_LIMIT_EXCEEDED");
    let room = quota.bytes - whole * MAX_FILE_BYTES;
    let most = usize::try_from(room).unwrap();
    world.announce("a", "a/b", most).await;
    let refused = world
        .upload_as(&world.key, &[("a", "a/b", b"x")])
        .await
        .expect(403);
    assert_eq!(refused["errCode"], "PLAN_LIMIT_EXCEEDED");
    world.clock.advance(DAY_MS);
    world
        .call("POST", "/v1/files", Some(body))
        .await
        .expect(201);
}
