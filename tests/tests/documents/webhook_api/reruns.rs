//! "Editor reruns": a trigger runs again with its configured sample, not with an earlier body.

use serde_json::json;
use tests::{World, echoes_the_event};

use crate::expected::{Pattern, status};
use crate::report::Report;

const RUN: &str = "(executionId)";

pub(super) async fn rows(report: &mut Report, world: &World) {
    report.stands_for(RUN, Pattern::Id("exe_"));
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let trigger = format!("/v1/workflows/{}/triggers/{}", hook.workflow, hook.trigger);
    let earlier = json!({"token": "SOL", "price": 150.23});
    world.post(&hook, &[], &earlier).await.expect(200);
    let sample = json!({"json": {"token": "ETH", "price": 1}});
    let path = format!("{trigger}/sample");
    world.call("POST", &path, Some(sample)).await.expect(200);
    let run = world.call("POST", &format!("{trigger}/test"), None).await;
    let expected = status(201).member("id", RUN);
    report.answer("editor reruns: run the trigger again", &expected, &run);
    let run = run.json();
    world.run().await;
    let input = world.execution(run["id"].as_str().unwrap()).await["input"].clone();
    report.statement(
        "it runs with the sample payload, not with the original body",
        json!({"token": "ETH", "price": 1}),
        json!({"token": input["token"], "price": input["price"]}),
    );
}
