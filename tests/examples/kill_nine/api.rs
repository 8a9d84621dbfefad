//! A client of the management and history API, with the demo's key.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::Outcome;

const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Api {
    http: reqwest::Client,
    base_url: String,
    key: String,
}

impl Api {
    pub(crate) fn new(base_url: String, key: String) -> Outcome<Self> {
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .no_proxy()
            .build()?;
        Ok(Self {
            http,
            base_url,
            key,
        })
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Outcome<Value> {
        self.call(Method::POST, path, body.to_string()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Outcome<Value> {
        self.call(Method::GET, path, String::new()).await
    }

    /// Every item of a list, page by page. `path` already has a query.
    pub(crate) async fn list(&self, path: &str) -> Outcome<Vec<Value>> {
        let mut all = Vec::new();
        let mut from = String::new();
        loop {
            let mut page = self.get(&format!("{path}&limit=100{from}")).await?;
            if let Value::Array(items) = page["items"].take() {
                all.extend(items);
            }
            match page["nextCursor"].as_str() {
                Some(cursor) => from = format!("&cursor={cursor}"),
                None => return Ok(all),
            }
        }
    }

    async fn call(&self, method: Method, path: &str, body: String) -> Outcome<Value> {
        let answer = self
            .http
            .request(method, format!("{}{path}", self.base_url))
            .bearer_auth(&self.key)
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        if !status.is_success() {
            let body = String::from_utf8_lossy(&body);
            return Err(format!("{path} answered {status}: {body}").into());
        }
        Ok(serde_json::from_slice(&body)?)
    }
}
