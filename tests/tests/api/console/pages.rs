//! What holds of every page, and of the parts of a page that change.

use serde_json::json;
use tests::World;

use super::browser::{Browser, key_with, text};
use super::{MAX_PAGE_BYTES, run_once};

#[tokio::test]
async fn every_page_is_small_and_a_read_key_finds_no_form_on_it_that_changes_anything() {
    let world = World::new().await;
    let (hook, execution) = run_once(&world, &json!({})).await;
    let body = json!({"url": "http://127.0.0.1:9/", "events": ["workflow.failed"]});
    let subscription = text(&world.subscribe(body).await, "id");
    let listed = world
        .call(
            "GET",
            &format!("/v1/workflows/{}/triggers", hook.workflow),
            None,
        )
        .await;
    let trigger = text(&listed.expect(200)["items"][0], "id");
    let workflow = format!("/console/workflows/{}", hook.workflow);
    let reader = key_with(&world, "read").await;
    let mut reader = Browser::with_key(&world, &reader).await;
    let mut admin = Browser::with_key(&world, &world.key).await;
    for path in [
        "/console".to_owned(),
        "/console/executions".to_owned(),
        format!("/console/executions/{execution}"),
        "/console/workflows".to_owned(),
        workflow.clone(),
        format!("{workflow}/versions/1"),
        format!("{workflow}/triggers/{trigger}"),
        "/console/subscriptions".to_owned(),
        format!("/console/subscriptions/{subscription}"),
        "/console/deliveries".to_owned(),
        "/console/event-types".to_owned(),
        "/console/event-types/workflow.failed".to_owned(),
        "/console/settings".to_owned(),
        "/console/expressions".to_owned(),
        "/console/docs".to_owned(),
        "/console/docs/createWorkflow".to_owned(),
        "/console/docs/schemas/Execution".to_owned(),
    ] {
        for browser in [&mut reader, &mut admin] {
            let shown = browser.open(&path).await;
            assert!(shown.len() < MAX_PAGE_BYTES, "{path}: {}", shown.len());
        }
        let forms = reader.page.split("method=\"post\" action=\"").skip(1);
        let changing: Vec<&str> = forms
            .filter_map(|form| form.split('"').next())
            .filter(|action| *action != "/console/sign-out" && *action != "/console/expressions")
            .collect();
        assert_eq!(changing, Vec::<&str>::new(), "{path}");
    }
}

#[tokio::test]
async fn a_fragment_has_the_parts_that_change_and_no_frame() {
    let world = World::new().await;
    let (hook, execution) = run_once(&world, &json!({})).await;
    let mut browser = Browser::with_key(&world, &world.key).await;
    let page = format!("/console/executions/{execution}");
    let fragment = browser
        .send("GET", &page, &[("x-console-fragment", "1")], String::new())
        .await;
    assert_eq!(fragment.status, 200);
    let shown = String::from_utf8_lossy(&fragment.bytes).into_owned();
    assert!(
        shown.starts_with("<main")
            && shown.contains("id=\"timeline\"")
            && !shown.contains("id=\"request\"")
    );
    let list = browser
        .open(&format!("/console/executions?workflowId={}", hook.workflow))
        .await;
    assert!(list.contains("data-live"), "one workflow's list is live");
    assert!(
        !browser
            .open("/console/executions")
            .await
            .contains("data-live"),
        "that of all costs too much"
    );
}
