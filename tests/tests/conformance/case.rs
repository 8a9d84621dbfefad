//! The state of one scenario: its own test world, the documents that it registers, and the outcome of the execution.

use std::convert::Infallible;
use std::fmt;

use serde_json::{Map, Value, json};
use tests::World;

use crate::mock_server::MockServer;

/// The fields that a webhook adds to an event without them. The scenarios do not expect them.
const ADDED_FIELDS: [&str; 2] = ["source", "triggeredAt"];

pub(crate) struct Case {
    world: World,
    pub(crate) mock_server: MockServer,
    definition: String,
    pub(crate) input: Value,
    outcome: Outcome,
}

/// The outcome of the workflow.
enum Outcome {
    NotExecuted,
    /// The response to its registration.
    Refused(Value),
    /// The execution in history.
    Execution(Value),
}

impl cucumber::World for Case {
    type Error = Infallible;

    async fn new() -> Result<Self, Infallible> {
        Ok(Self {
            world: World::new().await,
            mock_server: MockServer::start().await,
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
        self.definition = self.mock_server.replace_public_hosts(definition);
    }

    /// Registers a workflow that this one may run. It is not executed by itself.
    pub(crate) async fn register_another(&self, definition: &str) {
        let definition = self.mock_server.replace_public_hosts(definition);
        self.register("Another", &definition).await.expect(201);
    }

    async fn register(&self, name: &str, definition: &str) -> tests::Answer {
        let body = json!({"name": name, "active": true, "definitionYaml": definition});
        self.world.call("POST", "/v1/workflows", Some(body)).await
    }

    /// Registers the workflow, calls its webhook, and runs the execution until it waits or has ended.
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
        self.run_until_idle().await;
    }

    pub(crate) async fn pass_time(&mut self, millis: i64) {
        self.world.clock.advance(millis);
        let swept = self.world.stack.invoke("sweep", json!({})).await;
        swept.unwrap();
        self.run_until_idle().await;
    }

    pub(crate) async fn cancel(&mut self) {
        let id = self.execution()["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/executions/{id}/cancel");
        let answer = self.world.call("POST", &path, None).await;
        assert!(answer.status < 300, "{}", answer.json());
        self.run_until_idle().await;
    }

    async fn run_until_idle(&mut self) {
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

    /// The problems of a refused registration.
    pub(crate) fn problems(&self) -> Vec<Value> {
        match &self.outcome {
            Outcome::Refused(problem) => problem["problems"].as_array().unwrap().clone(),
            Outcome::Execution(_) => panic!("the workflow was not refused"),
            Outcome::NotExecuted => panic!("the workflow was not executed"),
        }
    }

    /// The output without the fields that the webhook added to the input.
    pub(crate) fn output(&self) -> Value {
        let execution = self.execution();
        assert_eq!(execution["status"], "succeeded", "{execution:#}");
        let mut output = execution["output"].clone();
        if let Some(fields) = output.as_object_mut() {
            for name in ADDED_FIELDS {
                let is_added = self.input.get(name).is_none();
                if is_added && fields.get(name) == execution["input"].get(name) {
                    fields.remove(name);
                }
            }
        }
        output
    }

    /// The names of the tasks, in the order of history.
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

/// Panics unless the value has all of these properties.
pub(crate) fn assert_has(value: &Value, expected: &Map<String, Value>) {
    for (name, expected) in expected {
        assert_eq!(value.get(name), Some(expected), "{name} of {value:#}");
    }
}
