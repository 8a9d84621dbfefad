//! Methods and paths that no route takes, `HEAD`, and the pages of other origins that may call a webhook URL (CORS).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tests::{Answer, Hook, World, echoes_the_event};

const PAGE: &str = "https://app.example.com";

/// The methods of every path that an API key opens, with an id in the place of each variable: those of each route that the
/// path is one of.
fn methods_by_path(world: &World) -> BTreeMap<String, BTreeSet<String>> {
    let routes = &world.stack.template().routes;
    let routes: Vec<_> = routes
        .iter()
        .filter(|route| route.method != "ANY")
        .collect();
    let path_of = |route: &str| {
        let segments = route.split('/').map(|segment| match segment {
            variable if variable.starts_with('{') => "x",
            literal => literal,
        });
        segments.collect::<Vec<_>>().join("/")
    };
    let methods_of = |path: &str| {
        let is_of = |route: &str| {
            let (route, path) = (route.split('/'), path.split('/'));
            route.clone().count() == path.clone().count()
                && route
                    .zip(path)
                    .all(|(route, path)| route.starts_with('{') || route == path)
        };
        let found = routes.iter().filter(|route| is_of(&route.path));
        found.map(|route| route.method.clone()).collect()
    };
    let paths = routes.iter().map(|route| path_of(&route.path));
    paths
        .map(|path| (path.clone(), methods_of(&path)))
        .collect()
}

/// The code, in whichever shape the API of the path refuses.
fn code(answer: &Answer) -> String {
    let body = answer.json();
    let codes = ["code", "error", "errorCode", "errCode"];
    let mut found = codes.iter().filter_map(|name| body[*name].as_str());
    found.next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn every_path_says_which_methods_it_has() {
    let world = World::new().await;
    let paths = methods_by_path(&world);
    assert!(paths.len() > 30, "{}", paths.len());
    for (path, methods) in paths {
        let answer = world.send("TRACE", &path, &[], "").await;
        assert_eq!(answer.status, 405, "{path}");
        assert_eq!(code(&answer), "METHOD_NOT_ALLOWED", "{path}");
        let allowed = answer.header("allow").unwrap().split(", ");
        let allowed: BTreeSet<String> = allowed.map(str::to_owned).collect();
        assert_eq!(allowed, methods, "{path}");
    }
}

#[tokio::test]
async fn every_path_that_is_not_there_is_a_problem() {
    let world = World::new().await;
    for path in [
        "/v1",
        "/v2/workflows",
        "/favicon.ico",
        "/hooks/a/b",
        "/..%2f..",
    ] {
        for method in ["GET", "POST", "OPTIONS"] {
            let answer = world.send(method, path, &[], "").await;
            answer.expect_problem(404, "NOT_FOUND");
        }
    }
    let answer = world.call("POST", "/v1/workflows/", Some(json!({}))).await;
    let problem = answer.expect_problem(404, "NOT_FOUND");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.ends_with("in a row: /v1/workflows."), "{detail}");
}

async fn world_with_hook(settings: Value) -> (World, Hook) {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), settings).await;
    (world, hook)
}

#[tokio::test]
async fn a_webhook_url_with_slashes_too_many_reaches_its_trigger() {
    let (world, hook) = world_with_hook(json!({})).await;
    let (path, query) = hook.path.split_once('?').unwrap();
    let id = path.strip_prefix("/hooks/").unwrap();
    for path in [
        format!("/hooks/{id}/"),
        format!("//hooks/{id}"),
        format!("/hooks//{id}"),
        format!("//hooks//{id}//"),
    ] {
        let url = format!("{path}?{query}");
        let answer = world.send("POST", &url, &[("webhook-id", "1")], "{}").await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json());
    }
    let listed = world.call("GET", "/v1/executions", None).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_head_says_whether_the_url_works_and_starts_nothing() {
    let settings = json!({"methods": ["GET", "POST"], "authentication": null});
    let (world, hook) = world_with_hook(settings).await;
    let answer = world.send("HEAD", &hook.path, &[], "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("allow"), Some("GET, POST"));
    assert!(answer.bytes.is_empty());
    let wrong = format!("/hooks/{}?token=wrong", hook.workflow);
    let refused = world.send("HEAD", &wrong, &[], "").await;
    assert_eq!(refused.status, 403);
    assert_eq!(world.send("HEAD", "/healthz", &[], "").await.status, 200);
    let listed = world.call("GET", "/v1/executions", None).await.expect(200);
    assert_eq!(listed["items"], json!([]));
}

async fn preflight(world: &World, hook: &Hook, origin: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    ];
    world.send("OPTIONS", &hook.path, &headers, "").await
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_call_the_url_without_credentials() {
    let (world, hook) = world_with_hook(json!({"cors": {"origins": [PAGE]}})).await;
    let answer = preflight(&world, &hook, PAGE).await;
    assert_eq!(answer.status, 204);
    for (name, value) in [
        ("access-control-allow-origin", PAGE),
        ("access-control-allow-methods", "POST"),
        ("access-control-allow-headers", "*"),
        ("vary", "origin"),
    ] {
        assert_eq!(answer.header(name), Some(value));
    }
    let posted = world.post(&hook, &[("origin", PAGE)], &json!({})).await;
    for answer in [&answer, &posted] {
        assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
    posted.expect(200);
    let (path, _) = hook.path.split_once('?').unwrap();
    let invalid = [("origin", PAGE), ("content-type", "application/json")];
    let refused = world.send("POST", &hook.path, &invalid, "{").await;
    assert_eq!(refused.header("access-control-allow-origin"), Some(PAGE));
    refused.expect_problem(400, "INVALID_REQUEST_BODY");
    let wrong = format!("{path}?token=wrong");
    let refused = world.send("POST", &wrong, &[("origin", PAGE)], "{}").await;
    assert_eq!(refused.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_page_of_another_origin_is_told_nothing() {
    let (world, hook) = world_with_hook(json!({"cors": {"origins": [PAGE]}})).await;
    let other = "https://other.example";
    let answer = preflight(&world, &hook, other).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    answer.expect_problem(405, "METHOD_NOT_ALLOWED");
    // CORS protects no server: what a page sends without asking is accepted, and the page cannot read the answer.
    let posted = world.post(&hook, &[("origin", other)], &json!({})).await;
    assert_eq!(posted.header("access-control-allow-origin"), None);
    posted.expect(200);
    let path = format!("/v1/workflows/{}/triggers/{}", hook.workflow, hook.trigger);
    let every = json!({"cors": {"origins": ["*"]}});
    let changed = world.call("PATCH", &path, Some(every)).await.expect(200);
    assert_eq!(changed["cors"], json!({"origins": ["*"]}));
    world.clock.advance(5_000);
    let answer = preflight(&world, &hook, other).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn without_origins_no_page_may_call_the_url() {
    let (world, hook) = world_with_hook(json!({})).await;
    let answer = preflight(&world, &hook, PAGE).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    assert_eq!(answer.header("allow"), Some("POST"));
    answer.expect_problem(405, "METHOD_NOT_ALLOWED");
}
