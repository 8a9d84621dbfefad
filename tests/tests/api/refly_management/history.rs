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

/// One more than are counted on the first pages.
const CALLS: usize = 1_001;

#[tokio::test]
async fn the_total_counts_1000_records_and_further_ones_where_the_page_reaches_them() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let canvas = Canvas::enabled(&admin, "Orders").await;
    let limit = json!({"rateLimit": {"capacity": 2_000, "refillPerSecond": 1_000}});
    admin.call("PATCH", &canvas.workflow, &[], &limit).await;
    let total = async |page: usize| {
        let page = admin.get(&canvas.history(page, 100)).await;
        let data = &page.json["data"];
        let records = data["records"].as_array().unwrap().len();
        (data["total"].as_u64().unwrap(), records)
    };
    for _ in 1..CALLS {
        assert_eq!(canvas.run(&edge).await.status, 200);
    }
    assert_eq!(total(1).await, (1_000, 100));
    assert_eq!(canvas.run(&edge).await.status, 200);
    assert_eq!(total(1).await, (1_000, 100), "it counts no further");
    assert_eq!(total(10).await, (1_000, 100));
    assert_eq!(total(11).await, (1_001, 1), "the page reaches one more");
}
