//! "Webhook Documentation" of Refly: the refly profile.

mod files;
mod management;

use serde_json::json;
use tests::{Answer, World, echoes_the_event};

use crate::expected::{Expected, Pattern, status};
use crate::plans;
use crate::report::Report;

/// The request body that the document prints.
const BODY: &str = "{}";
/// What the product answers; the document prints no success.
const RECEIVED: &str = r#"{"success": true, "data": {"received": true}}"#;
const TRACE: &str = "(traceId)";

/// A canvas with its webhook.
struct Canvas {
    workflow: String,
    trigger: String,
    run: String,
}

#[tokio::test]
async fn every_example_of_the_webhook_documentation_is_answered_as_printed() {
    let world = World::new().await;
    let mut report = Report::of("Webhook Documentation (Refly)");
    report.stands_for(TRACE, Pattern::Text);
    request_body(&mut report, &world).await;
    error_codes(&mut report, &world).await;
    files::rows(&mut report, &world).await;
    limits(&mut report, &world).await;
    management::rows(&mut report, &world).await;
    let of_credits = canvas(&world).await;
    let expected = row(402, "INSUFFICIENT_CREDITS", "Insufficient credits");
    let hook = (&world, of_credits.run.as_str());
    plans::without_credits(&mut report, "402 INSUFFICIENT_CREDITS", &expected, hook).await;
    report.finish();
}

/// A workflow with a trigger whose URL is one of the product.
async fn canvas(world: &World) -> Canvas {
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let workflow = format!("/v1/workflows/{}", hook.workflow);
    let path = format!("{workflow}/triggers");
    let settings = json!({"profile": "refly"});
    let made = world.call("POST", &path, Some(settings)).await.expect(201);
    let url = made["url"].as_str().unwrap();
    Canvas {
        run: url[url.find("/v1/openapi/").unwrap()..].to_owned(),
        trigger: format!("{path}/{}", made["id"].as_str().unwrap()),
        workflow,
    }
}

async fn run(world: &World, canvas: &Canvas, body: &str) -> Answer {
    let headers = [("content-type", "application/json")];
    world
        .send("POST", &canvas.run, &headers, body.to_owned())
        .await
}

async fn request_body(report: &mut Report, world: &World) {
    let canvas = canvas(world).await;
    let success = status(200).prints(RECEIVED);
    let printed = run(world, &canvas, BODY).await;
    report.answer("request body example", &success, &printed);
    let none = run(world, &canvas, "").await;
    report.answer("variables are not required: no body", &success, &none);
    let variables = json!({"name": "Ada", "topics": ["a", "b"]});
    let body = json!({"variables": variables}).to_string();
    let given = run(world, &canvas, &body).await;
    report.answer("variables as key-value pairs", &success, &given);
    world.run().await;
    let id = canvas.workflow.rsplit('/').next().unwrap();
    let path = format!("/v1/executions?workflowId={id}");
    let listed = world.call("GET", &path, None).await.expect(200);
    let inputs = listed["items"].as_array().unwrap();
    report.statement("executions are in the history", 3, inputs.len());
    let mut got = Vec::new();
    for item in inputs {
        let execution = world.execution(item["id"].as_str().unwrap()).await;
        got.extend(execution["input"].get("variables").cloned());
    }
    report.statement(
        "variables reach the workflow as they are",
        json!([variables]),
        got,
    );
}

/// A row of the table of error codes, in the product's envelope.
fn row(code: u16, error: &str, message: &str) -> Expected {
    let body = json!({"success": false, "errCode": error, "errMsg": message, "traceId": TRACE});
    status(code).prints(&body.to_string())
}

async fn error_codes(report: &mut Report, world: &World) {
    let invalid = row(400, "INVALID_REQUEST_BODY", "Invalid request body");
    let of_invalid = canvas(world).await;
    for body in ["{", "[]", r#"{"variables": []}"#, r#"{"input": {}}"#] {
        let answer = run(world, &of_invalid, body).await;
        let example = format!("400 INVALID_REQUEST_BODY: {body}");
        report.answer(&example, &invalid, &answer);
    }
    disabled_and_deleted(report, world).await;
    let limited = canvas(world).await;
    let limit = json!({"rateLimit": {"capacity": 1, "refillPerSecond": 0.5}});
    let changed = world.call("PATCH", &limited.workflow, Some(limit)).await;
    changed.expect(200);
    run(world, &limited, BODY).await.expect(200);
    let answer = run(world, &limited, BODY).await;
    let expected = row(429, "WEBHOOK_RATE_LIMITED", "Webhook rate limited");
    report.answer("429 WEBHOOK_RATE_LIMITED", &expected, &answer);
}

/// Which limits there are, and what is left of them.
async fn limits(report: &mut Report, world: &World) {
    let canvas = canvas(world).await;
    let expected = status(200)
        .header("x-ratelimit-limit-rpm", "100")
        .header("x-ratelimit-remaining-rpm", "99")
        .header("x-ratelimit-limit-daily", "10000")
        .header("x-ratelimit-remaining-daily", "9999");
    let answer = run(world, &canvas, BODY).await;
    report.answer("X-RateLimit headers", &expected, &answer);
}

async fn disabled_and_deleted(report: &mut Report, world: &World) {
    let canvas = canvas(world).await;
    let act = async |method: &str, path: String| {
        let status = world.call(method, &path, None).await.status;
        assert!(matches!(status, 200 | 204), "{method} {path}: {status}");
    };
    act("POST", format!("{}/disable", canvas.trigger)).await;
    let answer = run(world, &canvas, BODY).await;
    let expected = row(403, "WEBHOOK_DISABLED", "Webhook disabled");
    report.answer("403 WEBHOOK_DISABLED", &expected, &answer);
    act("POST", format!("{}/enable", canvas.trigger)).await;
    act("DELETE", canvas.trigger.clone()).await;
    let answer = run(world, &canvas, BODY).await;
    let not_found = row(404, "WEBHOOK_NOT_FOUND", "Webhook not found");
    report.answer("404 WEBHOOK_NOT_FOUND: deleted", &not_found, &answer);
    let unknown = Canvas {
        run: format!("/v1/openapi/webhook/wh_{}/run", "0".repeat(32)),
        ..canvas
    };
    let answer = run(world, &unknown, BODY).await;
    let example = "404 WEBHOOK_NOT_FOUND: does not exist";
    report.answer(example, &not_found, &answer);
    let orphan = self::canvas(world).await;
    act("DELETE", orphan.workflow.clone()).await;
    let answer = run(world, &orphan, BODY).await;
    let expected = row(404, "CANVAS_NOT_FOUND", "Canvas not found");
    report.answer("404 CANVAS_NOT_FOUND", &expected, &answer);
}
