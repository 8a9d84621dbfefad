//! Plans and credits, as the documents name them: what an org of each plan may do.

use admin::OrgChange;
use domain::Plan;
use serde_json::{Value, json};
use tests::{Answer, World, echoes_the_event};

use crate::expected::{Expected, status};
use crate::report::Report;

/// How long a container trusts what it knows of an org.
const TRUSTED_MS: i64 = 5_000;

/// "Plan limits" and the rows of status 403 of the Webhook API.
pub(crate) async fn of_the_webhook_api(report: &mut Report) {
    let refused = status(403).member("code", "PLAN_LIMIT_EXCEEDED");
    let world = World::new().await;
    world.set_org(&plan(Plan::Free)).await;
    let mut last = None;
    for number in 1..=3 {
        let made = create(&world).await;
        let example = format!("free plan: active webhook workflow {number} of 3");
        report.answer(&example, &status(201).member("active", true), &made);
        last = Some(made.json());
    }
    let fourth = create(&world).await;
    report.answer("403: plan limit exceeded, a fourth one", &refused, &fourth);
    for (name, unlimited) in [("pro", Plan::Pro), ("ultra", Plan::Ultra)] {
        world.set_org(&plan(unlimited)).await;
        let example = format!("{name} plan: unlimited");
        report.answer(&example, &status(201), &create(&world).await);
    }
    let workflow = last.unwrap_or_default();
    let hook = world.trigger(text(&workflow["id"]), json!({})).await;
    let switched_off = OrgChange {
        webhook_triggers: Some(false),
        ..OrgChange::default()
    };
    world.set_org(&switched_off).await;
    world.clock.advance(TRUSTED_MS);
    let answer = world.post(&hook, &[], &json!({})).await;
    let example = "403: webhook triggers not available on current plan";
    report.answer(example, &refused, &answer);
}

/// An answer to a request of an org that has used all of its credits.
pub(crate) async fn without_credits(
    report: &mut Report,
    example: &str,
    expected: &Expected,
    hook: (&World, &str),
) {
    let (world, path) = hook;
    world.set_credits(0).await;
    world.clock.advance(TRUSTED_MS);
    let headers = [("content-type", "application/json")];
    let answer = world.send("POST", path, &headers, "{}").await;
    report.answer(example, expected, &answer);
}

fn plan(plan: Plan) -> OrgChange {
    OrgChange {
        plan: Some(plan),
        ..OrgChange::default()
    }
}

async fn create(world: &World) -> Answer {
    let body = json!({"name": "Orders", "active": true, "definition": echoes_the_event()});
    world.call("POST", "/v1/workflows", Some(body)).await
}

fn text(id: &Value) -> &str {
    id.as_str().unwrap()
}
