//! The log as CloudWatch gets it: each line of a request or message has its ids, and the log of an execution carries the
//! trace id of its webhook. One test, because the log subscriber is global to the process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::captured::Captured;
use tests::events::{management, webhook};
use tests::{World, echoes_the_event};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::util::SubscriberInitExt as _;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn lines(logs: &Captured) -> Vec<Value> {
    let text = logs.take();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

fn last(logs: &Captured) -> Value {
    lines(logs).pop().unwrap()
}

#[tokio::test]
async fn every_log_line_has_the_ids_of_its_request_or_message() {
    let logs = Captured::default();
    let filter: Targets = "info,dynoxide=off".parse().unwrap();
    store::json_logs(filter, logs.clone()).init();
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let app = trigger::App::new(world.stack.environment("trigger").unwrap());
    let traceparent = format!("00-{TRACE}-b7ad6b7169203331-01");
    logs.take();

    let headers = [("traceparent", traceparent.as_str()), ("webhook-id", "1")];
    let response = trigger::handle(&app, webhook(&hook.path, &headers, &json!({}))).await;
    let accepted: Value = serde_json::from_slice(response.body()).unwrap();
    let span = json!({
        "name": "webhook",
        "request_id": "request",
        "trace_id": TRACE,
        "workflow": hook.workflow,
        "trigger": hook.trigger,
        "execution": accepted["executionId"],
    });
    let line = json!({
        "version": store::VERSION, "commit": store::COMMIT,
        "level": "INFO", "target": "trigger::report", "message": "webhook answered",
        "status": 200, "ms": 0, "span": span,
    });
    assert_eq!(lines(&logs), [line]);

    let wrong = format!("/hooks/{}?token=wrong", hook.workflow);
    trigger::handle(&app, webhook(&wrong, &[], &json!({}))).await;
    let line = last(&logs);
    assert_eq!(
        (&line["status"], &line["code"], &line["span"]["trace_id"]),
        (&json!(403), &json!("INVALID_TOKEN"), &Value::Null)
    );

    let worker = worker::App::new(world.stack.environment("worker").unwrap());
    tests::crash::run_batch(&world, &worker).await;
    let lines = lines(&logs);
    let done = lines.last().unwrap();
    assert_eq!(done["message"], "message handled", "{done}");
    assert_eq!(done["span"]["status"], "succeeded");
    for name in ["workflow", "trigger", "execution"] {
        assert_eq!(done["span"][name], span[name]);
    }
    let claimed = lines
        .iter()
        .position(|line| line["message"] == "execution claimed");
    for line in &lines[claimed.unwrap() + 1..] {
        assert_eq!(line["span"]["trace_id"], TRACE, "{line}");
    }

    let history = history::App::new(world.stack.environment("history").unwrap());
    let path = "/v1/executions/exe_00000000000000000000000000";
    tests::contract::history(&history, management("GET", path, &world.key)).await;
    let line = last(&logs);
    assert_eq!(
        (&line["status"], &line["code"], &line["span"]["org"]),
        (&json!(404), &json!("NOT_FOUND"), &json!(world.tenant.org))
    );

    // The trace id of X-Ray, where the sender has sent none.
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
    let record = json!({"messageId": "m", "body": "{", "attributes": {"AWSTraceHeader": header}});
    let deadline = world.clock.now().plus_secs(60);
    worker::handle(&worker, json!({"Records": [record]}), deadline).await;
    let line = last(&logs);
    assert_eq!(line["span"]["trace_id"], "5759e988bd862e3fe1be46a994272793");
    assert_eq!(line["is_retried"], true);
}
