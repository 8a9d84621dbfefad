//! The setting of what a trigger answers: what is refused, and how it is changed.

use serde_json::{Value, json};
use tests::{World, echoes_the_event};

#[tokio::test]
async fn a_response_that_cannot_be_sent_is_refused_when_it_is_set() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let path = format!("/v1/workflows/{}/triggers", hook.workflow);
    for (response, pointer) in [
        (json!({}), "/response/mode"),
        (json!({"mode": "later"}), "/response/mode"),
        (
            json!({"mode": "immediately", "status": 200}),
            "/response/mode",
        ),
        (json!({"mode": "fixed", "status": 302}), "/response/status"),
        (
            json!({"mode": "fixed", "status": "${ 200 }"}),
            "/response/status",
        ),
        (
            json!({"mode": "fixed", "headers": {"set-cookie": "a=b"}}),
            "/response/headers/set-cookie",
        ),
        (json!({"mode": "fixed", "failure": {}}), "/response/failure"),
        (
            json!({"mode": "fixed", "body": "x".repeat(4_096)}),
            "/response",
        ),
        (
            json!({"mode": "whenDone", "body": "${ .a[ }"}),
            "/response/body",
        ),
        (
            json!({"mode": "whenDone", "contentType": "${ env }"}),
            "/response/contentType",
        ),
        (
            json!({"mode": "whenDone", "failure": {"status": 99}}),
            "/response/failure/status",
        ),
    ] {
        let settings = json!({"response": response});
        let refused = world.call("POST", &path, Some(settings.clone())).await;
        let problem = refused.expect_problem(400, "INVALID_FIELD");
        assert_eq!(problem["pointer"], pointer, "{settings}");
    }
    let unknown = json!({"response": {"mode": "fixed", "cookie": "a"}});
    let refused = world.call("POST", &path, Some(unknown)).await;
    refused.expect_problem(400, "UNKNOWN_FIELD");
}

#[tokio::test]
async fn a_change_of_the_mode_begins_anew_and_any_other_keeps_what_it_does_not_name() {
    let world = World::new().await;
    let fixed = json!({"response": {"mode": "fixed", "body": "ok"}});
    let hook = world.hook(echoes_the_event(), fixed).await;
    let path = format!("/v1/workflows/{}/triggers/{}", hook.workflow, hook.trigger);
    let patched = |response: Value| {
        let path = path.clone();
        let world = &world;
        async move {
            let answer = world.call("PATCH", &path, Some(json!({"response": response})));
            answer.await.expect(200)["response"].clone()
        }
    };
    let expected = json!({
        "mode": "fixed", "status": 201, "contentType": "text/plain; charset=utf-8", "headers": {}, "body": "ok",
    });
    assert_eq!(patched(json!({"status": 201})).await, expected);
    let expected = json!({
        "mode": "whenDone", "status": null, "contentType": null, "headers": {}, "body": null, "failure": null,
    });
    assert_eq!(patched(json!({"mode": "whenDone"})).await, expected);
    assert_eq!(patched(Value::Null).await, json!({"mode": "immediately"}));
}
