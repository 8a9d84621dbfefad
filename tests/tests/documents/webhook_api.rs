//! "Webhook API": the native profile.

mod reruns;

use serde_json::{Value, json};
use tests::{Answer, Hook, World, echoes_the_event};

use crate::curl;
use crate::expected::{Pattern, status};
use crate::plans;
use crate::report::Report;

const CURL: &str = r#"curl -X POST "<your-webhook-url>" \
  -H "Content-Type: application/json" \
  -d '{"token": "SOL", "price": 150.23}'"#;
const SUCCESS: &str = r#"{
  "success": true,
  "executionId": "k57abc123def..."
}"#;
const DEDUPLICATED: &str = r#"{
  "success": true,
  "executionId": "k57abc123def...",
  "deduplicated": true
}"#;
const BODY: &str = r#"{"token": "SOL", "price": 150.23}"#;
const EXECUTION: &str = "k57abc123def...";
const SECONDS: &str = "(seconds)";

#[tokio::test]
async fn every_example_of_the_webhook_api_is_answered_as_printed() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let mut report = Report::of("Webhook API");
    let url = format!("https://sluice.test{}", hook.path);
    report.substitute_credential("<your-webhook-url>", url);
    report.stands_for(EXECUTION, Pattern::Id("exe_"));
    report.stands_for(SECONDS, Pattern::Seconds);
    success(&mut report, &world).await;
    request_body(&mut report, &world, &hook).await;
    replay_protection(&mut report, &world, &hook).await;
    bad_requests(&mut report, &world, &hook).await;
    refusals(&mut report, &world, &hook).await;
    reruns::rows(&mut report, &world).await;
    activation(&mut report, &world, &hook).await;
    rate_limit(&mut report, &world, &hook).await;
    plans::of_the_webhook_api(&mut report).await;
    report.finish();
}

async fn send(world: &World, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("Content-Type", "application/json")];
    all.extend(headers);
    world.send("POST", path, &all, BODY).await
}

async fn success(report: &mut Report, world: &World) {
    let request = curl::Request::of(&report.substituted(CURL));
    let answer = request.send(world).await;
    report.answer("curl", &status(200).prints(SUCCESS), &answer);
    let input = input(world, &answer).await;
    let parsed = json!({"token": input["token"], "price": input["price"]});
    let sent: Value = serde_json::from_str(BODY).unwrap();
    report.statement("with application/json the body is parsed", sent, parsed);
    let input = input.to_string();
    let token = request.path.split("token=").nth(1).unwrap();
    let is_kept = input.contains(token);
    report.statement("the token is not kept with the event", false, is_kept);
}

/// The input of the execution that an answer names.
async fn input(world: &World, answer: &Answer) -> Value {
    let id = answer.json()["executionId"].clone();
    world.execution(id.as_str().unwrap()).await["input"].clone()
}

async fn request_body(report: &mut Report, world: &World, hook: &Hook) {
    for content_type in ["text/plain", "application/xml"] {
        let headers = [("Content-Type", content_type)];
        let answer = world.send("POST", &hook.path, &headers, BODY).await;
        let example = format!("Content-Type: {content_type}");
        report.answer(&example, &status(200).prints(SUCCESS), &answer);
        let body = input(world, &answer).await["body"].clone();
        report.statement("it is stored as raw text in `body`", BODY, body);
    }
    let text = [("Content-Type", "text/plain")];
    let largest = world.send("POST", &hook.path, &text, "x".repeat(102_400));
    let expected = status(200).prints(SUCCESS);
    report.answer("a body of 100 KB", &expected, &largest.await);
    let larger = world.send("POST", &hook.path, &text, "x".repeat(102_401));
    report.answer("413: one byte more", &status(413), &larger.await);
    let get = world.send("GET", &hook.path, &[], "").await;
    let post_only = status(405).header("allow", "POST");
    report.answer("method: POST only; a GET", &post_only, &get);
}

