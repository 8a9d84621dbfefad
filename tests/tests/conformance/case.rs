//! One scenario: a world of its own, the documents that it registers, and what became of their execution.

use std::convert::Infallible;
use std::fmt;

use serde_json::{Map, Value, json};
use tests::World;

use crate::stand_in::StandIn;

/// What a webhook adds to an event that has no such fields; the kit knows nothing of it.
const DECORATION: [&str; 2] = ["source", "triggeredAt"];

pub(crate) struct Case {
    world: World,
    pub(crate) stand_in: StandIn,
    definition: String,
    pub(crate) input: Value,
    outcome: Outcome,
}

/// How far the workflow has come.
enum Outcome {
    NotExecuted,
    /// The answer to its registration.
    Refused(Value),
    /// As history shows it.
    Execution(Value),
}

impl cucumber::World for Case {
    type Error = Infallible;

    async fn new() -> Result<Self, Infallible> {
        Ok(Self {
            world: World::new().await,
            stand_in: StandIn::start().await,
            definition: String::new(),
            input: json!({}),
            outcome: Outcome::NotExecuted,
        })
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Outcome::NotExecuted => write!(f, "not executed"),
            Outcome::Refused(shown) | Outcome::Execution(shown) => write!(f, "{shown:#}"),
        }
    }
}

impl Case {
    pub(crate) fn define(&mut self, definition: &str) {
        self.definition = self.stand_in.instead_of_public_hosts(definition);
    }

    /// A workflow that this one may run; it is not executed by itself.
    pub(crate) async fn register_another(&self, definition: &str) {
        let definition = self.stand_in.instead_of_public_hosts(definition);
        self.register("Another", &definition).await.expect(201);
    }

    async fn register(&self, name: &str, definition: &str) -> tests::Answer {
        let body = json!({"name": name, "active": true, "definitionYaml": definition});
        self.world.call("POST", "/v1/workflows", Some(body)).await
    }

    /// Registers the workflow and calls its webhook, until nothing is left to do at this time.
    pub(crate) async fn execute(&mut self) {
        let answer = self.register("The workflow", &self.definition).await;
        if answer.status == 400 {
            self.outcome = Outcome::Refused(answer.json());
            return;
        }
        let workflow = answer.expect(201);
        let id = workflow["id"].as_str().unwrap();
        let hook = self.world.trigger(id, json!({})).await;
        let accepted = self.world.post(&hook, &[], &self.input).await.expect(200);
        self.outcome = Outcome::Execution(json!({"id": accepted["executionId"]}));
        self.go_on().await;
    }

    pub(crate) async fn pass_time(&mut self, millis: i64) {
        self.world.clock.advance(millis);
        let swept = self.world.stack.invoke("sweep", json!({})).await;
        swept.unwrap();
        self.go_on().await;
    }

    pub(crate) async fn cancel(&mut self) {
        let id = self.execution()["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/executions/{id}/cancel");
        let answer = self.world.call("POST", &path, None).await;
        assert!(answer.status < 300, "{}", answer.json());
        self.go_on().await;
    }

    async fn go_on(&mut self) {
        self.world.run().await;
        let id = self.execution()["id"].as_str().unwrap().to_owned();
        self.outcome = Outcome::Execution(self.world.execution(&id).await);
    }

    pub(crate) fn execution(&self) -> &Value {
        match &self.outcome {
            Outcome::Execution(execution) => execution,
            Outcome::Refused(problem) => panic!("the workflow was refused: {problem:#}"),
            Outcome::NotExecuted => panic!("the workflow was not executed"),
        }
    }

    /// Why the workflow cannot be registered.
    pub(crate) fn problems(&self) -> Vec<Value> {
        match &self.outcome {
            Outcome::Refused(problem) => problem["problems"].as_array().unwrap().clone(),
            Outcome::Execution(_) => panic!("the workflow was not refused"),
            Outcome::NotExecuted => panic!("the workflow was not executed"),
        }
    }

    /// The output, without what the webhook added to the input where that has come through.
    pub(crate) fn output(&self) -> Value {
        let execution = self.execution();
        assert_eq!(execution["status"], "succeeded", "{execution:#}");
        let mut output = execution["output"].clone();
        if let Some(fields) = output.as_object_mut() {
            for name in DECORATION {
                let is_added = self.input.get(name).is_none();
                if is_added && fields.get(name) == execution["input"].get(name) {
                    fields.remove(name);
                }
            }
        }
        output
    }

    /// The names of the tasks, in the order in which history shows them.
    pub(crate) fn tasks(&self) -> Vec<&str> {
        let steps = self.execution()["steps"].as_array().unwrap();
        steps
            .iter()
            .map(|step| step["name"].as_str().unwrap())
            .collect()
    }
}

/// The value at a path such as `error.instance`.
pub(crate) fn property<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.')
        .try_fold(value, |inner, name| inner.as_object()?.get(name))
}

/// Panics unless the value has all of these properties, and what they hold.
pub(crate) fn assert_has(value: &Value, expected: &Map<String, Value>) {
    for (name, expected) in expected {
        assert_eq!(value.get(name), Some(expected), "{name} of {value:#}");
    }
}
