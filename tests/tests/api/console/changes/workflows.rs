//! Workflows and their triggers, changed through forms.

use serde_json::json;
use tests::{World, echoes_the_event};

use super::{signed_in, stay};
use crate::console::browser::text;

const YAML: &str = "document:\r\n  dsl: 1.0.0\r\n  namespace: tests\r\n  name: greet\r\n  version: 1.0.0\r\ndo:\r\n  - greet:\r\n      set:\r\n        message: ${ \"Hello, \" + .name }\r\n";

#[tokio::test]
async fn a_workflow_is_written_mended_activated_and_run() {
    let world = World::new().await;
    let mut browser = signed_in(&world).await;
    browser.open("/console/workflows/new").await;
    let wrong = YAML.replace("set:", "sett:");
    let new = "/console/workflows/new";
    let fields = |yaml, wanted| [("name", "Greet"), ("yaml", yaml), ("do", wanted)];
    assert_eq!(stay(&mut browser, new, &fields(&wrong, "check")).await, 200);
    assert!(browser.page.contains("The definition cannot be run."));
    assert!(browser.page.contains("Line 7, column"), "{}", browser.page);
    assert!(browser.page.contains("class=\"wrong\"") && browser.page.contains("sett:"));
    assert_eq!(stay(&mut browser, new, &fields(&wrong, "save")).await, 400);
    assert!(browser.page.contains("INVALID_DEFINITION") && browser.page.contains("sett:"));
    assert_eq!(stay(&mut browser, new, &fields(YAML, "check")).await, 200);
    assert!(browser.page.contains("The definition can be run."));

    let page = browser.submit(new, &fields(YAML, "activate")).await;
    assert!(browser.page.contains("It was created.") && browser.page.contains("Deactivate"));
    let trigger = browser.submit(&format!("{page}/triggers"), &[]).await;
    let url = browser
        .page
        .split("data-copy=\"http")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let url = format!("http{}", url.unwrap()).replace("&amp;", "&");
    let sent = world.send(
        "POST",
        tests::target(&url),
        &[("content-type", "application/json")],
        "{\"name\":\"Ada\"}",
    );
    let execution = text(&sent.await.expect(200), "executionId");
    world.run().await;
    let shown = browser
        .open(&format!("/console/executions/{execution}"))
        .await;
    assert!(shown.contains("Hello, Ada") && shown.contains("Greet"));

    // The window opens before the request comes, which then becomes the sample.
    browser.open(&trigger).await;
    browser.submit(&format!("{trigger}/capture"), &[]).await;
    assert!(
        browser.page.contains("data-live"),
        "the page waits for the request"
    );
    world.clock.advance(10_000);
    let sent = world.send(
        "POST",
        tests::target(&url),
        &[("content-type", "application/json")],
        "{\"name\":\"Grace\"}",
    );
    assert_eq!(sent.await.status, 200);
    assert!(browser.open(&trigger).await.contains("Grace"));
    browser
        .submit(&format!("{trigger}/capture/confirm"), &[])
        .await;
    let tested = browser.submit(&format!("{trigger}/test"), &[]).await;
    assert!(tested.starts_with("/console/executions/exe_"), "{tested}");

    browser.open(&format!("{page}/edit")).await;
    let edited = YAML.replace("Hello, ", "Good day, ");
    browser
        .submit(
            &format!("{page}/edit"),
            &[("yaml", &edited), ("do", "save")],
        )
        .await;
    let version = browser.open(&format!("{page}/versions/2")).await;
    assert!(version.contains("class=\"removed\"") && version.contains("Good day, "));
    browser.open(&format!("{page}/versions/1")).await;
    browser
        .submit(&format!("{page}/versions/1/restore"), &[])
        .await;
    let workflow = world
        .call("GET", &page.replace("/console/", "/v1/"), None)
        .await
        .expect(200);
    assert_eq!(workflow["version"], 3);
    assert_eq!(
        workflow["definition"]["do"][0]["greet"]["set"]["message"],
        "${ \"Hello, \" + .name }"
    );

    let settings = [("name", "Greeting"), ("capacity", "7"), ("refill", "1.5")];
    browser.submit(&format!("{page}/settings"), &settings).await;
    let refused = [("name", "Greeting"), ("capacity", "many"), ("refill", "1")];
    assert_eq!(
        stay(&mut browser, &format!("{page}/settings"), &refused).await,
        400
    );
    browser.open(&page).await;
    assert!(browser.page.contains("1.5 a second, burst of 7"));
    browser.submit(&format!("{page}/deactivate"), &[]).await;
    browser.submit(&format!("{page}/delete"), &[]).await;
    assert_eq!(browser.get(&page).await.status, 404);
}

#[tokio::test]
async fn a_trigger_keeps_the_settings_that_a_form_gives_it() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let mut browser = signed_in(&world).await;
    let triggers = format!("/v1/workflows/{}/triggers", hook.workflow);
    let listed = world.call("GET", &triggers, None).await.expect(200);
    let trigger = text(&listed["items"][0], "id");
    let page = format!("/console/workflows/{}/triggers/{trigger}", hook.workflow);
    browser.open(&page).await;
    let settings = [
        ("methods", "POST"),
        ("ipAllowList", "192.0.2.0/24\r\n198.51.100.7"),
        ("origins", "https://shop.example"),
        ("condition", ".price > 1"),
        ("deliveryHeader", "x-order"),
        ("mode", "fixed"),
        ("responseStatus", "202"),
        ("responseType", "text/plain"),
        ("responseBody", "ok"),
        ("scheme", "github"),
    ];
    assert_eq!(
        stay(&mut browser, &format!("{page}/settings"), &settings).await,
        200
    );
    assert!(browser.page.contains("shown this once"));
    let shown = world
        .call("GET", &format!("{triggers}/{trigger}"), None)
        .await
        .expect(200);
    assert_eq!(shown["methods"], json!(["POST"]));
    assert_eq!(
        shown["ipAllowList"],
        json!(["192.0.2.0/24", "198.51.100.7/32"])
    );
    assert_eq!(shown["cors"]["origins"], json!(["https://shop.example"]));
    assert_eq!(shown["condition"], ".price > 1");
    assert_eq!(shown["deliveryId"]["header"], "x-order");
    assert_eq!(shown["response"]["status"], 202);
    assert_eq!(shown["authentication"]["scheme"], "github");
    let wrong = [
        ("methods", "POST"),
        ("condition", ".price >"),
        ("mode", "immediately"),
    ];
    assert_eq!(
        stay(&mut browser, &format!("{page}/settings"), &wrong).await,
        400
    );
    assert!(browser.page.contains("/condition"));
    assert!(
        browser
            .open(&page)
            .await
            .contains("No webhook with the right token")
    );
    let refused = world.post(&hook, &[], &json!({})).await;
    assert_eq!(refused.code(), "IP_NOT_ALLOWED");
    let shown = browser.open(&page).await;
    assert!(
        shown.contains("Its address is in none of the networks"),
        "{shown}"
    );
    browser.submit(&format!("{page}/disable"), &[]).await;
    browser.submit(&format!("{page}/delete"), &[]).await;
    assert_eq!(browser.get(&page).await.status, 404);
}
