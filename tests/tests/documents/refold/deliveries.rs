//! What the document says of deliveries.

use serde_json::json;
use tests::receiver::{Received, Receiver};
use tests::{World, echoes_the_event, fails};

use super::ROUTE;
use crate::report::Report;

/// Events are pushed to the URL with the method and headers, as the whole event or as the
/// template says.
pub(super) async fn deliveries(report: &mut Report) {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let works = world.hook(echoes_the_event(), json!({})).await;
    let breaks = world.hook(fails(), json!({})).await;
    let headers = [("x-api-key", world.key.as_str())];
    let events = json!([
        "Workflow Completed",
        "Workflow Errored",
        "Connection Created"
    ]);
    for more in [
        json!({"method": "PUT", "webhook_headers": {"x-team": "blue"}}),
        json!({"method": "PATCH", "workflow_ids": [works.workflow],
               "webhook_body": {"what": "{{event.event}}", "whole": "{{event}}"}}),
    ] {
        let mut body = json!({"webhook_url": receiver.url, "webhook_events": events});
        let fields = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(fields);
        let made = world.send("POST", ROUTE, &headers, body.to_string()).await;
        made.expect(200);
    }
    for hook in [&works, &breaks] {
        world.post(hook, &[], &json!({})).await.expect(200);
    }
    let connection = json!({"type": "connection.created", "slug": "crm",
        "data": {"linked_account_id": "acc_1", "createdAt": "2023-11-07T08:03:27.000Z"}});
    let published = world.call("POST", "/v1/events", Some(connection)).await;
    published.expect(201);
    world.run().await;
    let taken = receiver.taken();
    let by = |method: &str, event: &str| {
        let is_it = |one: &&Received| {
            let body = one.json();
            one.method == method && (body["event"] == event || body["what"] == event)
        };
        taken.iter().find(is_it).cloned()
    };
    for event in [
        "Workflow Completed",
        "Workflow Errored",
        "Connection Created",
    ] {
        let sent = by("PUT", event);
        let header = sent.and_then(|one| one.headers.get("x-team").cloned());
        report.statement(&format!("{event}: method, webhook_headers"), "blue", header);
    }
    let connection = by("PUT", "Connection Created").map(|one| one.json());
    let connection = connection.unwrap_or_default();
    report.statement(
        "createdAt of a connection's event",
        "Tue, 07 Nov 2023 08:03:27 GMT",
        connection["createdAt"].clone(),
    );
    let whole = by("PUT", "Workflow Completed").map(|one| one.json());
    let custom = by("PATCH", "Workflow Completed").map(|one| one.json());
    let custom = custom.unwrap_or_default()["whole"].clone();
    report.statement(
        "{{event}} is the full event object",
        whole.unwrap_or_default(),
        custom,
    );
    let errored = by("PATCH", "Workflow Errored").is_some();
    report.statement("workflow_ids restrict events of workflows", false, errored);
}
