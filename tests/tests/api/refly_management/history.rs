//! The history of a webhook of the refly profile.

use super::*;

#[tokio::test]
async fn the_history_has_pages_of_calls_and_of_recorded_refusals() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let canvas = Canvas::enabled(&admin, "Orders").await;
    for _ in 0..4 {
        edge.advance(1_000);
        assert_eq!(canvas.run(&edge).await.status, 200);
        edge.0.run().await;
    }
    edge.advance(1_000);
    let deactivate = format!("{}/deactivate", canvas.workflow);
    admin.post(&deactivate, &Value::Null).await;
    edge.advance(5_000);
    assert_eq!(canvas.run(&edge).await.status, 403);

    let first = admin.get(&canvas.history(1, 2)).await;
    assert_eq!(first.status, 200, "{first:?}");
    let data = &first.json["data"];
    assert_eq!((&data["total"], &data["page"]), (&json!(5), &json!(1)));
    assert_eq!(data["pageSize"], 2);
    let refused = &data["records"][0];
    assert_eq!(refused["status"], "failed");
    assert_eq!(refused["httpStatus"], 403);
    assert_eq!(refused["failureReason"], "Workflow inactive");
    let received = &data["records"][1];
    assert_eq!(received["status"], "success");
    assert_eq!(received["httpStatus"], 200);
    assert_eq!(received["failureReason"], Value::Null);
    assert!(received["completedAt"].is_string(), "{received}");
    let mut seen = Vec::new();
    for page in 1..=4 {
        let page = admin.get(&canvas.history(page, 2)).await;
        let records = page.json["data"]["records"].as_array().unwrap().clone();
        seen.push(records.len());
        assert_eq!(page.json["data"]["total"], 5);
    }
    assert_eq!(seen, [2, 2, 1, 0]);
}
