//! A deployment under way, function by function, to a release that writes records of the next version. A new version of the
//! records takes two releases: the first reads it, the second writes it. With the first one everywhere before, no function meets
//! a record that it cannot read; without it, what cannot be read waits, and nothing is lost.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::crash::{run_batch, run_delivery_batch};
use tests::events::webhook;
use tests::fault_proxy::ask;
use tests::receiver::Receiver;
use tests::release::Release;
use tests::{Hook, World, invariants, waits};

const FUNCTIONS: [&str; 4] = ["trigger", "worker", "deliver", "sweep"];

/// One function of each kind.
struct Deployment {
    trigger: trigger::App,
    worker: worker::App,
    deliver: deliver::App,
    sweep: sweep::App,
}

impl Deployment {
    fn new(world: &World, release: impl Fn(&str) -> Release) -> Self {
        let environment = |package: &str| release(package).environment(world, package);
        Self {
            trigger: trigger::App::new(environment("trigger")),
            worker: worker::App::new(environment("worker")),
            deliver: deliver::App::new(environment("deliver")),
            sweep: sweep::App::new(environment("sweep")),
        }
    }

    /// One webhook, and the id of its execution.
    async fn accept(&self, hook: &Hook) -> String {
        let request = webhook(&hook.path, &[], &json!({"n": 1}));
        let answer = trigger::handle(&self.trigger, request).await;
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(answer.status(), 200, "{body}");
        body["executionId"].as_str().unwrap().to_owned()
    }

    /// What is due within some time.
    async fn run(&self, world: &World) {
        for _ in 0..4 {
            for _ in 0..2 {
                run_batch(world, &self.worker).await;
                run_delivery_batch(world, &self.deliver).await;
            }
            world.clock.advance(180_000);
            let deadline = world.clock.now().plus_secs(60);
            sweep::handle(&self.sweep, deadline).await.unwrap();
        }
    }
}

/// What a world has to show in the end.
struct Work {
    world: World,
    hook: Hook,
    receiver: Receiver,
    ids: Vec<String>,
}

impl Work {
    async fn new() -> Self {
        let world = World::new().await;
        let receiver = Receiver::answering(200).await;
        let wanted = json!({"url": receiver.url, "events": ["workflow.completed"]});
        world.subscribe(wanted).await;
        let hook = world.hook(waits(60), json!({})).await;
        Self {
            world,
            hook,
            receiver,
            ids: Vec::new(),
        }
    }

    async fn under(&mut self, deployment: &Deployment) {
        for _ in 0..2 {
            self.ids.push(deployment.accept(&self.hook).await);
        }
        deployment.run(&self.world).await;
    }

    async fn delivered(&self) -> usize {
        self.receiver.taken().len()
    }

    /// With every function of that release all that was accepted ends, and each event is delivered once.
    async fn ends(mut self, release: Release, what: &str) {
        let deployment = Deployment::new(&self.world, |_| release);
        self.under(&deployment).await;
        deployment.run(&self.world).await;
        assert_eq!(self.delivered().await, self.ids.len(), "{what}");
        let shown = history::App::new(release.environment(&self.world, "history"));
        for id in &self.ids {
            let path = format!("/v1/executions/{id}");
            let request = tests::events::management("GET", &path, &self.world.key);
            let answer = history::handle(&shown, request).await;
            let execution: Value = serde_json::from_slice(answer.body()).unwrap();
            assert_eq!(execution["status"], "succeeded", "{what}: {execution}");
        }
        self.as_of_this_release().await;
        invariants::hold(&self.world, &self.ids).await;
    }

    /// The invariants are read by the functions of this release: what the next one wrote gets the version that they read.
    async fn as_of_this_release(&self) {
        let table = self.world.stack.variables("worker")["RUNS_TABLE"].clone();
        for item in invariants::scan(&self.world).await {
            let change = json!({
                "TableName": table,
                "Key": {"pk": item["pk"], "sk": item["sk"]},
                "UpdateExpression": "SET v = :v",
                "ExpressionAttributeValues": {":v": {"N": "1"}},
            });
            let target = "DynamoDB_20120810.UpdateItem";
            ask(&self.world, target, change.to_string()).await;
        }
    }
}

/// The rule: with a release everywhere that reads the next version, some functions that write it disturb nothing at all.
#[tokio::test]
async fn after_the_first_phase_every_mixture_of_the_second_works_at_once() {
    for function in FUNCTIONS {
        for (one, others) in [
            (Release::WritesNext, Release::ReadsNext),
            (Release::ReadsNext, Release::WritesNext),
        ] {
            let what = format!("{function} {one:?}, the others {others:?}");
            let mut work = Work::new().await;
            let mixed = Deployment::new(&work.world, |package| match package == function {
                true => one,
                false => others,
            });
            work.under(&mixed).await;
            assert_eq!(work.delivered().await, 2, "{what}");
            work.ends(Release::WritesNext, &what).await;
        }
    }
}

/// Against the rule: what a function cannot read it leaves, until one that can is there. The bucket and the configuration stay
/// of this version, because nobody changed them.
#[tokio::test]
async fn without_the_first_phase_work_waits_and_none_is_lost() {
    for function in FUNCTIONS {
        for (one, others) in [
            (Release::WritesNext, Release::Current),
            (Release::Current, Release::WritesNext),
        ] {
            let what = format!("{function} {one:?}, the others {others:?}");
            let mut work = Work::new().await;
            let mixed = Deployment::new(&work.world, |package| match package == function {
                true => one,
                false => others,
            });
            work.under(&mixed).await;
            work.ends(Release::WritesNext, &what).await;
        }
    }
}

/// A roll back to a release that reads the next version needs nothing else.
#[tokio::test]
async fn the_second_phase_is_rolled_back_to_the_first_without_a_loss() {
    let mut work = Work::new().await;
    let deployed = Deployment::new(&work.world, |_| Release::WritesNext);
    work.under(&deployed).await;
    work.ends(Release::ReadsNext, "rolled back").await;
}
