//! "Trigger by Webhook" of HAP: the hap profile. The document prints one message; everything else is said in sentences,
//! each of which is a row here.

mod api_document;
mod responses;
mod samples;
mod security;

use serde_json::{Value, json};
use tests::{Answer, World, echoes_the_event, target};

use crate::expected::{Expected, Pattern, status};
use crate::report::Report;

/// What the product answers to a request that it took; the document prints no success.
const SUCCESS: &str = r#"{
    "status": 1,
    "data": {"sourceId": "(sourceId)", "instanceId": "(instanceId)"},
    "msg": "success"
}"#;
const JSON: (&str, &str) = ("content-type", "application/json");

/// A workflow that is triggered by a webhook of the product.
struct Hook {
    /// What the request that made it answered.
    made: Value,
    /// The path of its URL.
    path: String,
}

#[tokio::test]
async fn every_example_of_trigger_by_webhook_is_answered_as_printed() {
    let world = World::new().await;
    let mut report = Report::of("Trigger by Webhook (HAP)");
    report.stands_for("(sourceId)", Pattern::Id("trg_"));
    report.stands_for("(instanceId)", Pattern::Id("exe_"));
    receive(&mut report, &world).await;
    samples::rows(&mut report, &world).await;
    responses::rows(&mut report, &world).await;
    security::rows(&mut report, &world).await;
    api_document::rows(&mut report, &world).await;
    report.finish();
}

impl Hook {
    async fn new(world: &World, settings: Value) -> Self {
        let native = world.hook(echoes_the_event(), json!({})).await;
        let triggers = format!("/v1/workflows/{}/triggers", native.workflow);
        let mut settings = settings;
        settings["profile"] = json!("hap");
        let made = world.call("POST", &triggers, Some(settings)).await;
        let made = made.expect(201);
        Self {
            path: target(made["url"].as_str().unwrap()).to_owned(),
            made,
        }
    }

    async fn post(&self, world: &World, body: &Value) -> Answer {
        let body = body.to_string();
        world.send("POST", &self.path, &[JSON], body).await
    }

    async fn get(&self, world: &World, query: &str) -> Answer {
        let path = format!("{}?{query}", self.path);
        world.send("GET", &path, &[], "").await
    }
}

fn success() -> Expected {
    status(200).prints(SUCCESS)
}

/// A refusal in the product's form.
fn refused(code: u16, message: &str) -> Expected {
    status(code).prints(&json!({"status": 0, "msg": message}).to_string())
}

/// The input of the execution that an answer names.
async fn input(world: &World, answer: &Answer) -> Value {
    let id = answer.json()["data"]["instanceId"].clone();
    world.execution(id.as_str().unwrap_or_default()).await["input"].clone()
}

async fn receive(report: &mut Report, world: &World) {
    let hook = Hook::new(world, json!({})).await;
    let other = Hook::new(world, json!({})).await;
    let is_unique = hook.path != other.path;
    report.statement("each workflow has a unique URL", true, is_unique);
    let event = json!({"customer": "Ada", "total": 12.5});
    let posted = hook.post(world, &event).await;
    report.answer("a POST to the URL", &success(), &posted);
    let input = input(world, &posted).await;
    let fields = json!({"customer": input["customer"], "total": input["total"]});
    report.statement("the fields are parsed", event, fields);
    let got = hook.get(world, "customer=Ada").await;
    report.answer("a GET to the URL", &success(), &got);
    let fields = self::input(world, &got).await["customer"].clone();
    report.statement("the fields of its query are parsed", "Ada", fields);
}
