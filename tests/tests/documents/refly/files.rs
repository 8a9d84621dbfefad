//! "File Upload": a file is uploaded with an API key, and its `fileKey`, or a list of them, is passed under `variables`.

use serde_json::{Value, json};
use tests::files::{form, form_type};
use tests::{Answer, World};

use super::{RECEIVED, canvas, run};
use crate::expected::{Pattern, status};
use crate::report::Report;

/// The section, as the document prints it.
const SECTION: &str = "If you need to send file variables, upload files via /openapi/files/upload to get fileKey (requires API Key), then pass fileKey or fileKey[] under variables in the webhook body.";
const FILE_KEY: &str = "(fileKey)";

pub(super) async fn rows(report: &mut Report, world: &World) {
    report.stands_for(FILE_KEY, Pattern::Id("of_"));
    let path = SECTION.split(' ').find(|word| word.starts_with("/openapi"));
    let path = format!("/v1{}", path.unwrap_or_default());
    let answer = upload(world, &path, Some(&world.key)).await;
    let file = |name: &str| json!({"fileKey": FILE_KEY, "fileName": name});
    let files = json!({"files": [file("a.txt"), file("b.txt")]});
    let uploaded = json!({"success": true, "data": files}).to_string();
    let example = "upload files via /openapi/files/upload to get fileKey";
    report.answer(example, &status(200).prints(&uploaded), &answer);
    let without = upload(world, &path, None).await;
    let refused = status(401).member("success", false);
    report.answer("requires API Key", &refused, &without);

    let files = answer.json()["data"]["files"].clone();
    let (one, other) = (&files[0]["fileKey"], &files[1]["fileKey"]);
    passed(
        report,
        world,
        "pass fileKey under variables",
        one,
        json!("a.txt"),
    )
    .await;
    let list = json!([one, other]);
    let names = json!(["a.txt", "b.txt"]);
    passed(
        report,
        world,
        "pass fileKey[] under variables",
        &list,
        names,
    )
    .await;
}

async fn upload(world: &World, path: &str, key: Option<&str>) -> Answer {
    let kind = form_type();
    let mut headers = vec![("content-type", kind.as_str())];
    headers.extend(key.map(|key| ("X-Refly-Api-Key", key)));
    let files = form(&[("a.txt", "text/plain", b"a"), ("b.txt", "text/plain", b"b")]);
    world.send("POST", path, &headers, files).await
}

/// Runs a canvas with this variable, and compares the names of the files that its workflow sees.
async fn passed(report: &mut Report, world: &World, example: &str, value: &Value, names: Value) {
    let canvas = canvas(world).await;
    let body = json!({"variables": {"files": value}}).to_string();
    let answer = run(world, &canvas, &body).await;
    report.answer(example, &status(200).prints(RECEIVED), &answer);
    world.run().await;
    let id = canvas.workflow.rsplit('/').next().unwrap_or_default();
    let listed = world
        .call("GET", &format!("/v1/executions?workflowId={id}"), None)
        .await;
    let listed = listed.expect(200);
    let execution = listed["items"][0]["id"].as_str().unwrap_or_default();
    let output = world.execution(execution).await["output"].clone();
    let seen = &output["event"]["variables"]["files"];
    let name = |file: &Value| file["name"].clone();
    let seen = match seen {
        Value::Array(files) => files.iter().map(name).collect(),
        single => name(single),
    };
    report.statement(
        &format!("{example}: the workflow gets the files"),
        names,
        seen,
    );
}
