//! What visitors change through forms, without scripts: workflows, triggers, subscriptions, keys, and what they replay.

use serde_json::json;
use tests::{World, echoes_the_event, waits};

use super::browser::{Browser, key_with, text};
use super::{MAX_PAGE_BYTES, run_once};

const YAML: &str = "document:\r\n  dsl: 1.0.0\r\n  namespace: tests\r\n  name: greet\r\n  version: 1.0.0\r\ndo:\r\n  - greet:\r\n      set:\r\n        message: ${ \"Hello, \" + .name }\r\n";

async fn signed_in(world: &World) -> Browser<'_> {
    Browser::with_key(world, &world.key).await
}

/// Sends a form that is refused or answered with a page, and stays on it.
async fn stay(browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> u16 {
    let token = browser.token();
    let mut fields = fields.to_vec();
    fields.push(("page_token", &token));
    browser.post(path, &fields).await.status
}

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
    assert!(browser.page.contains("7 at once, 1.5 a second"));
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
    assert!(browser.open(&page).await.contains("None was, of those"));
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
    assert!(browser.page.contains("as asked"));
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
    let mut admin = signed_in(&world).await;
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
    let mut browser = signed_in(&world).await;
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
