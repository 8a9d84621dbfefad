//! URLs without TLS: accepted and called where the deployment says so, and nowhere else. Loopback stands for the internet
//! here, under a name that is no local one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::net::Ipv4Addr;

use egress::Resolver;
use serde_json::{Value, json};
use tests::World;
use tests::crash::run_delivery_batch;
use tests::events::request;
use tests::receiver::Receiver;

/// What a function finds in a deployment that allows plain http, or does not.
fn environment(world: &World, package: &str, allow_http: bool) -> store::AwsContext {
    let mut settings = world.settings(package);
    let allowed = ("ALLOW_HTTP".to_owned(), allow_http.to_string());
    settings.variables.extend([allowed]);
    settings.environment()
}

fn resolver() -> Resolver {
    Resolver::new(|_| Box::pin(async { Ok(vec![Ipv4Addr::LOCALHOST.into()]) }))
}

/// Status and code of registering that URL.
async fn registered(world: &World, url: &str, allow_http: bool) -> (u16, Value) {
    let aws = environment(world, "register", allow_http);
    let app = register::App::with_resolver(aws, resolver());
    let key = [("x-api-key", world.key.as_str())];
    let body = json!({"url": url, "events": ["connection.created"]});
    let asked = request("POST", "/v1/subscriptions", &key, &body);
    let response = tests::contract::register(&app, asked).await;
    let answer: Value = serde_json::from_slice(response.body()).unwrap();
    (response.status().as_u16(), answer["code"].clone())
}

/// The one delivery of one event, after an attempt in that deployment.
async fn delivered(world: &World, allow_http: bool) -> Value {
    let event = json!({"type": "connection.created"});
    let made = world.call("POST", "/v1/events", Some(event)).await;
    let event = made.expect(201)["id"].clone();
    let aws = environment(world, "deliver", allow_http);
    let app = deliver::App::with_resolver(aws, resolver());
    for _ in 0..2 {
        run_delivery_batch(world, &app).await;
    }
    let path = format!("/v1/deliveries?eventId={}", event.as_str().unwrap());
    let listed = world.call("GET", &path, None).await.expect(200);
    let id = listed["items"][0]["id"].as_str().unwrap();
    let path = format!("/v1/deliveries/{id}");
    world.call("GET", &path, None).await.expect(200)
}

#[tokio::test]
async fn where_plain_http_is_allowed_it_is_accepted_and_delivered_to() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let url = receiver.url.replace("127.0.0.1", "hooks.example");
    let refused = registered(&world, &url, false).await;
    assert_eq!(refused, (400, json!("URL_NOT_ALLOWED")));
    assert_eq!(registered(&world, &url, true).await, (201, Value::Null));
    let sent = delivered(&world, true).await;
    assert_eq!(sent["status"], "delivered", "{sent}");
    let taken = receiver.taken();
    assert!(taken[0].headers["host"].starts_with("hooks.example:"));
    // The deployment allows it no longer: nothing is sent, and the attempt says why.
    let refused = delivered(&world, false).await;
    assert_eq!(refused["status"], "pending", "{refused}");
    let reason = refused["attempts"][0]["error"].as_str().unwrap();
    assert!(reason.contains("http"), "{reason}");
    assert_eq!(receiver.taken().len(), 1);
}
