//! A browser without scripts: it keeps cookies, and sends the forms of the page that it shows.

use std::collections::BTreeMap;

use serde_json::Value;
use tests::{Answer, World};

pub(super) const ORIGIN: &str = "http://sluice.test";

/// One visitor of the console.
pub(super) struct Browser<'a> {
    world: &'a World,
    pub(super) cookies: BTreeMap<String, String>,
    /// The page that is shown.
    pub(super) page: String,
}

impl<'a> Browser<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        Self {
            world,
            cookies: BTreeMap::new(),
            page: String::new(),
        }
    }

    /// A visitor who has signed in with a key.
    pub(super) async fn with_key(world: &'a World, key: &str) -> Self {
        let mut browser = Self::new(world);
        let answer = browser.post("/console/sign-in", &[("key", key)]).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        browser
    }

    /// Opens a page, whatever its status.
    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], String::new()).await
    }

    /// Opens a page that is there; its text.
    pub(super) async fn open(&mut self, path: &str) -> &str {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", self.page);
        &self.page
    }

    /// Sends a form with the token of the page that is shown, and follows where it leads.
    pub(super) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let token = self.token();
        let mut fields = fields.to_vec();
        fields.push(("page_token", &token));
        let answer = self.post(path, &fields).await;
        assert_eq!(answer.status, 303, "{path}: {}", self.page);
        let to = answer.header("location").unwrap_or_default().to_owned();
        self.open(&to).await;
        to
    }

    /// Sends a form as it is.
    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let headers = [("origin", ORIGIN)];
        self.send("POST", path, &headers, encoded(fields)).await
    }

    /// The token of the page that is shown.
    pub(super) fn token(&self) -> String {
        let marked = self.page.split("name=\"page_token\" value=\"").nth(1);
        let token = marked.and_then(|rest| rest.split('"').next());
        token.unwrap_or_default().to_owned()
    }

    /// Sends any request with the cookies.
    pub(super) async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        let pairs = self.cookies.iter();
        let cookies: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = cookies.join("; ");
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/x-www-form-urlencoded"));
        headers.push(("cookie", &cookies));
        let answer = self.world.send(method, path, &headers, body).await;
        self.keep(&answer);
        self.page = String::from_utf8_lossy(&answer.bytes).into_owned();
        answer
    }

    fn keep(&mut self, answer: &Answer) {
        for (name, value) in &answer.headers {
            let pair = value
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='));
            if let ("set-cookie", Some((cookie, content))) = (name.as_str(), pair) {
                match content {
                    "" => self.cookies.remove(cookie),
                    content => self.cookies.insert(cookie.to_owned(), content.to_owned()),
                };
            }
        }
    }
}

/// Fields as a browser encodes them.
fn encoded(fields: &[(&str, &str)]) -> String {
    let escaped = |text: &str| -> String {
        let bytes = text.bytes();
        bytes
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    let pairs = fields.iter();
    let pairs: Vec<String> = pairs
        .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
        .collect();
    pairs.join("&")
}

/// A key of the world's tenant with one scope.
pub(super) async fn key_with(world: &World, scope: &str) -> String {
    let body = serde_json::json!({"name": scope, "scopes": [scope]});
    let made = world.call("POST", "/v1/api-keys", Some(body)).await;
    text(&made.expect(201), "key")
}

/// A member of an answer.
pub(super) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
