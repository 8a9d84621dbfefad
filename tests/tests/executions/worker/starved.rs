//! A worker whose machine has too little CPU time: executions are given back, and none fails for what others do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tests::crash::{recover, run_batch};
use worker::Sandbox;

use super::*;

/// As often as no execution may lose its owner.
const ROUNDS: usize = 7;

/// The names of the steps that succeeded.
fn steps(execution: &Value) -> Vec<&str> {
    let steps = execution["steps"].as_array().unwrap().iter();
    let ended = steps.filter(|step| step["status"] == "succeeded");
    ended.map(|step| step["name"].as_str().unwrap()).collect()
}

/// The sandbox waits for no evaluation at all, so that its thread is always starved.
#[tokio::test]
async fn an_execution_whose_expression_gets_no_cpu_time_is_given_back_and_goes_on_elsewhere() {
    let world = World::new().await;
    let definition = document(json!([
        {"first": {"set": {"n": 1}}},
        {"pause": {"wait": {"seconds": 30}}},
        {"second": {"set": {"n": 2}}},
        {"third": {"set": {"n": "${ .n + 1 }"}}}
    ]));
    let hook = world.hook(definition, json!({})).await;
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    let id = accepted["executionId"].as_str().unwrap();
    world.run().await;
    assert_eq!(steps(&world.execution(id).await), ["first"]);
    for _ in 0..ROUNDS {
        world.clock.advance(1_000_000);
        let sandbox = Sandbox::with_limits(Duration::from_secs(10), 0);
        let aws = world.environment_at("worker", &world.clock);
        let app = worker::App::with_sandbox(aws, sandbox);
        run_batch(&world, &app).await;
        assert!(app.must_exit(), "its thread is lost");
        let execution = world.execution(id).await;
        assert_eq!(execution["status"], "waiting", "{execution}");
    }
    recover(&world).await;
    let execution = world.execution(id).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert_eq!(execution["output"], json!({"n": 3}));
    assert_eq!(steps(&execution), ["first", "pause", "second", "third"]);
}

/// Four threads that never rest, while it lives.
struct BusyCores(Arc<AtomicBool>);

impl BusyCores {
    fn new() -> Self {
        let are_busy = Arc::new(AtomicBool::new(true));
        for _ in 0..4 {
            let are_busy = Arc::clone(&are_busy);
            thread::spawn(move || {
                while are_busy.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        Self(are_busy)
    }
}

impl Drop for BusyCores {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn on_contended_cores_attackers_fail_and_bystanders_succeed() {
    let world = World::new().await;
    let attacks = [
        r#"test("[\\W\\w]" * 160; "i")"#,
        r#"[range(1000)] | map(tostring | test("\\w{90}"; "i"))"#,
        "[range(1e12)]",
        "def f: 1 + f; f",
    ];
    let (mut attackers, mut bystanders) = (Vec::new(), Vec::new());
    for attack in attacks.iter().cycle().take(8) {
        let expression = format!("${{ \"a\" | {attack} }}");
        for (ids, set) in [
            (&mut attackers, json!({"x": expression})),
            (&mut bystanders, json!({"x": "${ [.n, 1] | add }"})),
        ] {
            let definition = document(json!([{"only": {"set": set}}]));
            let hook = world.hook(definition, json!({})).await;
            let accepted = world.post(&hook, &[], &json!({"n": 1})).await;
            let id = accepted.expect(200)["executionId"].clone();
            ids.push(id.as_str().unwrap().to_owned());
        }
    }
    let busy_cores = BusyCores::new();
    world.run().await;
    drop(busy_cores);
    for id in bystanders {
        let execution = world.execution(&id).await;
        assert_eq!(execution["status"], "succeeded", "{execution}");
        assert_eq!(execution["output"], json!({"x": 2}));
    }
    for id in attackers {
        let execution = world.execution(&id).await;
        assert_eq!(execution["status"], "failed", "{execution}");
    }
}
