//! A client of the management API with an API key, in a stack of its own.

use bytes::Bytes;
use serde_json::{Value, json};
use tests::World;

/// A stack whose management API is called.
pub(crate) struct Edge(pub(crate) World);

/// A client with the API key of an org.
pub(crate) struct Caller<'a> {
    edge: &'a Edge,
    key: String,
}

/// An answer of the API.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) bytes: Bytes,
    /// `null` where the body is no JSON.
    pub(crate) json: Value,
    whole: tests::Answer,
}

impl Edge {
    pub(crate) async fn start() -> Self {
        Self(World::new().await)
    }

    /// A client with the first key of an org, which has every scope in the `test` environment.
    pub(crate) async fn admin_of(&self, org: &str) -> Caller<'_> {
        let key = self.0.key_of(org).await;
        self.with_key(&key)
    }

    pub(crate) fn with_key(&self, key: &str) -> Caller<'_> {
        Caller {
            edge: self,
            key: key.to_owned(),
        }
    }

    pub(crate) fn advance(&self, by_ms: i64) {
        self.0.clock.advance(by_ms);
    }

    /// Sends a request to a path, or to a webhook URL as the API shows it.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let path = tests::target(path);
        let body = Bytes::copy_from_slice(body);
        let whole = self.0.send(method, path, headers, body).await;
        Answer {
            status: whole.status,
            bytes: whole.bytes.clone(),
            json: whole.json(),
            whole,
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

    /// Sends a request with the key; `null` is no body.
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

    /// Creates an active workflow of one step; its path.
    pub(crate) async fn workflow(&self, name: &str) -> String {
        let body = json!({"name": name, "active": true, "definition": definition("kept")});
        let made = self.post("/v1/workflows", &body).await;
        assert_eq!(made.status, 201, "{made:?}");
        format!("/v1/workflows/{}", made.text("id"))
    }

    /// Creates a trigger of that workflow; the answer.
    pub(crate) async fn trigger(&self, workflow: &str) -> Answer {
        let made = self.post(&format!("{workflow}/triggers"), &json!({})).await;
        assert_eq!(made.status, 201, "{made:?}");
        made
    }
}

impl Caller<'_> {
    /// Invokes a function with a request that no route of the template sends there: status, code and `Allow` of its answer.
    pub(crate) async fn misdirected(
        &self,
        function: &str,
        method: &str,
        path: &str,
    ) -> (u64, String, String) {
        let event = json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"host": "sluice.test", "authorization": format!("Bearer {}", self.key)},
            "requestContext": {
                "accountId": "1", "apiId": "api", "stage": "$default", "requestId": "req-1",
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1",
                         "sourceIp": "127.0.0.1", "userAgent": "test"},
                "timeEpoch": 0,
            },
            "isBase64Encoded": false,
        });
        let answered = self.edge.0.stack.invoke(function, event).await;
        let answer = answered.expect("the function answers");
        let problem: Value =
            serde_json::from_str(answer["body"].as_str().expect("a body")).expect("a problem");
        (
            answer["statusCode"].as_u64().expect("a status"),
            problem["code"].as_str().expect("a code").to_owned(),
            answer["headers"]["allow"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    }
}

impl Answer {
    pub(crate) fn text(&self, field: &str) -> &str {
        self.json[field].as_str().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.whole.header(name).unwrap_or_default()
    }

    /// Status and code of a problem.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (self.status, self.text("code"))
    }

    /// One field of each item of a list.
    pub(crate) fn listed(&self, field: &str) -> Vec<&str> {
        let items = self.json["items"].as_array().expect("a list");
        items
            .iter()
            .map(|item| item[field].as_str().expect("a text"))
            .collect()
    }
}

/// A workflow of one step that marks its input.
pub(crate) fn definition(mark: &str) -> Value {
    json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "mark", "version": "1.0.0"},
        "do": [{"mark": {"set": {"mark": mark, "price": "${ .price }"}}}],
    })
}
