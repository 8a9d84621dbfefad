//! Executions, replayed, cancelled and looked into through forms.

use serde_json::json;
use tests::{World, waits};

use super::{signed_in, stay};
use crate::console::browser::{Browser, key_with, text};
use crate::console::run_once;

#[tokio::test]
async fn an_execution_is_replayed_edited_and_in_bulk_but_once() {
    let world = World::new().await;
    let (hook, execution) = run_once(&world, &json!({"mark": "first"})).await;
    let mut browser = signed_in(&world).await;
    let page = format!("/console/executions/{execution}");
    browser.open(&page).await;
    let replay = format!("{page}/replay");
    let once = [("version", "original"), ("once", "twice-sent")];
    let replayed = browser.submit(&replay, &once).await;
    assert!(
        browser
            .page
            .contains("This execution replays the request of its parent.")
    );
    assert_eq!(
        browser.submit(&replay, &once).await,
        replayed,
        "a form that is sent twice acts once"
    );

    browser.open(&format!("{page}/edit")).await;
    assert!(browser.page.contains("first"));
    let wrong = [
        ("edited", "yes"),
        ("version", "current"),
        ("body", "{\"mark\": "),
    ];
    assert_eq!(stay(&mut browser, &replay, &wrong).await, 400);
    assert!(
        browser.page.contains("{&quot;mark&quot;: "),
        "what was written is not lost"
    );
    let edited = [
        ("edited", "yes"),
        ("version", "current"),
        ("body", "{\"mark\": \"second\"}"),
    ];
    world.clock.advance(1_000);
    browser.submit(&replay, &edited).await;
    world.run().await;
    let all = world.call("GET", "/v1/executions", None).await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 3);
    assert_eq!(all["items"][0]["edited"], true);

    let filter = format!("workflowId={}&status=succeeded", hook.workflow);
    let counted = browser.open(&format!("/console/replays?{filter}")).await;
    assert!(counted.contains("<strong>3</strong>"), "{counted}");
    let fields = [
        ("workflowId", hook.workflow.as_str()),
        ("status", "succeeded"),
        ("version", "current"),
    ];
    assert_eq!(stay(&mut browser, "/console/replays", &fields).await, 200);
    let all = world.call("GET", "/v1/executions", None).await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn an_execution_that_waits_is_cancelled() {
    let world = World::new().await;
    let hook = world.hook(waits(3_600), json!({})).await;
    let accepted = world.post(&hook, &[], &json!({})).await;
    world.run().await;
    let page = format!(
        "/console/executions/{}",
        text(&accepted.expect(200), "executionId")
    );
    let mut browser = signed_in(&world).await;
    assert!(browser.open(&page).await.contains("data-live"));
    browser.submit(&format!("{page}/cancel"), &[]).await;
    assert!(
        browser.page.contains("The execution was cancelled.")
            && !browser.page.contains("data-live")
    );
    assert!(
        !browser
            .open(&page)
            .await
            .contains("The execution was cancelled."),
        "it is said once"
    );
}

#[tokio::test]
async fn an_expression_is_tried_on_the_input_of_an_execution() {
    let world = World::new().await;
    let (_, execution) = run_once(&world, &json!({"mark": "seen"})).await;
    let reader = key_with(&world, "read").await;
    let mut browser = Browser::with_key(&world, &reader).await;
    let shown = browser
        .open(&format!("/console/expressions?execution={execution}"))
        .await;
    assert!(shown.contains("seen"));
    let path = "/console/expressions";
    let fields = [
        ("expression", ".mark + \"!\""),
        ("input", "{\"mark\":\"seen\"}"),
    ];
    assert_eq!(stay(&mut browser, path, &fields).await, 200);
    assert!(browser.page.contains("&quot;seen!&quot;"));
    let fields = [("expression", ".mark +"), ("input", "{}")];
    stay(&mut browser, path, &fields).await;
    assert!(browser.page.contains("role=\"alert\""));
    assert_eq!(
        stay(&mut browser, path, &[("expression", "."), ("input", "{")]).await,
        400
    );
}
