//! A client with an API key, on a stack of its own: requests go through the gateway to the
//! handlers, and everything below them is real.

use bytes::Bytes;
use domain::{Environment, OrgId, Tenant};
use http::{HeaderMap, Request};
use local::Stack;
use local::clock::ManualClock;
use serde_json::{Value, json};

/// 2026-06-16T12:17:30.231Z, when every test begins.
const START_MS: i64 = 1_781_612_250_231;

/// A stack for one test.
pub(crate) struct Edge {
    stack: Stack,
    clock: ManualClock,
}

/// A key of an org, and where it is used.
pub(crate) struct Caller<'a> {
    edge: &'a Edge,
    key: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
    /// `null` where the body is no JSON.
    pub(crate) json: Value,
}

impl Edge {
    pub(crate) async fn start() -> Self {
        let clock = ManualClock::at(START_MS);
        let stack = Stack::for_tests(&clock).await.unwrap();
        Self { stack, clock }
    }

    /// Somebody with a key that an operator made: every right in the `test` environment.
    pub(crate) async fn admin_of(&self, org: &str) -> Caller<'_> {
        let tenant = Tenant {
            org: OrgId::derived(&[org]),
            environment: Environment::Test,
        };
        let keys = self.stack.environment("register").unwrap().keys;
        let made = admin::create_first_key(&keys, tenant, "first", self.clock.now()).await;
        self.with_key(made.unwrap().reveal())
    }

    pub(crate) fn with_key(&self, key: &str) -> Caller<'_> {
        Caller {
            edge: self,
            key: key.to_owned(),
        }
    }

    pub(crate) fn advance(&self, by_ms: i64) {
        self.clock.advance(by_ms);
    }

    /// Until no message is left to work on.
    pub(crate) async fn run(&self) {
        self.stack.run_until_idle().await.unwrap();
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        // The path of a webhook URL that was shown, or one of ours.
        let path = path.strip_prefix(self.stack.base_url()).unwrap_or(path);
        let host = self.stack.base_url().trim_start_matches("http://");
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::copy_from_slice(body)).unwrap();
        let (head, bytes) = self.stack.send(request).await.into_parts();
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            json: serde_json::from_slice(&bytes).unwrap_or_default(),
            bytes,
        }
    }
}

impl Caller<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[], &Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, &[], body).await
    }

    /// `null` sends no body.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let bearer = format!("Bearer {}", self.key);
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend(headers);
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        self.edge.send(method, path, &all, body.as_bytes()).await
    }

    /// An active workflow that passes its input on; its path.
    pub(crate) async fn workflow(&self, name: &str) -> String {
        let body = json!({"name": name, "active": true, "definition": definition("kept")});
        let made = self.post("/v1/workflows", &body).await;
        assert_eq!(made.status, 201, "{made:?}");
        format!("/v1/workflows/{}", made.text("id"))
    }

    /// A trigger of that workflow, as it was made.
    pub(crate) async fn trigger(&self, workflow: &str) -> Answer {
        let made = self.post(&format!("{workflow}/triggers"), &json!({})).await;
        assert_eq!(made.status, 201, "{made:?}");
        made
    }
}

impl Answer {
    pub(crate) fn text(&self, field: &str) -> &str {
        self.json[field].as_str().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// Status and code of a problem.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (self.status, self.text("code"))
    }

    /// One field of each item of a list.
    pub(crate) fn listed(&self, field: &str) -> Vec<&str> {
        let items = self.json["items"].as_array().unwrap();
        items.iter().map(|item| item[field].as_str().unwrap()).collect()
    }
}

/// A workflow of one step that marks its input.
pub(crate) fn definition(mark: &str) -> Value {
    json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "mark", "version": "1.0.0"},
        "do": [{"mark": {"set": {"mark": mark, "price": "${ .price }"}}}],
    })
}
