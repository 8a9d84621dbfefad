//! What the lists of an org cost: calls and units of `history`, and of `register` where it shows what an org used. It does not
//! know which indexes they read.

use lambda_http::Response;
use serde_json::json;
use tests::events::management;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{World, echoes_the_event};

use crate::Outcome;
use crate::calls::Cost;
use crate::table::Section;

/// Workflows, and subscriptions, of the two orgs.
const SIZES: [usize; 2] = [1, 20];

/// The functions behind the API, in a world whose calls are billed.
struct Billed {
    world: World,
    proxy: FaultProxy,
    history: history::App,
    register: register::App,
}

impl Billed {
    async fn new() -> Self {
        let world = World::new().await;
        let proxy = FaultProxy::new(&world, |_, _| Fault::Meter).await;
        Self {
            history: history::App::new(proxy.environment(&world, "history")),
            register: register::App::new(proxy.environment(&world, "register")),
            world,
            proxy,
        }
    }

    /// The cost of a list, once the key is known.
    async fn list(&self, path: &str) -> Outcome<Cost> {
        for _ in 0..2 {
            self.proxy.bills();
            let request = management("GET", path, &self.world.key);
            let response = match path.starts_with("/v1/org") {
                true => register::handle(&self.register, request).await,
                false => history::handle(&self.history, request).await,
            };
            served(path, &response)?;
        }
        Ok(Cost::of(&self.proxy.bills()))
    }
}

fn served<T>(path: &str, response: &Response<T>) -> Outcome<()> {
    match response.status().as_u16() {
        200 => Ok(()),
        other => Err(format!("{path} is answered with {other}").into()),
    }
}

/// Each workflow has one execution that has ended, and each subscription one delivery.
pub(crate) async fn section() -> Outcome<Section> {
    let mut section = Section::new("per list", &["AWS calls", "write units", "read units"]);
    for size in SIZES {
        let billed = Billed::new().await;
        let workflow = fill(&billed.world, size).await;
        let plural = if size == 1 { "" } else { "s" };
        let of_org = [
            (
                "executions",
                format!("{size} workflow{plural}"),
                "/v1/executions",
            ),
            (
                "failed executions, of which there are none",
                format!("{size} workflow{plural}"),
                "/v1/executions?status=failed",
            ),
            (
                "deliveries",
                format!("{size} subscription{plural}"),
                "/v1/deliveries",
            ),
        ];
        for (what, of, path) in of_org {
            let cost = billed.list(path).await?;
            section.row(format!("{what}, of an org with {of}"), cost.figures());
        }
        if size > 1 {
            let path = format!("/v1/executions?workflowId={workflow}");
            let cost = billed.list(&path).await?;
            section.row(
                format!("executions of one of {size} workflows"),
                cost.figures(),
            );
            let usage = billed.list("/v1/org/usage").await?;
            section.row("what the org used on 31 days", usage.figures());
        }
    }
    Ok(section)
}

/// Returns one of the workflows.
async fn fill(world: &World, size: usize) -> String {
    let mut workflow = String::new();
    for _ in 0..size {
        let hook = world.hook(echoes_the_event(), json!({})).await;
        world.post(&hook, &[], &json!({})).await.expect(200);
        workflow = hook.workflow;
    }
    world.run().await;
    // The event reaches each of them, and what becomes of it makes no difference here.
    for n in 0..size {
        let url = format!("{}/healthz?n={n}", world.stack.base_url());
        let wanted = json!({"url": url, "events": ["connection.created"]});
        world.subscribe(wanted).await;
    }
    let event = json!({"type": "connection.created", "data": {"slug": "crm"}});
    let published = world.call("POST", "/v1/events", Some(event)).await;
    published.expect(201);
    world.run().await;
    workflow
}
