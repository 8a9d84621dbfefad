//! A hostile template of one subscription harms no other delivery.

use serde_json::{Value, json};
use tests::receiver::Receiver;
use tests::{World, echoes_the_event};

async fn subscribe(world: &World, url: &str, template: &str) -> Value {
    let body = json!({
        "url": url, "events": ["workflow.completed"], "format": "custom", "template": template,
    });
    world.subscribe(body).await
}

#[tokio::test]
async fn a_template_with_unbounded_output_fails_only_its_own_delivery() {
    for hostile in [
        format!("{{{{ '\"\"\"\"'{} }}}}", "|tojson".repeat(25)),
        format!("{{{{ event|tojson{} }}}}", "|urlencode".repeat(25)),
        format!(
            "{{% for x in event.data.output.event.l %}}{{% if event{} == 'x' %}}{{% endif %}}{{% endfor %}}.",
            "|tojson|title|urlencode"
        ),
    ] {
        let world = World::new().await;
        let (good, bad) = (
            Receiver::answering(200).await,
            Receiver::answering(200).await,
        );
        let good_one = subscribe(&world, &good.url, "{{ event }}").await;
        let bad_one = subscribe(&world, &bad.url, &hostile).await;
        let hook = world.hook(echoes_the_event(), json!({})).await;
        let event = json!({"l": vec!["some text"; 4_000]});
        world.post(&hook, &[], &event).await.expect(200);
        world.run().await;
        assert_eq!(good.taken().len(), 1);
        assert!(bad.taken().is_empty());
        let list = world.call("GET", "/v1/deliveries", None).await.expect(200);
        let of = |subscription: &Value| {
            let mut items = list["items"].as_array().unwrap().iter();
            let item = items.find(|one| one["subscriptionId"] == subscription["id"]);
            item.unwrap().clone()
        };
        assert_eq!(of(&good_one)["status"], "delivered");
        assert_eq!(of(&bad_one)["status"], "exhausted");
        let path = format!("/v1/deliveries/{}", of(&bad_one)["id"].as_str().unwrap());
        let shown = world.call("GET", &path, None).await.expect(200);
        let attempt = &shown["attempts"][0];
        assert_eq!(attempt["status"], Value::Null);
        assert_eq!(
            attempt["error"],
            "the template takes too many steps for this event, or changes too much text"
        );
    }
}

#[tokio::test]
async fn a_template_keeps_the_order_of_members_and_every_digit() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let event_type = json!({});
    let declared = world.call("PUT", "/v1/event-types/order.paid", Some(event_type));
    declared.await.expect(201);
    let fields = json!({
        "url": receiver.url, "events": ["order.paid"], "format": "custom",
        "template": "{\"all\": {{ event.data }}, \"id\": {{ event.data.zulu }}}",
    });
    world.subscribe(fields).await;
    let data = r#"{"zulu":123456789012345678901234567890,"alfa":{"yankee":-0.10000000000000000555,"bravo":[1]}}"#;
    let body = format!(r#"{{"type":"order.paid","data":{data}}}"#);
    let authorization = format!("Bearer {}", world.key);
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
    ];
    let sent = world.send("POST", "/v1/events", &headers, body).await;
    sent.expect(201);
    world.run().await;
    let taken = receiver.taken();
    let text = String::from_utf8_lossy(&taken[0].body);
    let expected = format!(r#"{{"all": {data}, "id": 123456789012345678901234567890}}"#);
    assert_eq!(text, expected);
}
