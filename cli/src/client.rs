//! The client of the API: one request with its time-out, and its repeats where a repeat is harmless. Answers stay JSON. Does
//! not know commands.

pub(crate) mod op;
mod problem;
mod transport;

use std::time::Duration;

use reqwest::blocking::{Client as Http, RequestBuilder};
use reqwest::{Method, header};
use serde_json::Value;

use self::transport::repeat_after;
pub(crate) use self::transport::{Answer, NoAnswer, http, send};
pub(crate) use op::{Operation, Repeat};

use crate::config::Target;
use crate::failure::{Failure, Result};

/// With the first.
const MAX_ATTEMPTS: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The API's largest page.
const MAX_PAGE: usize = 100;
/// Asks one Sluice, with one key.
#[derive(Debug)]
pub(crate) struct Client {
    http: Http,
    target: Target,
    timeout: Duration,
}

/// One request to the API.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    client: &'a Client,
    operation: Operation,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    /// An idempotency key of the caller's choice, or none; else a random one.
    chosen_key: Option<Option<String>>,
}

impl Client {
    /// A client of a target; each request may take `timeout`.
    pub(crate) fn new(target: Target, timeout: Duration) -> Result<Self> {
        Ok(Self {
            http: http(timeout, &target.url)?,
            target,
            timeout,
        })
    }

    /// Where it asks.
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Now, by the clock of the API, which its times are of; by the one of this machine where it does not say.
    pub(crate) fn now(&self) -> Result<::time::OffsetDateTime> {
        let answer = self.call(op::HEALTH, &[]).send()?;
        let date = answer.headers.get(header::DATE);
        let date = date.and_then(|value| domain::Timestamp::parse_http_date(value.to_str().ok()?));
        let there = date
            .and_then(|at| ::time::OffsetDateTime::from_unix_timestamp(at.as_millis() / 1000).ok());
        Ok(there.unwrap_or_else(crate::time::now))
    }

    /// A request of an operation; `ids` fill its path in order.
    pub(crate) fn call(&self, operation: Operation, ids: &[&str]) -> Call<'_> {
        Call {
            client: self,
            path: operation.path(ids),
            operation,
            query: Vec::new(),
            body: None,
            chosen_key: None,
        }
    }

    /// A request of any method and path, for `sluice api`: what the document does not know is not repeated.
    pub(crate) fn raw(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        headers: &[(String, String)],
    ) -> Result<Answer> {
        let mut request = self.request(method, path);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            if !headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
            {
                request = request.header(header::CONTENT_TYPE, "application/json");
            }
            request = request.body(body);
        }
        send(request).map_err(|lost| self.unanswered(&lost))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.target.url);
        self.http
            .request(method, url)
            .bearer_auth(self.target.key.reveal())
    }

    /// A failure without an answer: what was asked, and what to do.
    fn unanswered(&self, lost: &NoAnswer) -> Failure {
        lost.failure(&self.target.url, self.timeout)
    }
}

impl Call<'_> {
    /// With a parameter of the query.
    pub(crate) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// With a parameter, where there is a value.
    pub(crate) fn maybe(self, name: &'static str, value: Option<&String>) -> Self {
        match value {
            Some(value) => self.query(name, value.clone()),
            None => self,
        }
    }

    /// With a body.
    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// With this idempotency key in place of a random one; or without one, where a repeat is harmless by itself.
    pub(crate) fn keyed_by(mut self, key: Option<String>) -> Self {
        self.chosen_key = Some(key);
        self
    }

    /// The JSON of the answer; `null` where it has none.
    pub(crate) fn json(self) -> Result<Value> {
        let answer = self.send()?;
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&answer.body).map_err(|error| {
            Failure::failed(format!("The answer is no JSON: {error}."))
                .hint("Is this the address of a Sluice?")
        })
    }

    /// The answer, after as many repeats as are harmless.
    pub(crate) fn send(self) -> Result<Answer> {
        let idempotency_key = match (self.operation.repeat, &self.chosen_key) {
            (Repeat::WithKey, Some(chosen)) => chosen.clone(),
            (Repeat::WithKey, None) => Some(random_id()?),
            (Repeat::Harmless | Repeat::Never, _) => None,
        };
        let mut pause = FIRST_PAUSE;
        for attempt in 1..=MAX_ATTEMPTS {
            let is_last = attempt == MAX_ATTEMPTS || self.operation.repeat == Repeat::Never;
            match self.once(idempotency_key.as_deref()) {
                Ok(answer) if answer.status < 300 => return Ok(answer),
                // What an attempt without an answer had deleted.
                Ok(answer)
                    if attempt > 1
                        && answer.status == 404
                        && self.operation.method == Method::DELETE =>
                {
                    return Ok(Answer {
                        body: Vec::new(),
                        ..answer
                    });
                }
                Ok(answer) => match repeat_after(&answer, pause).filter(|_| !is_last) {
                    Some(after) => std::thread::sleep(after),
                    None => return Err(problem::failure(&answer)),
                },
                // Nobody listens there: that does not change within a second.
                Err(lost) if is_last || lost.timed_out || lost.refused => {
                    return Err(self.client.unanswered(&lost));
                }
                Err(_) => std::thread::sleep(pause),
            }
            pause *= 2;
        }
        Err(Failure::failed("No attempt was made."))
    }

    fn once(&self, idempotency_key: Option<&str>) -> Result<Answer, NoAnswer> {
        let mut request = self
            .client
            .request(self.operation.method.clone(), &self.path);
        if !self.query.is_empty() {
            request = request.query(&self.query);
        }
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = &self.body {
            let json = request.header(header::CONTENT_TYPE, "application/json");
            request = json.body(body.to_string());
        }
        send(request)
    }
}

/// Up to `limit` items of a list, page by page; `page` makes the request of a page.
pub(crate) fn pages<'c>(limit: usize, page: impl Fn() -> Call<'c>) -> Result<Vec<Value>> {
    let mut items = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let wanted = (limit - items.len()).min(MAX_PAGE);
        let call = page().query("limit", wanted.to_string());
        let mut answer = call.maybe("cursor", cursor.as_ref()).json()?;
        if let Some(Value::Array(found)) = answer.get_mut("items").map(Value::take) {
            items.extend(found);
        }
        let next = answer.get("nextCursor").and_then(Value::as_str);
        match next {
            // A cursor that leads to itself would never end.
            Some(next) if items.len() < limit && cursor.as_deref() != Some(next) => {
                cursor = Some(next.to_owned());
            }
            _ => {
                items.truncate(limit);
                return Ok(items);
            }
        }
    }
}

/// The failure that an answer of any request means.
pub(crate) fn problem_of(answer: &Answer) -> Failure {
    problem::failure(answer)
}

/// 128 random bits, in hexadecimal digits.
pub(crate) fn random_id() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::failed(format!("There is no randomness: {error}.")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
