//! "Response Settings" of HAP's document: which answer a request gets, and what is in it.

use serde_json::{Value, json};
use tests::{Answer, Hook, World, echoes_the_event, fails};

use super::{SUCCESS, refused};
use crate::expected::status;
use crate::report::Report;

pub(super) async fn rows(report: &mut Report, world: &World) {
    at_once(report, world).await;
    from_the_run(report, world).await;
    aborted(report, world).await;
}

async fn hook(world: &World, definition: Value, response: Value) -> Hook {
    let settings = json!({"profile": "hap", "response": response});
    world.hook(definition, settings).await
}

/// The same hook under the path whose answer comes from the run.
fn with_output(hook: &Hook) -> Hook {
    let mut hook = hook.clone();
    hook.path = hook.path.replace("/workflow/hooks/", "/workflow/hooks2/");
    hook
}

fn content(answer: &Answer) -> Value {
    let kind = answer.header("content-type");
    json!([answer.status, kind, String::from_utf8_lossy(&answer.bytes)])
}

async fn at_once(report: &mut Report, world: &World) {
    let default = hook(world, echoes_the_event(), json!({"mode": "immediately"})).await;
    let answer = world.post(&default, &[], &json!({})).await;
    let example = "response settings: at once, before the run";
    report.answer(example, &status(200).prints(SUCCESS), &answer);
    let text = json!({"mode": "fixed", "contentType": "text/plain", "body": "taken"});
    let text = hook(world, echoes_the_event(), text).await;
    let answer = world.post(&text, &[], &json!({})).await;
    report.statement(
        "response settings: a fixed text",
        json!([200, "text/plain", "taken"]),
        content(&answer),
    );
}

async fn from_the_run(report: &mut Report, world: &World) {
    let event = json!({"name": "Ada"});
    let plain = hook(world, echoes_the_event(), json!({"mode": "immediately"})).await;
    let answer = world.post_and_wait(&with_output(&plain), &[], &event).await;
    let name = answer.json()["event"]["name"].clone();
    report.statement(
        "response settings: hooks2 answers with the output",
        "Ada",
        name,
    );
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><response><name>Ada</name></response>";
    for (kind, response, printed) in [
        (
            "text",
            json!({"body": "${ .event.name }"}),
            json!([200, "text/plain; charset=utf-8", "Ada"]),
        ),
        (
            "JSON",
            json!({"body": "${ {name: .event.name} }"}),
            json!([200, "application/json", r#"{"name":"Ada"}"#]),
        ),
        (
            "XML",
            json!({"body": "${ {name: .event.name} }", "contentType": "application/xml"}),
            json!([200, "application/xml", xml]),
        ),
    ] {
        let mut response = response;
        response["mode"] = json!("whenDone");
        let hook = hook(world, echoes_the_event(), response).await;
        let answer = world.post_and_wait(&hook, &[], &event).await;
        let example = format!("response settings: the output as {kind}");
        report.statement(&example, printed, content(&answer));
    }
}

async fn aborted(report: &mut Report, world: &World) {
    let default = hook(world, fails(), json!({"mode": "whenDone"})).await;
    let answer = world.post_and_wait(&default, &[], &json!({})).await;
    let example = "response settings: the run is aborted";
    report.answer(example, &refused(500, "Broken"), &answer);
    let own = json!({"mode": "whenDone", "failure": {"status": 200, "body": "aborted"}});
    let own = hook(world, fails(), own).await;
    let answer = world.post_and_wait(&own, &[], &json!({})).await;
    let got = json!([answer.status, String::from_utf8_lossy(&answer.bytes)]);
    let example = "response settings: another answer where the run is aborted";
    report.statement(example, json!([200, "aborted"]), got);
}
