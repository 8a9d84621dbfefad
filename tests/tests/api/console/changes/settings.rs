//! Keys, secrets and event types, changed through forms.

use tests::World;

use super::{signed_in, stay};

#[tokio::test]
async fn keys_secrets_and_event_types_are_made_and_taken_away() {
    let world = World::new().await;
    let mut browser = signed_in(&world).await;
    browser.open("/console/settings").await;
    let fields = [("name", "ci"), ("scopes", "read"), ("scopes", "publish")];
    assert_eq!(
        stay(&mut browser, "/console/settings/api-keys", &fields).await,
        200
    );
    assert!(browser.page.contains("sk_test_"));
    browser.open("/console/settings").await;
    assert!(!browser.page.contains("sk_test_") && browser.page.contains("read, publish"));
    browser
        .submit(
            "/console/settings/secrets",
            &[("name", "shop"), ("value", "hush")],
        )
        .await;
    assert!(browser.page.contains("shop") && !browser.page.contains("hush"));
    browser
        .submit("/console/settings/secrets/shop/delete", &[])
        .await;
    browser.open("/console/event-types").await;
    let declared = [
        ("name", "order.paid"),
        ("description", "Money came"),
        ("schema", "{\"type\":\"object\"}"),
    ];
    let page = browser.submit("/console/event-types", &declared).await;
    assert_eq!(page, "/console/event-types/order.paid");
    assert_eq!(
        stay(&mut browser, &format!("{page}/publish"), &[("data", "[]")]).await,
        400
    );
    browser
        .submit(&format!("{page}/publish"), &[("data", "{\"id\":1}")])
        .await;
    assert!(browser.page.contains("The event was published."));
    browser.open(&page).await;
    browser.submit(&format!("{page}/delete"), &[]).await;
    assert_eq!(browser.get(&page).await.status, 404);
}
