//! AWS refuses, throttles, fails or is slow, at every call of trigger, worker and sweep: a trigger answers 200 or 503, and
//! every accepted webhook's execution ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use futures::future::join_all;
use lambda_http::Response;
use serde_json::{Value, json};
use store::AwsContext;
use tests::crash::{recover, run_batch};
use tests::events::webhook;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::gate::Gate;
use tests::{Hook, World, echoes_the_event, invariants};

const FAULTS: [Fault; 6] = [
    refusal(400, "ProvisionedThroughputExceededException"),
    refusal(400, "ThrottlingException"),
    refusal(400, "TransactionConflictException"),
    refusal(500, "InternalServerError"),
    refusal(503, "ServiceUnavailable"),
    Fault::LoseAnswer,
];

/// Longer than a deployed function waits for a response.
const SLOW: Fault = Fault::Slow { millis: 3_000 };

/// A function behind the proxy, with the timeouts of a deployment where the fault is that AWS is slow.
fn environment(proxy: &FaultProxy, world: &World, package: &str, fault: &Fault) -> AwsContext {
    match fault {
        Fault::Slow { .. } => proxy.short_timeout_environment(world, package),
        _ => proxy.environment(world, package),
    }
}

const fn refusal(status: u16, error: &'static str) -> Fault {
    Fault::Answer { status, error }
}

/// At which calls a fault occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strike {
    /// At the call with that number.
    Once(usize),
    /// At that call, and at every later one.
    From(usize),
}

impl Strike {
    fn fault_at(self, number: usize, fault: &Fault) -> Fault {
        let strikes = match self {
            Self::Once(at) => number == at,
            Self::From(at) => number >= at,
        };
        if strikes { fault.clone() } else { Fault::Pass }
    }
}

/// Each of the first calls: a fault at that call alone, and from that call on.
fn strikes(calls: usize) -> impl Iterator<Item = Strike> {
    (1..=calls).flat_map(|at| [Strike::Once(at), Strike::From(at)])
}

async fn disturbed(world: &World, strike: Strike, fault: Fault) -> FaultProxy {
    FaultProxy::new(world, move |number, _| strike.fault_at(number, &fault)).await
}

async fn deliver(app: &trigger::App, hook: &Hook, headers: &[(&str, &str)]) -> Response<Value> {
    let event = webhook(&hook.path, headers, &json!({}));
    let response = trigger::handle(app, event).await;
    response.map(|body| serde_json::from_slice(&body).unwrap())
}

/// Whether the answer is 200, or 503 with `Retry-After`.
fn is_expected(answer: &Response<Value>) -> bool {
    let problem = answer.body();
    match answer.status().as_u16() {
        200 => problem["success"] == true && problem["executionId"].is_string(),
        503 => {
            answer.headers().contains_key("retry-after")
                && problem["code"] == "UNAVAILABLE"
                && problem["success"] == false
        }
        _ => false,
    }
}

/// Delivers one webhook for each strike. The sender repeats each delivery, and after the recovery each has one execution,
/// which has succeeded.
async fn trigger_meets(fault: Fault, strikes: impl IntoIterator<Item = Strike>) {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let mut ids = Vec::new();
    for (number, strike) in strikes.into_iter().enumerate() {
        let proxy = disturbed(&world, strike, fault.clone()).await;
        let app = trigger::App::new(environment(&proxy, &world, "trigger", &fault));
        let delivery = number.to_string();
        let headers = [("webhook-id", delivery.as_str())];
        let answer = deliver(&app, &hook, &headers).await;
        assert!(is_expected(&answer), "{strike:?} {fault:?}: {answer:?}");
        let again = world.post(&hook, &headers, &json!({})).await.expect(200);
        if answer.status() == 200 {
            assert_eq!(again["executionId"], answer.body()["executionId"]);
            assert_eq!(again["deduplicated"], true);
        }
        ids.push(again["executionId"].as_str().unwrap().to_owned());
    }
    all_have_ended_well(&world, &ids).await;
}

/// The same for the calls of a worker and a sweep.
async fn worker_and_sweep_meet(fault: Fault, strikes: impl IntoIterator<Item = Strike>) {
    let world = World::new().await;
    let gate = Gate::open().await;
    let hook = world.hook(gate.workflow(), json!({})).await;
    let mut ids = Vec::new();
    for strike in strikes {
        let answer = world.post(&hook, &[], &json!({})).await.expect(200);
        ids.push(answer["executionId"].as_str().unwrap().to_owned());
        let proxy = disturbed(&world, strike, fault.clone()).await;
        let app = worker::App::new(environment(&proxy, &world, "worker", &fault));
        run_batch(&world, &app).await;
        world.clock.advance(91_000);
        proxy.forget_calls();
        let app = sweep::App::new(environment(&proxy, &world, "sweep", &fault));
        let deadline = world.clock.now().plus_secs(60);
        // The sweep may fail; the next one finds the execution.
        sweep::handle(&app, deadline).await.map(drop).ok();
        // A run without faults, because five lost owners in a row would fail the execution.
        world.clock.advance(91_000);
        world.stack.invoke("sweep", json!({})).await.unwrap();
        world.run().await;
    }
    all_have_ended_well(&world, &ids).await;
    assert!(gate.calls() >= ids.len());
}

async fn all_have_ended_well(world: &World, ids: &[String]) {
    recover(world).await;
    for id in ids {
        let shown = world.execution(id).await;
        assert_eq!(shown["status"], "succeeded", "{shown}");
    }
    invariants::hold(world, ids).await;
}

#[tokio::test]
async fn at_every_fault_of_aws_a_trigger_answers_200_or_503_and_loses_no_webhook() {
    join_all(FAULTS.map(|fault| trigger_meets(fault, strikes(4)))).await;
}

#[tokio::test]
async fn slow_responses_of_aws_delay_a_webhook_and_lose_none() {
    // Each in a stack of its own, so that they run at the same time.
    join_all(strikes(4).map(|strike| trigger_meets(SLOW, [strike]))).await;
}

#[tokio::test]
async fn slow_responses_of_aws_delay_a_worker_and_a_sweep_and_lose_nothing() {
    join_all(strikes(8).map(|strike| worker_and_sweep_meet(SLOW, [strike]))).await;
}

#[tokio::test]
async fn at_every_fault_of_aws_a_worker_and_a_sweep_end_every_execution() {
    join_all(FAULTS.map(|fault| worker_and_sweep_meet(fault, strikes(8)))).await;
}

#[tokio::test]
async fn a_queue_that_refuses_for_a_minute_delays_and_loses_nothing() {
    let world = World::new().await;
    let gate = Gate::open().await;
    let hook = world.hook(gate.workflow(), json!({})).await;
    let proxy = FaultProxy::new(&world, |_, operation| match operation {
        "SendMessage" => refusal(500, "InternalFailure"),
        _ => Fault::Pass,
    });
    let proxy = proxy.await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    let mut ids = Vec::new();
    for second in 0..60 {
        let delivery = second.to_string();
        let event = webhook(&hook.path, &[("webhook-id", &delivery)], &json!({}));
        let answer = trigger::handle(&app, event).await;
        assert_eq!(answer.status(), 200);
        let answer: Value = serde_json::from_slice(answer.body()).unwrap();
        ids.push(answer["executionId"].as_str().unwrap().to_owned());
        world.clock.advance(1_000);
    }
    recover(&world).await;
    for id in &ids {
        assert_eq!(world.execution(id).await["status"], "succeeded");
    }
    assert_eq!(gate.calls(), 60, "each has run once");
    invariants::hold(&world, &ids).await;
}
