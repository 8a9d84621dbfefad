//! What a trigger answers besides the execution's id: a fixed answer, or what the execution gives.

use serde_json::{Value, json};
use tests::events::webhook;
use tests::{Answer, Hook, World, echoes_the_event, fails, waits};

async fn executions(world: &World) -> Vec<Value> {
    let listed = world.call("GET", "/v1/executions", None).await.expect(200);
    listed["items"].as_array().cloned().unwrap_or_default()
}

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.bytes).expect("it is text")
}

#[tokio::test]
async fn a_fixed_answer_is_sent_as_it_is_to_duplicates_too() {
    let world = World::new().await;
    let response = json!({
        "mode": "fixed", "status": 202, "contentType": "text/html",
        "headers": {"X-Hook-Secret": "s"}, "body": "<b>taken</b>",
    });
    let settings = json!({"response": response});
    let hook = world.hook(echoes_the_event(), settings).await;
    for _ in 0..2 {
        let answer = world.post(&hook, &[("webhook-id", "1")], &json!({})).await;
        assert_eq!((answer.status, text(&answer)), (202, "<b>taken</b>"));
        for (name, value) in [
            ("content-type", "text/html"),
            ("x-hook-secret", "s"),
            ("content-security-policy", "sandbox"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(answer.header(name), Some(value));
        }
        let listed = executions(&world).await;
        assert_eq!(listed.len(), 1);
        let id = listed[0]["id"].as_str();
        assert_eq!(answer.header("sluice-execution-id"), id);
    }
    let refused = world.send(
        "POST",
        &hook.path,
        &[("content-type", "application/json")],
        "{",
    );
    refused.await.expect_problem(400, "INVALID_REQUEST_BODY");
}

#[tokio::test]
async fn a_sender_that_waits_gets_the_output_and_a_duplicate_the_same() {
    let world = World::new().await;
    let settings = json!({"response": {"mode": "whenDone"}});
    let hook = world.hook(echoes_the_event(), settings).await;
    let headers = [("webhook-id", "1")];
    let first = world.post_and_wait(&hook, &headers, &json!({"n": 1})).await;
    assert_eq!(first.header("content-type"), Some("application/json"));
    assert_eq!(first.header("content-security-policy"), Some("sandbox"));
    assert_eq!(first.json()["event"]["n"], 1, "{}", text(&first));
    let again = world.post(&hook, &headers, &json!({"n": 2})).await;
    assert_eq!((again.status, text(&again)), (200, text(&first)));
    assert_eq!(executions(&world).await.len(), 1);
}

#[tokio::test]
async fn status_type_headers_and_body_come_from_the_output() {
    let world = World::new().await;
    let response = json!({
        "mode": "whenDone", "status": "${ .event.code }", "contentType": "application/xml",
        "headers": {"x-n": "${ .event.n }"}, "body": "${ \"<n>\\(.event.n)</n>\" }",
    });
    let settings = json!({"response": response});
    let hook = world.hook(echoes_the_event(), settings).await;
    let answer = world
        .post_and_wait(&hook, &[], &json!({"code": 418, "n": 7}))
        .await;
    assert_eq!((answer.status, text(&answer)), (418, "<n>7</n>"));
    assert_eq!(answer.header("content-type"), Some("application/xml"));
    assert_eq!(answer.header("x-n"), Some("7"));
    // The status that this output gives cannot be sent.
    let failed = world
        .post_and_wait(&hook, &[], &json!({"code": 302, "n": 7}))
        .await;
    let problem = failed.expect_problem(500, "EXECUTION_FAILED");
    assert_eq!(problem["detail"], "The answer cannot be made of the output");
}

#[tokio::test]
async fn a_failure_answers_with_its_title_or_as_the_trigger_says() {
    let world = World::new().await;
    let settings = json!({"response": {"mode": "whenDone"}});
    let hook = world.hook(fails(), settings).await;
    let failed = world.post_and_wait(&hook, &[], &json!({})).await;
    let problem = failed.expect_problem(500, "EXECUTION_FAILED");
    assert_eq!(problem["detail"], "Broken");
    assert!(
        !problem.to_string().contains("It never works."),
        "{problem}"
    );
    let own = json!({"status": 502, "contentType": "text/plain", "body": "later"});
    let settings = json!({"response": {"mode": "whenDone", "failure": own}});
    let hook = world.trigger(&hook.workflow, settings).await;
    world.clock.advance(5_000);
    let failed = world.post_and_wait(&hook, &[], &json!({})).await;
    assert_eq!((failed.status, text(&failed)), (502, "later"));
}

#[tokio::test]
async fn an_execution_that_takes_longer_is_answered_with_where_to_look() {
    let world = World::new().await;
    let settings = json!({"response": {"mode": "whenDone"}});
    let hook = world.hook(waits(60), settings).await;
    let began_at = world.clock.now();
    let answer = world
        .post_and_wait(&hook, &[("webhook-id", "1")], &json!({}))
        .await;
    let waited_ms = world.clock.now().millis_since(began_at);
    assert!(waited_ms >= 24_800, "{waited_ms}");
    let location = answer.header("location").unwrap_or_default().to_owned();
    let body = answer.expect(202);
    let id = body["executionId"].as_str().unwrap_or_default().to_owned();
    assert_eq!(body, json!({"success": true, "executionId": id}));
    assert_eq!(location, format!("/v1/executions/{id}"));
    // Once it has ended, its duplicate gets the answer.
    world.clock.advance(60_000);
    world
        .stack
        .invoke("sweep", json!({}))
        .await
        .expect("it sweeps");
    world.run().await;
    let again = world.post(&hook, &[("webhook-id", "1")], &json!({})).await;
    assert_eq!(again.expect(200), json!({"rested": true}));
}

#[tokio::test]
async fn a_cancelled_execution_answers_as_a_failure() {
    let world = World::new().await;
    let settings = json!({"response": {"mode": "whenDone"}});
    let hook = world.hook(waits(60), settings).await;
    let cancel = async {
        world.run_what_comes().await;
        let id = executions(&world).await[0]["id"].clone();
        let path = format!("/v1/executions/{}/cancel", id.as_str().unwrap_or_default());
        world.call("POST", &path, None).await.expect(200);
        world.tick().await;
    };
    let event = json!({});
    let answer = tokio::select! {
        answer = world.post(&hook, &[], &event) => answer,
        () = cancel => unreachable!("time goes on for ever"),
    };
    let problem = answer.expect_problem(500, "EXECUTION_FAILED");
    assert_eq!(problem["detail"], "The execution was cancelled");
}

#[tokio::test]
async fn two_requests_of_one_delivery_wait_for_one_execution() {
    let world = World::new().await;
    let settings = json!({"response": {"mode": "whenDone"}});
    let hook = world.hook(echoes_the_event(), settings).await;
    let (headers, event) = ([("webhook-id", "1")], json!({"n": 1}));
    let both = async {
        tokio::join!(
            world.post(&hook, &headers, &event),
            world.post(&hook, &headers, &event)
        )
    };
    let (first, second) = tokio::select! {
        answers = both => answers,
        () = world.run_then_tick() => unreachable!("time goes on for ever"),
    };
    assert_eq!((first.status, text(&first)), (200, text(&second)));
    assert_eq!(executions(&world).await.len(), 1);
}

/// The answer of a `trigger` that lets one sender a second wait.
async fn asked(app: &trigger::App, hook: &Hook, delivery: &str) -> (u16, Value) {
    let request = webhook(&hook.path, &[("webhook-id", delivery)], &json!({}));
    let response = trigger::handle(app, request).await;
    let body = serde_json::from_slice(response.body()).unwrap_or_default();
    (response.status().as_u16(), body)
}

#[tokio::test]
async fn too_many_that_wait_are_accepted_and_told_at_once_where_to_look() {
    let world = World::new().await;
    let settings = json!({"response": {"mode": "whenDone"}});
    let hook = world.hook(echoes_the_event(), settings).await;
    let mut settings = world.settings("trigger");
    let one = ("ANSWER_WAITS_PER_SECOND".to_owned(), "1".to_owned());
    settings.variables.extend([one]);
    let app = trigger::App::new(settings.environment());
    let beyond = async {
        while executions(&world).await.is_empty() {
            tokio::task::yield_now().await;
        }
        // The first waits; its clock stands still.
        let (status, body) = asked(&app, &hook, "2").await;
        assert_eq!(status, 202, "{body}");
        world.run().await;
        // Nobody waited for it, so there is no answer, and its duplicate is told the same.
        let again = asked(&app, &hook, "2").await;
        assert_eq!(again, (202, body));
        world.tick().await;
    };
    let (status, body) = tokio::select! {
        answer = asked(&app, &hook, "1") => answer,
        () = beyond => unreachable!("time goes on for ever"),
    };
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["event"]["source"], "webhook");
    let listed = executions(&world).await;
    assert!(
        listed
            .iter()
            .all(|execution| execution["status"] == "succeeded")
    );
    assert_eq!(listed.len(), 2);
}
