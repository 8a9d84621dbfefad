//! The console: the size and start of its function, and how fast `cargo dev` shows its pages over many executions.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use serde_json::json;
use tests::{Connections, World};

use crate::Outcome;
use crate::container::Function;
use crate::dev::{self, Dev, post};
use crate::events::{Event, ORDINARY};
use crate::functions;
use crate::load::{Load, Until};
use crate::table::{Figure, Section};

const STARTS: usize = 21;
const WORKFLOWS: usize = 20;
const EXECUTIONS_EACH: usize = 5_000;
const CONNECTIONS: usize = 16;
const VIEWS: usize = 100;
/// 95 of 100 views of a page take at most this.
const PAGE_MS: f64 = 150.0;

/// Its binary as it is deployed, and a start of it.
pub(crate) async fn function() -> Outcome<Section> {
    let binary = functions::build_console()?;
    let mut section = Section::new("the console's function", &["MB, stripped", "init, ms"]);
    let megabytes = std::fs::metadata(&binary)?.len() as f64 / 1_000_000.0;
    let world = World::with(Connections::Sockets).await;
    let function = Function {
        binary,
        variables: world.stack.variables("console"),
    };
    let mut starts: Vec<Duration> = Vec::new();
    for _ in 0..STARTS {
        starts.push(function.run(Vec::new()).await?.took);
    }
    starts.sort_unstable();
    let median = starts.get(STARTS / 2).copied().unwrap_or_default();
    let figures = [
        Figure::loose(megabytes, 2),
        Figure::loose(median.as_secs_f64() * 1000.0, 2),
    ];
    section.row("console", figures.map(Some));
    Ok(section)
}

/// Its pages, over 20 workflows with 100,000 executions.
pub(crate) async fn pages() -> Outcome<Section> {
    let mut section = Section::new("a page of the console", &["p50, ms", "p95, ms"]);
    dev::build()?;
    let dev = Dev::start(None).await?;
    let mut workflow = String::new();
    for _ in 0..WORKFLOWS {
        let webhook = dev.webhook().await?;
        let id = webhook.trim_start_matches("/hooks/");
        workflow = id.split('?').next().unwrap_or_default().to_owned();
        run(&dev, webhook).await?;
    }
    let session = dev.make("/v1/sessions", &json!({})).await?;
    let cookie = format!(
        "sluice={}~admin",
        session["key"].as_str().unwrap_or_default()
    );
    let pages = [
        ("home", "/console".to_owned()),
        ("executions", "/console/executions".to_owned()),
        (
            "failed executions",
            "/console/executions?status=failed".to_owned(),
        ),
        (
            "executions of a workflow",
            format!("/console/executions?workflowId={workflow}"),
        ),
        ("workflows", "/console/workflows".to_owned()),
        ("a workflow", format!("/console/workflows/{workflow}")),
    ];
    for (name, path) in pages {
        let (host, cookie) = (dev.address.clone(), cookie.clone());
        let request = move |_| get(&host, &path, &cookie);
        let load = Load::of(1, Until::Sent(VIEWS), &dev.address, request).await?;
        let figures = [
            Figure::loose(load.quantile_ms(0.5), 1),
            Figure::loose(load.quantile_ms(0.95), 1).within(PAGE_MS),
        ];
        section.row(name, figures.map(Some));
    }
    Ok(section)
}

/// Sends a workflow its webhooks.
async fn run(dev: &Dev, webhook: String) -> Outcome<()> {
    let (address, body) = (
        dev.address.clone(),
        Event::read(ORDINARY)?.body().to_owned(),
    );
    let request = move |number: usize| {
        let id = format!("page-{number:012}");
        post(&address, &webhook, ("webhook-id", &id), body.clone())
    };
    Load::of(
        CONNECTIONS,
        Until::Sent(EXECUTIONS_EACH),
        &dev.address,
        request,
    )
    .await?;
    Ok(())
}

fn get(host: &str, path: &str, cookie: &str) -> Request<Full<Bytes>> {
    Request::get(path)
        .header("host", host)
        .header("cookie", cookie)
        .body(Full::default())
        .expect("a request")
}
