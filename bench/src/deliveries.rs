//! What a delivery to a subscriber costs: calls and units, of `deliver` on the embedded stack with every call billed on the
//! way, and how many deliveries it makes a second. It does not know what the calls are.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tests::crash::{self, DELIVERIES};
use tests::fault_proxy::{Fault, FaultProxy};
use tests::receiver::{Receiver, Reply};
use tests::{World, crash::batch};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::Outcome;
use crate::calls::Cost;
use crate::table::{Figure, Section};

/// What a delivery may cost that succeeds at once, from the recorded event to its end.
const WRITE_UNITS: f64 = 9.0;
/// Longer than the first retry waits, with all its jitter.
const FIRST_RETRY_MS: i64 = 6_000;
const IN_FLIGHT: [usize; 2] = [16, 64];
/// As many subscriptions as an org may have, each with so many deliveries.
const SUBSCRIPTIONS: usize = 100;
const EVENTS: usize = 20;

/// A container of `deliver`, in a world whose calls are billed.
struct Billed {
    world: World,
    proxy: FaultProxy,
    deliver: deliver::App,
}

impl Billed {
    async fn new() -> Self {
        let world = World::new().await;
        let proxy = FaultProxy::new(&world, |_, _| Fault::Meter).await;
        Self {
            deliver: deliver::App::new(proxy.environment(&world, "deliver")),
            world,
            proxy,
        }
    }

    /// One batch of what is visible.
    async fn run(&self) -> Cost {
        self.proxy.bills();
        crash::run_delivery_batch(&self.world, &self.deliver).await;
        Cost::of(&self.proxy.bills())
    }
}

pub(crate) async fn section() -> Outcome<Section> {
    let billed = Billed::new().await;
    let receiver = Receiver::new(|number, _| match number {
        3 => Reply::status(500),
        _ => Reply::status(204),
    })
    .await;
    subscribe(&billed.world, &receiver.url).await;
    let mut section = Section::new("per delivery", &["AWS calls", "write units", "read units"]);
    for container in ["cold", "warm"] {
        publish(&billed.world).await;
        let (fanned_out, delivered) = (billed.run().await, billed.run().await);
        if container == "warm" {
            section.row(
                "an event is fanned out to one subscriber",
                fanned_out.figures(),
            );
            section.row("delivered at the first attempt", delivered.figures());
            let whole = fanned_out.and(delivered).within(WRITE_UNITS);
            section.row("fanned out and delivered, first attempt", whole);
        }
    }
    publish(&billed.world).await;
    billed.run().await;
    let failed = billed.run().await;
    section.row("an attempt that fails, the first", failed.figures());
    billed.world.clock.advance(FIRST_RETRY_MS);
    let delivered = billed.run().await;
    section.row("delivered at the second attempt", delivered.figures());
    let both = failed.and(delivered);
    section.row("both attempts together", both.figures());
    match receiver.taken().len() {
        4 => Ok(section),
        other => Err(format!("the receiver took {other} requests").into()),
    }
}

/// Deliveries a second, beside the backends on the same machine. Nothing is received from the queue or deleted there
/// meanwhile: on Lambda that is not the function's work.
pub(crate) async fn throughput() -> Outcome<Section> {
    let mut section = Section::new("deliveries to a local sink", &["a second"]);
    for in_flight in IN_FLIGHT {
        let per_second = per_second(in_flight).await?;
        section.row(
            format!("{in_flight} in flight"),
            [Some(Figure::loose(per_second, 0))],
        );
    }
    Ok(section)
}

async fn per_second(in_flight: usize) -> Outcome<f64> {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/hook", listener.local_addr()?);
    let sink = tokio::spawn(sink(listener));
    for _ in 0..SUBSCRIPTIONS {
        subscribe(&world, &url).await;
    }
    for _ in 0..EVENTS {
        publish(&world).await;
    }
    let app = Arc::new(deliver::App::new(world.stack.environment("deliver")?));
    for _ in 0..EVENTS.div_ceil(10) {
        crash::run_delivery_batch(&world, &app).await;
    }
    let messages = Arc::new(Mutex::new(received(&world).await));
    let count = messages.lock().map_or(0, |messages| messages.len());
    if count != SUBSCRIPTIONS * EVENTS {
        return Err(format!("{count} deliveries are to be made").into());
    }
    let deadline = world.clock.now().plus_secs(60);
    let began = Instant::now();
    let mut working = JoinSet::new();
    for _ in 0..in_flight {
        let (app, messages) = (Arc::clone(&app), Arc::clone(&messages));
        working.spawn(async move {
            while let Some(message) = next(&messages) {
                deliver::handle(&app, batch(&[message]), deadline).await;
            }
        });
    }
    working.join_all().await;
    let took = began.elapsed();
    sink.abort();
    Ok(count as f64 / took.as_secs_f64())
}

fn next(messages: &Mutex<VecDeque<Value>>) -> Option<Value> {
    let mut messages = messages.lock().unwrap_or_else(PoisonError::into_inner);
    messages.pop_front()
}

/// All that is visible.
async fn received(world: &World) -> VecDeque<Value> {
    let mut all = VecDeque::new();
    loop {
        let some = crash::receive_from(world, DELIVERIES).await;
        if some.is_empty() {
            return all;
        }
        all.extend(some);
    }
}

async fn subscribe(world: &World, url: &str) {
    let body = json!({"url": url, "events": ["connection.created"]});
    let made = world.call("POST", "/v1/subscriptions", Some(body)).await;
    made.expect(201);
}

async fn publish(world: &World) {
    let body = json!({"type": "connection.created", "data": {"slug": "crm", "account": "a-1024"}});
    let published = world.call("POST", "/v1/events", Some(body)).await;
    published.expect(201);
}

/// Takes everything, on connections that stay open.
async fn sink(listener: TcpListener) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).ok();
        connections.spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service_fn(take)),
        );
    }
}

async fn take(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    // What was cut off is no concern of a sink.
    request.into_body().collect().await.ok();
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}
