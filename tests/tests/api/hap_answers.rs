//! Answers of webhooks of HAP that come from the run: `/workflow/hooks2/{hookId}`, and the response settings.

use serde_json::{Value, json};
use tests::{Answer, Hook, World, echoes_the_event, fails, waits};

/// The same hook under the path whose answer comes from the run.
async fn hook(world: &World, definition: Value, mut settings: Value) -> Hook {
    settings["profile"] = json!("hap");
    let hook = world.hook(definition, settings).await;
    Hook {
        path: hook.path.replace("/workflow/hooks/", "/workflow/hooks2/"),
        ..hook
    }
}

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.bytes).expect("it is text")
}

#[tokio::test]
async fn hooks2_answers_with_the_output_and_hooks_at_once() {
    let world = World::new().await;
    let hook = hook(&world, echoes_the_event(), json!({})).await;
    let headers = [("webhook-id", "1")];
    let event = json!({"n": 1});
    let first = world.post_and_wait(&hook, &headers, &event).await;
    assert_eq!(first.header("content-type"), Some("application/json"));
    assert_eq!(first.json()["event"]["n"], 1, "{}", text(&first));
    let again = tokio::select! {
        again = world.post(&hook, &headers, &event) => again,
        () = world.tick() => unreachable!("time goes on for ever"),
    };
    assert_eq!((again.status, text(&again)), (200, text(&first)));
    let at_once = Hook {
        path: hook.path.replace("hooks2", "hooks"),
        ..hook
    };
    let answer = world
        .post(&at_once, &[], &json!({"n": 2}))
        .await
        .expect(200);
    assert_eq!(answer["status"], 1, "{answer}");
    assert!(answer["data"]["instanceId"].is_string(), "{answer}");
}

#[tokio::test]
async fn an_aborted_or_long_run_is_answered_in_the_words_of_hap() {
    let world = World::new().await;
    let aborted = hook(&world, fails(), json!({})).await;
    let answer = world.post_and_wait(&aborted, &[], &json!({})).await;
    let expected = json!({"status": 0, "msg": "Broken"});
    assert_eq!(answer.expect(500), expected);
    let long = hook(&world, waits(60), json!({})).await;
    let answer = world.post_and_wait(&long, &[], &json!({})).await;
    assert!(answer.header("location").is_some());
    let answer = answer.expect(202);
    assert_eq!(
        (&answer["status"], &answer["msg"]),
        (&json!(1), &json!("success"))
    );
}

/// HAP's response settings: a fixed text, or the output, as text, JSON or XML, and another answer where the run is aborted.
#[tokio::test]
async fn the_response_settings_say_what_is_answered() {
    let world = World::new().await;
    let fixed = json!({"response": {"mode": "fixed", "body": "taken"}});
    let fixed = hook(&world, echoes_the_event(), fixed).await;
    let answer = world.post(&fixed, &[], &json!({})).await;
    assert_eq!((answer.status, text(&answer)), (200, "taken"));
    for (settings, kind, expected) in [
        (
            json!({"body": "${ .event.name }"}),
            "text/plain; charset=utf-8",
            "Ada & co",
        ),
        (
            json!({"body": "${ {name: .event.name} }"}),
            "application/json",
            r#"{"name":"Ada & co"}"#,
        ),
        (
            json!({"body": "${ {name: .event.name, tag: .event.tags} }", "contentType": "application/xml"}),
            "application/xml",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <response><name>Ada &amp; co</name><tag>1</tag><tag>2</tag></response>",
        ),
    ] {
        let mut response = settings;
        response["mode"] = json!("whenDone");
        let settings = json!({ "response": response });
        let hook = hook(&world, echoes_the_event(), settings).await;
        let event = json!({"name": "Ada & co", "tags": [1, 2]});
        let answer = world.post_and_wait(&hook, &[], &event).await;
        assert_eq!(answer.header("content-type"), Some(kind));
        assert_eq!((answer.status, text(&answer)), (200, expected));
    }
    let own = json!({"status": 200, "body": "aborted"});
    let settings = json!({"response": {"mode": "whenDone", "failure": own}});
    let aborted = hook(&world, fails(), settings).await;
    let answer = world.post_and_wait(&aborted, &[], &json!({})).await;
    assert_eq!((answer.status, text(&answer)), (200, "aborted"));
}