async fn replay_protection(report: &mut Report, world: &World, hook: &Hook) {
    for header in ["X-Webhook-Delivery-Id", "X-GitHub-Delivery"] {
        let id = [(header, "72d3162e-cc78-11e3-81ab-4c9367dc0958")];
        let hook = world.trigger(&hook.workflow, json!({})).await;
        let other = world.trigger(&hook.workflow, json!({})).await;
        // A container that refused a request within the last second does not look for new triggers.
        world.clock.advance(1_000);
        let first = send(world, &hook.path, &id).await;
        report.answer(header, &status(200).prints(SUCCESS), &first);
        let again = send(world, &hook.path, &id).await;
        let example = format!("{header}, repeated");
        report.answer(&example, &status(200).prints(DEDUPLICATED), &again);
        let (first, again) = (first.json(), again.json());
        let ids = (first["executionId"].clone(), again["executionId"].clone());
        report.statement("it names the first execution", ids.0, ids.1);
        let other = send(world, &other.path, &id).await;
        let example = format!("{header}, repeated to another trigger");
        report.answer(&example, &status(200).prints(SUCCESS), &other);
        let elsewhere = world.hook(echoes_the_event(), json!({})).await;
        let elsewhere = send(world, &elsewhere.path, &id).await;
        let example = format!("{header}, repeated to another workflow");
        report.answer(&example, &status(200).prints(SUCCESS), &elsewhere);
    }
    let (first, again) = (
        send(world, &hook.path, &[]).await,
        send(world, &hook.path, &[]).await,
    );
    report.answer("no delivery id", &status(200).prints(SUCCESS), &first);
    report.answer(
        "no delivery id, repeated",
        &status(200).prints(SUCCESS),
        &again,
    );
    let is_new = first.json()["executionId"] != again.json()["executionId"];
    report.statement("every request creates a new execution", true, is_new);
}

async fn bad_requests(report: &mut Report, world: &World, hook: &Hook) {
    let without_token = hook.path.split('?').next().unwrap();
    for (example, path) in [
        ("400: missing workflowId", "/hooks?token=x"),
        ("400: missing token", without_token),
        ("400: missing workflowId and token", "/hooks"),
    ] {
        let code = "MISSING_WORKFLOW_OR_TOKEN";
        let expected = status(400).member("success", false).member("code", code);
        report.answer(example, &expected, &send(world, path, &[]).await);
    }
    let json = [("Content-Type", "application/json")];
    let cut = &BODY[..BODY.len() / 2];
    for (example, body) in [
        ("400: invalid JSON", "{token: SOL}"),
        (
            "400: failed to read request body (it ends in the middle)",
            cut,
        ),
    ] {
        let answer = world.send("POST", &hook.path, &json, body.to_owned()).await;
        let expected = status(400).member("code", "INVALID_REQUEST_BODY");
        report.answer(example, &expected, &answer);
    }
}

async fn refusals(report: &mut Report, world: &World, hook: &Hook) {
    let wrong = format!("/hooks/{}?token=wrong", hook.workflow);
    let expected = status(403).member("code", "INVALID_TOKEN");
    let answer = send(world, &wrong, &[]).await;
    report.answer("403: invalid token", &expected, &answer);
    let unknown = "/hooks/wf_0123456789ABCDEFGHJKMNPQRS?token=x";
    let expected = status(404).member("code", "WEBHOOK_NOT_FOUND");
    let answer = send(world, unknown, &[]).await;
    report.answer("404: workflow not found", &expected, &answer);
}

async fn activation(report: &mut Report, world: &World, hook: &Hook) {
    let switch = format!("/v1/workflows/{}", hook.workflow);
    let act = async |action: &str| {
        let path = format!("{switch}/{action}");
        world.call("POST", &path, None).await.expect(200);
        // For so long a container trusts the configuration that it has.
        world.clock.advance(5_000);
    };
    act("deactivate").await;
    let inactive = send(world, &hook.path, &[]).await;
    let expected = status(403)
        .member("code", "WORKFLOW_INACTIVE")
        .member("executionId", EXECUTION);
    report.answer("403: workflow not active", &expected, &inactive);
    let id = inactive.json()["executionId"].clone();
    let recorded = world.execution(id.as_str().unwrap()).await;
    report.statement(
        "its executionId is recorded",
        "rejected",
        recorded["status"].clone(),
    );
    act("activate").await;
    let active = send(world, &hook.path, &[]).await;
    let example = "activation required: once it is active";
    report.answer(example, &status(200).prints(SUCCESS), &active);
}

async fn rate_limit(report: &mut Report, world: &World, hook: &Hook) {
    let path = format!("/v1/workflows/{}", hook.workflow);
    let limit = json!({"rateLimit": {"capacity": 1, "refillPerSecond": 0.1}});
    world.call("PATCH", &path, Some(limit)).await.expect(200);
    world.clock.advance(60_000);
    send(world, &hook.path, &[]).await.expect(200);
    let limited = send(world, &hook.path, &[]).await;
    let expected = status(429)
        .header("retry-after", SECONDS)
        .member("retryAfter", SECONDS);
    report.answer("429: rate limit exceeded", &expected, &limited);
    let secs = limited.json()["retryAfter"].as_i64().unwrap();
    let header = limited.header("retry-after").map(str::to_owned);
    report.statement("header and field agree", secs.to_string(), header);
    world.clock.advance(secs * 1_000);
    let later = send(world, &hook.path, &[]).await;
    let example = "back off and retry: after that time";
    report.answer(example, &status(200).prints(SUCCESS), &later);
}
