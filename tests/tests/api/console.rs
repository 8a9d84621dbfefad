//! The console without scripts: who may see and change what, and how its pages are protected.

mod browser;
mod changes;
mod home;
mod pages;
mod read_units;
mod receivers;

use serde_json::{Value, json};
use tests::{Hook, World, echoes_the_event};

use browser::{Browser, ORIGIN, key_with, text};

const COOKIE: &str = "__Secure-sluice";
/// The most that a page may take over the wire.
const MAX_PAGE_BYTES: usize = 60_000;
const MARKUP: &str = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'";

/// A workflow that has run once, and the execution.
async fn run_once(world: &World, event: &Value) -> (Hook, String) {
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let accepted = world.post(&hook, &[("x-note", MARKUP)], event).await;
    world.run().await;
    (hook, text(&accepted.expect(200), "executionId"))
}

#[tokio::test]
async fn a_visitor_signs_in_with_a_key_and_out() {
    let world = World::new().await;
    let mut browser = Browser::new(&world);
    let sent_on = browser.get("/console/executions?status=failed").await;
    let sign_in = "/console/sign-in?next=%2Fconsole%2Fexecutions%3Fstatus%3Dfailed";
    assert_eq!(sent_on.header("location"), Some(sign_in));
    assert!(browser.open(sign_in).await.contains("API key"));

    let fields = [
        ("key", &*world.key),
        ("next", "/console/executions?status=failed"),
    ];
    let signed_in = browser.post("/console/sign-in", &fields).await;
    assert_eq!(signed_in.status, 303);
    assert_eq!(
        signed_in.header("location"),
        Some("/console/executions?status=failed")
    );
    let cookie = signed_in.header("set-cookie").unwrap();
    for part in [
        "Path=/console",
        "Max-Age=43200",
        "HttpOnly",
        "Secure",
        "SameSite=Lax",
    ] {
        assert!(
            cookie.split("; ").any(|given| given == part),
            "{part} in {cookie}"
        );
    }
    assert!(!cookie.contains(&world.key), "the key itself is not kept");
    let session = browser.cookies[COOKIE].clone();
    browser.open("/console").await;

    let out = browser.submit("/console/sign-out", &[]).await;
    assert_eq!(out, "/console/sign-in");
    assert!(browser.page.contains("You are signed out."));
    assert!(!browser.cookies.contains_key(COOKIE));
    // The session has ended in the API, too.
    browser.cookies.insert(COOKIE.to_owned(), session);
    let ended = browser.get("/console").await;
    assert_eq!(ended.header("location"), Some("/console/sign-in"));
    assert!(
        browser
            .open("/console/sign-in")
            .await
            .contains("The session has ended")
    );
}

