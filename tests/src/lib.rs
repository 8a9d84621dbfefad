//! A world for one test: the whole stack in memory, a tenant with a key, and a clock that the test
//! moves. Requests go through the HTTP API, as a client's do.

mod answer;
pub mod bill;
pub mod captured;
pub mod contract;
pub mod crash;
pub mod crash_sequence;
pub mod events;
pub mod fault_proxy;
pub mod files;
pub mod gate;
pub mod invariants;
pub mod meter;
mod orgs;
pub mod receiver;
pub mod release;
pub mod services;
mod waiting;
pub mod workflow_secrets;
mod workflows;

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::{Clock, Environment, OrgId, Tenant};
use http::{HeaderName, HeaderValue, Request};
pub use local::Connections;
use local::Stack;
use local::clock::ManualClock;
use serde_json::{Value, json};
use store::{AwsContext, Transport};

pub use answer::Answer;
use contract::Received;
pub use workflows::{echoes_the_event, fails, waits};

/// The environment variable that says how functions reach AWS in tests: `in-process`, the default, or `sockets`.
pub const CONNECTIONS: &str = "TEST_CONNECTIONS";

/// Where a test's clock starts: 2026-06-16T12:17:30.231Z.
pub const START_MS: i64 = 1_781_612_250_231;

/// Path and query of a URL as the API shows it; of a path, the path.
pub fn target(url: &str) -> &str {
    let host = url.find("://").map(|at| at + 3);
    let path = host.and_then(|host| Some(host + url[host..].find('/')?));
    path.map_or(url, |path| &url[path..])
}

/// One test's world.
pub struct World {
    pub stack: Stack,
    pub connections: Connections,
    pub clock: ManualClock,
    pub tenant: Tenant,
    /// An admin's key.
    pub key: String,
}

/// An active workflow and a trigger of it.
#[derive(Clone, Debug)]
pub struct Hook {
    pub workflow: String,
    pub trigger: String,
    /// Path and query of the webhook URL.
    pub path: String,
}

impl World {
    /// Without sockets between functions and services, unless the environment variable [`CONNECTIONS`] wants them.
    pub async fn new() -> Self {
        Self::with(connections()).await
    }

    pub async fn with(connections: Connections) -> Self {
        let clock = ManualClock::at(START_MS);
        let stack = Stack::for_tests(&clock, connections).await;
        let mut world = Self {
            stack: stack.expect("the stack starts"),
            connections,
            clock,
            tenant: tenant("one"),
            key: String::new(),
        };
        world.key = world.key_of("one").await;
        world
    }

    /// A new admin key of an org, in its test environment.
    pub async fn key_of(&self, org: &str) -> String {
        let aws = self
            .stack
            .environment("register")
            .expect("register is there");
        let made = admin::create_first_key(&aws.api_keys, tenant(org), "test", aws.now()).await;
        made.expect("the key is made").reveal().to_owned()
    }

    /// What a function has from AWS, in a container whose clock goes by itself.
    pub fn environment_at(&self, package: &str, clock: &ManualClock) -> AwsContext {
        let clock = clock.clock();
        let settings = self.settings(package);
        FunctionSettings { clock, ..settings }.environment()
    }

    /// What a function is started with.
    pub fn settings(&self, package: &str) -> FunctionSettings {
        FunctionSettings {
            variables: self.stack.variables(package),
            transport: self.stack.transport().clone(),
            clock: self.clock.clock(),
        }
    }

    /// A request with the admin's key; a body is JSON.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.call_as(&self.key, method, path, body).await
    }

    pub async fn call_as(
        &self,
        key: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let authorization = format!("Bearer {key}");
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
        ];
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.send(method, path, &headers, body).await
    }

    /// Any request at all. The answer has to be one that the document of the API describes.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let mut request = Request::new(body.into());
        *request.method_mut() = method.parse().expect("a method");
        *request.uri_mut() = path.parse().expect("a path");
        let map = request.headers_mut();
        map.insert("host", HeaderValue::from_static("sluice.test"));
        for (name, value) in headers {
            let name: HeaderName = name.parse().expect("a header's name");
            map.append(name, value.parse().expect("a header's value"));
        }
        let answer = Answer::from(self.stack.send(request).await);
        contract::check(&Received {
            method,
            target: path,
            status: answer.status,
            content_type: answer.header("content-type"),
            body: &answer.bytes,
        });
        answer
    }

    /// A workflow that is active, and a trigger with these settings.
    pub async fn hook(&self, definition: Value, settings: Value) -> Hook {
        let body = json!({"name": "Test", "active": true, "definition": definition});
        let workflow = self
            .call("POST", "/v1/workflows", Some(body))
            .await
            .expect(201);
        let workflow = workflow["id"].as_str().expect("an id").to_owned();
        self.trigger(&workflow, settings).await
    }

    /// One more trigger of a workflow.
    pub async fn trigger(&self, workflow: &str, settings: Value) -> Hook {
        let path = format!("/v1/workflows/{workflow}/triggers");
        let trigger = self.call("POST", &path, Some(settings)).await.expect(201);
        let url = trigger["url"].as_str().expect("a URL");
        Hook {
            workflow: workflow.to_owned(),
            trigger: trigger["id"].as_str().expect("an id").to_owned(),
            path: target(url).to_owned(),
        }
    }

    /// A subscription with these fields, as the answer shows it.
    pub async fn subscribe(&self, fields: Value) -> Value {
        let made = self.call("POST", "/v1/subscriptions", Some(fields)).await;
        made.expect(201)
    }

    /// Up to a hundred deliveries, the newest first.
    pub async fn deliveries(&self) -> Vec<Value> {
        let list = self.call("GET", "/v1/deliveries?limit=100", None).await;
        let list = list.expect(200);
        list["items"].as_array().expect("a list").clone()
    }

    /// A JSON event to a webhook URL.
    pub async fn post(&self, hook: &Hook, headers: &[(&str, &str)], event: &Value) -> Answer {
        let mut all = vec![("content-type", "application/json")];
        all.extend(headers);
        self.send("POST", &hook.path, &all, event.to_string()).await
    }

    pub async fn execution(&self, id: &str) -> Value {
        let path = format!("/v1/executions/{id}");
        self.call("GET", &path, None).await.expect(200)
    }

    /// Runs what is queued now.
    pub async fn run(&self) {
        self.stack.run_until_idle().await.expect("the queue works");
    }
}

/// What a function is started with; a test may change it before.
#[derive(Clone)]
pub struct FunctionSettings {
    pub variables: BTreeMap<String, String>,
    /// How the function reaches AWS.
    pub transport: Transport,
    pub clock: Clock,
}

impl FunctionSettings {
    /// What the function then has from AWS.
    pub fn environment(&self) -> AwsContext {
        let variable = |name: &str| self.variables.get(name).cloned();
        AwsContext::for_local_services(variable, self.clock.clone(), &self.transport)
            .expect("the variables are complete")
    }
}

fn connections() -> Connections {
    match std::env::var(CONNECTIONS).as_deref() {
        Ok("sockets") => Connections::Sockets,
        Ok("in-process") | Err(_) => Connections::InProcess,
        Ok(other) => panic!("{CONNECTIONS} is in-process or sockets, not {other}"),
    }
}

/// The same name, the same tenant.
pub fn tenant(org: &str) -> Tenant {
    Tenant {
        org: OrgId::derived(&["org", org]),
        environment: Environment::Test,
    }
}
