//! URLs that subscriptions may not have.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::net::IpAddr;

use egress::Resolver;
use serde_json::{Value, json};
use tests::World;
use tests::events::request;

use crate::subscriptions::{LIST, with};

/// Status, code and the path's answer of registering a URL in a deployment that opens nothing.
async fn registered(world: &World, url: &str, addresses: &'static [&'static str]) -> (u16, Value) {
    let mut settings = world.settings("register");
    for name in ["ALLOW_LOOPBACK", "ALLOW_HTTP"] {
        let variable = (name.to_owned(), "false".to_owned());
        settings.variables.extend([variable]);
    }
    let aws = settings.environment();
    let resolver = Resolver::new(move |_| {
        let parsed = addresses.iter().map(|address| address.parse().unwrap());
        let addresses: Vec<IpAddr> = parsed.collect();
        Box::pin(async { Ok(addresses) })
    });
    let app = register::App::with_resolver(aws, resolver);
    let key = [("x-api-key", world.key.as_str())];
    let asked = request("POST", LIST, &key, &with("url", json!(url)));
    let response = tests::contract::register(&app, asked).await;
    let answer: Value = serde_json::from_slice(response.body()).unwrap();
    (response.status().as_u16(), answer["code"].clone())
}

#[tokio::test]
async fn a_url_of_a_private_address_is_refused_when_it_is_registered() {
    let world = World::new().await;
    let public: &[&str] = &["8.8.8.8"];
    let refused = (400, json!("URL_NOT_ALLOWED"));
    for (url, addresses) in [
        ("http://hooks.example/", public),
        ("https://127.0.0.1/", public),
        ("https://[::1]/", public),
        ("https://localhost/", public),
        ("https://169.254.169.254/latest", public),
        ("https://0x7f.1/", public),
        ("https://[::ffff:10.0.0.1]/", public),
        ("https://u:p@hooks.example/", public),
        ("https://hooks.example/", &["10.0.0.1"]),
        ("https://hooks.example/", &["8.8.8.8", "192.168.0.1"]),
        ("https://hooks.example/", &["fd00::1"]),
    ] {
        assert_eq!(registered(&world, url, addresses).await, refused, "{url}");
    }
    for (url, addresses) in [
        ("https://hooks.example/", public),
        // It may be set up later, and is judged again whenever it is called.
        ("https://nobody.example/", &[]),
    ] {
        let made = (201, Value::Null);
        assert_eq!(registered(&world, url, addresses).await, made, "{url}");
    }
}
