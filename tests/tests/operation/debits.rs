//! What a webhook costs in an org with credits: the debit and the state item are one transaction.

use serde_json::json;
use tests::events::webhook;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{World, echoes_the_event};

#[tokio::test]
async fn a_debit_costs_no_further_call_and_a_flood_without_credit_costs_nothing() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    world.set_credits(2).await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Meter).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../events/order-paid.json");
    let event: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let event: serde_json::Value = serde_json::from_str(event["body"].as_str().unwrap()).unwrap();
    let mut costs = Vec::new();
    for id in ["0", "1", "1", "2", "3"] {
        proxy.bills();
        let request = webhook(&hook.path, &[("webhook-id", id)], &event);
        let status = trigger::handle(&app, request).await.status().as_u16();
        let bills = proxy.bills();
        let writes: f64 = bills.iter().map(|bill| bill.write_units).sum();
        let reads: f64 = bills.iter().map(|bill| bill.read_units).sum();
        costs.push((status, bills.len(), writes, reads));
    }
    // The first one without credit reads whether it is a duplicate, gives its token back, and records two events
    // and, once a minute, the refusal.
    let expected = [
        (200, 4, 8.0, 0.0),
        (200, 4, 3.0, 0.0),
        (402, 8, 11.0, 1.0),
        (402, 1, 0.0, 1.0),
    ];
    assert_eq!(costs[1..], expected);
}
