//! Repeated requests to create a subscription, with an `Idempotency-Key`.

use domain::WebhookRequest;
use domain::signature::{SchemeName, read_secret, verify};
use serde_json::{Value, json};
use tests::World;
use tests::receiver::Receiver;

use crate::subscriptions::{LIST, body, created, path_of, with};

#[tokio::test]
async fn a_repeat_with_an_idempotency_key_finds_the_same_subscription_at_the_limit() {
    let world = World::new().await;
    let bearer = format!("Bearer {}", world.key);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
    let create = |body: Value| world.send("POST", LIST, &headers, body.to_string());
    let first = create(body()).await.expect(201);
    for number in 1..100 {
        created(
            &world,
            with("url", json!(format!("http://127.0.0.1:9/{number}"))),
        )
        .await;
    }
    let beyond = world.call("POST", LIST, Some(body())).await;
    beyond.expect_problem(409, "LIMIT_REACHED");
    let repeat = create(body()).await;
    assert_eq!(repeat.header("idempotent-replayed"), Some("true"));
    let repeat = repeat.expect(201);
    assert_eq!(repeat["id"], first["id"]);
    assert_eq!(repeat["secret"], Value::Null);
    let other = create(with("method", json!("PUT"))).await;
    other.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
    world
        .call("DELETE", &path_of(&first), None)
        .await
        .expect(204);
    let again = create(body()).await;
    again.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn a_repeat_with_another_secret_finds_the_first_subscription_with_its_secret() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let bearer = format!("Bearer {}", world.key);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
    let create = |secret: &str| {
        let mut body = with("url", json!(receiver.url));
        body["secret"] = json!(secret);
        world.send("POST", LIST, &headers, body.to_string())
    };
    let own = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let other = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
    let first = create(own).await.expect(201);
    assert_eq!(first["secret"], own);
    let repeat = create(other).await;
    assert_eq!(repeat.header("idempotent-replayed"), Some("true"));
    let repeat = repeat.expect(201);
    assert_eq!(
        (&repeat["id"], &repeat["secret"]),
        (&first["id"], &Value::Null)
    );
    let test = format!("{}/test", path_of(&first));
    world.call("POST", &test, None).await.expect(202);
    world.run().await;
    let now = world.clock.now();
    let taken = &receiver.taken()[0];
    let request = WebhookRequest {
        method: taken.method.clone(),
        query: Vec::new(),
        headers: taken.headers.clone().into_iter().collect(),
        body: taken.body.clone(),
        source_ip: None,
        received_at: now,
        verified_by: None,
        parameters: Vec::new(),
    };
    let is_signed_with = |secret: &str| {
        let key = read_secret(&SchemeName::STANDARD_WEBHOOKS, secret).unwrap();
        verify(&SchemeName::STANDARD_WEBHOOKS, &[&key], &request, now).is_ok()
    };
    assert!(is_signed_with(own) && !is_signed_with(other));
}
