//! Subscriptions, changed through forms.

use serde_json::json;
use tests::World;

use super::{signed_in, stay};
use crate::console::browser::text;

#[tokio::test]
async fn a_subscription_is_made_changed_tested_and_deleted() {
    let world = World::new().await;
    let mut browser = signed_in(&world).await;
    let new = "/console/subscriptions/new";
    browser.open(new).await;
    let wrong = [
        ("url", "ftp://example.com/"),
        ("events", "workflow.failed"),
        ("format", "default"),
        ("method", "POST"),
    ];
    assert_eq!(stay(&mut browser, new, &wrong).await, 400);
    assert!(
        browser.page.contains("ftp://example.com/"),
        "what was written is not lost"
    );
    let right = [
        ("url", "http://127.0.0.1:9/receiver"),
        ("events", "workflow.failed"),
        ("events", "workflow.completed"),
        ("format", "default"),
        ("method", "PUT"),
        ("headers", "x-team: core"),
    ];
    assert_eq!(
        stay(&mut browser, new, &right).await,
        200,
        "{}",
        browser.page
    );
    assert!(browser.page.contains("whsec_"));
    let listed = world
        .call("GET", "/v1/subscriptions", None)
        .await
        .expect(200);
    let id = text(&listed["items"][0], "id");
    let page = format!("/console/subscriptions/{id}");
    assert!(!browser.open(&page).await.contains("whsec_"));
    let tested = browser.submit(&format!("{page}/test"), &[]).await;
    assert!(tested.starts_with("/console/deliveries/dlv_"), "{tested}");
    assert!(browser.page.contains("http://127.0.0.1:9/receiver"));
    browser.open(&page).await;
    let change = [
        ("url", "http://127.0.0.1:9/other"),
        ("events", "workflow.failed"),
        ("format", "default"),
        ("method", "POST"),
        ("headers", ""),
    ];
    browser.submit(&format!("{page}/settings"), &change).await;
    let changed = world
        .call("GET", &format!("/v1/subscriptions/{id}"), None)
        .await
        .expect(200);
    assert_eq!(
        (text(&changed, "url"), &changed["headers"]),
        ("http://127.0.0.1:9/other".to_owned(), &json!({}))
    );
    assert_eq!(
        stay(&mut browser, &format!("{page}/rotate"), &[]).await,
        200
    );
    assert!(browser.page.contains("whsec_"));
    browser.submit(&format!("{page}/disable"), &[]).await;
    assert!(browser.page.contains("on request"));
    browser.submit(&format!("{page}/enable"), &[]).await;
    let counted = browser
        .open(&format!("{page}/recover?since=2026-01-01T00:00"))
        .await;
    assert!(counted.contains("<strong>0</strong>"), "{counted}");
    let recovered = browser
        .submit(
            &format!("{page}/recover"),
            &[("since", "2026-01-01T00:00:00Z")],
        )
        .await;
    assert_eq!(recovered, page);
    browser.submit(&format!("{page}/delete"), &[]).await;
    assert_eq!(browser.get(&page).await.status, 404);
}