#[tokio::test]
async fn a_key_that_is_wrong_or_may_only_publish_signs_nobody_in() {
    let world = World::new().await;
    let publisher = key_with(&world, "publish").await;
    let unknown = "sk_test_0000000000000000000000000000000000000000000";
    for (key, status, code) in [
        ("", 401, "UNAUTHORIZED"),
        (unknown, 401, "UNAUTHORIZED"),
        (&publisher, 403, "FORBIDDEN_SCOPE"),
    ] {
        let mut browser = Browser::new(&world);
        let refused = browser.post("/console/sign-in", &[("key", key)]).await;
        assert_eq!(refused.status, status, "{key}");
        assert!(browser.page.contains(code) && browser.cookies.is_empty());
    }
    let sessions = world.call("GET", "/v1/api-keys", None).await.expect(200);
    let is_session = |key: &&Value| key["session"] == true;
    assert_eq!(
        sessions["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(is_session)
            .count(),
        0
    );
}

#[tokio::test]
async fn a_form_of_another_page_changes_nothing() {
    let world = World::new().await;
    let (_, execution) = run_once(&world, &json!({})).await;
    let replay = format!("/console/executions/{execution}/replay");
    let mut browser = Browser::with_key(&world, &world.key).await;
    browser.open("/console").await;
    let token = browser.token();
    let mut other = Browser::with_key(&world, &world.key).await;
    other.open("/console").await;
    let others = other.token();
    assert_ne!(token, others, "each session has its own");

    let right = format!("page_token={token}");
    for (headers, body) in [
        (vec![("origin", "https://evil.example")], right.clone()),
        (vec![("origin", "null")], right.clone()),
        (vec![("origin", "https://sluice.test")], right.clone()),
        (vec![], right.clone()),
        (vec![("origin", ORIGIN)], String::new()),
        (vec![("origin", ORIGIN)], format!("page_token={others}")),
        (
            vec![("origin", ORIGIN)],
            format!("page_token={}", &token[1..]),
        ),
    ] {
        let refused = browser.send("POST", &replay, &headers, body).await;
        assert_eq!(refused.status, 403, "{headers:?}");
        assert!(browser.page.contains("FORGED_FORM"));
    }
    let signing_in = browser.send(
        "POST",
        "/console/sign-in",
        &[],
        format!("key={}", world.key),
    );
    assert_eq!(signing_in.await.status, 403);
    let executions = world.call("GET", "/v1/executions", None).await.expect(200);
    assert_eq!(executions["items"].as_array().unwrap().len(), 1);
    let replayed = browser
        .send("POST", &replay, &[("origin", ORIGIN)], right)
        .await;
    assert_eq!(replayed.status, 303);
}

#[tokio::test]
async fn a_read_key_sees_everything_and_meets_no_form_that_changes_anything() {
    let world = World::new().await;
    let (_, execution) = run_once(&world, &json!({"mark": "seen"})).await;
    let reader = key_with(&world, "read").await;
    let mut browser = Browser::with_key(&world, &reader).await;
    let page = format!("/console/executions/{execution}");
    for path in ["/console", "/console/executions", &page] {
        let shown = browser.open(path).await;
        assert!(shown.contains(&execution), "{path}");
        let forms: Vec<&str> = shown.split("method=\"post\" action=\"").skip(1).collect();
        assert_eq!(forms.len(), 1, "{path} has only the form that signs out");
        assert!(forms[0].starts_with("/console/sign-out"));
    }
    assert!(browser.page.contains("seen"));
    let token = browser.token();
    let fields = [("page_token", &*token)];
    let refused = browser.post(&format!("{page}/replay"), &fields).await;
    assert_eq!(refused.status, 403);
    assert!(browser.page.contains("FORBIDDEN_SCOPE"));
}

#[tokio::test]
async fn two_tenants_see_nothing_of_each_other() {
    let world = World::new().await;
    let (hook, execution) = run_once(&world, &json!({})).await;
    let other = world.key_of("other").await;
    let mut browser = Browser::with_key(&world, &other).await;
    for path in ["/console", "/console/executions"] {
        let shown = browser.open(path).await;
        assert!(!shown.contains(&execution) && !shown.contains(&hook.workflow));
    }
    for path in [
        format!("/console/executions/{execution}"),
        format!("/console/executions/{execution}/body"),
        format!("/console/executions/{execution}/steps"),
        format!("/console/executions?workflowId={}", hook.workflow),
    ] {
        assert_eq!(browser.get(&path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn what_a_webhook_contains_is_text() {
    let world = World::new().await;
    let (_, execution) = run_once(&world, &json!({"note": MARKUP, MARKUP: 1})).await;
    let mut browser = Browser::with_key(&world, &world.key).await;
    let page = format!("/console/executions/{execution}");
    for path in [
        page.clone(),
        format!("{page}?body=raw"),
        format!("{page}?body=hex"),
        format!("{page}/steps"),
        format!("{page}/edit"),
        format!(
            "/console/executions?deliveryId={}",
            "%3Cscript%3Ealert(1)%3C%2Fscript%3E"
        ),
        "/console/executions?cursor=%3Cscript%3Ealert(1)".to_owned(),
    ] {
        browser.get(&path).await;
        assert!(browser.page.contains("<!DOCTYPE html>"), "{path}");
        assert!(
            !browser.page.contains("<script>") && !browser.page.contains("<img"),
            "{path}"
        );
    }
    browser.open(&page).await;
    assert!(
        browser
            .page
            .contains("&lt;script&gt;alert(1)&lt;/script&gt;")
    );
    let body = browser.get(&format!("{page}/body")).await;
    assert_eq!(
        body.header("content-type"),
        Some("application/octet-stream")
    );
    assert!(
        body.header("content-disposition")
            .unwrap()
            .starts_with("attachment")
    );
    assert!(body.bytes.windows(8).any(|bytes| bytes == b"<script>"));
}

#[tokio::test]
async fn every_page_forbids_code_frames_and_copies() {
    let world = World::new().await;
    let (_, execution) = run_once(&world, &json!({})).await;
    let mut browser = Browser::with_key(&world, &world.key).await;
    let page = format!("/console/executions/{execution}");
    for path in [
        "/console",
        "/console/executions",
        &page,
        "/console/no/such/page",
        "/console/sign-in",
    ] {
        let answer = browser.get(path).await;
        let policy = answer.header("content-security-policy").unwrap();
        let of = |name: &str| {
            policy
                .split("; ")
                .find(|part| part.starts_with(name))
                .unwrap()
        };
        assert_eq!(of("default-src"), "default-src 'none'");
        assert_eq!(of("script-src"), "script-src 'self'");
        assert_eq!(of("style-src"), "style-src 'self'");
        assert_eq!(of("frame-ancestors"), "frame-ancestors 'none'");
        assert_eq!(of("base-uri"), "base-uri 'none'");
        assert_eq!(of("form-action"), "form-action 'self'");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
        for inline in [" style=\"", " onclick", "<style", "javascript:"] {
            assert!(!browser.page.contains(inline), "{path} has {inline}");
        }
        assert!(
            browser.page.len() < MAX_PAGE_BYTES,
            "{path}: {}",
            browser.page.len()
        );
    }
    assert_eq!(browser.get("/console/no/such/page").await.status, 404);
    assert!(browser.page.contains("NOT_FOUND"));
}

#[tokio::test]
async fn a_large_execution_has_a_small_page() {
    let world = World::new().await;
    let tasks: Vec<Value> = (0..120)
        .map(|at| json!({format!("step{at}"): {"set": {"note": "<".repeat(2_000), "at": at}}}))
        .collect();
    let definition = json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "many", "version": "1.0.0"},
        "do": tasks,
    });
    let hook = world.hook(definition, json!({})).await;
    let event = json!({"large": "&\"<".repeat(15_000)});
    let accepted = world.post(&hook, &[], &event).await;
    world.run().await;
    let execution = text(&accepted.expect(200), "executionId");
    let mut browser = Browser::with_key(&world, &world.key).await;
    let page = format!("/console/executions/{execution}");
    for path in [
        page.clone(),
        format!("{page}/steps"),
        format!("{page}?body=hex"),
        format!("{page}?body=raw"),
        format!("{page}/edit"),
    ] {
        let shown = browser.open(&path).await;
        assert!(shown.len() < MAX_PAGE_BYTES, "{path}: {}", shown.len());
    }
}

#[tokio::test]
async fn the_files_of_the_console_are_kept_by_browsers() {
    let world = World::new().await;
    let mut browser = Browser::new(&world);
    let page = browser.open("/console/sign-in").await.to_owned();
    let paths = page
        .split('"')
        .filter(|text| text.starts_with("/console/assets/"));
    let paths: Vec<&str> = paths.collect();
    assert!(paths.len() >= 3, "{page}");
    for path in paths {
        let asset = browser.get(path).await;
        assert_eq!(asset.status, 200, "{path}");
        let kept = "public, max-age=31536000, immutable";
        assert_eq!(asset.header("cache-control"), Some(kept), "{path}");
        assert!(!asset.bytes.is_empty());
    }
    let unknown = browser.get("/console/assets/x/console.css").await;
    assert_eq!(
        unknown.status, 303,
        "it is a page like any other that is not there"
    );
}
