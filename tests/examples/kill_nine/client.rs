//! One client: it sends webhooks with and without a delivery id, small and large, some twice, some on two connections at the
//! same time, and repeats those with a delivery id until it gets an answer.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Outcome;
use crate::ledger::{Delivery, Ledger, RequestOutcome};
use crate::load::Target;
use crate::workflows::Hook;

const PATIENCE: Duration = Duration::from_secs(10);
/// The delay between two webhooks of one client, so that the stack keeps up.
const PAUSE: Duration = Duration::from_millis(20);
/// The delay before a webhook is sent again.
const RETRY: Duration = Duration::from_millis(100);
/// Bytes that make a request too large for the state item.
const PADDING_BYTES: usize = 4_000;

pub(crate) struct Client {
    name: String,
    hooks: Vec<Hook>,
    ledger: Arc<Ledger>,
    target: Target,
    http: reqwest::Client,
}

struct Webhook<'a> {
    hook: &'a Hook,
    delivery: Option<Delivery>,
    body: String,
}

impl Client {
    pub(crate) fn new(
        name: String,
        hooks: Vec<Hook>,
        ledger: Arc<Ledger>,
        target: Target,
    ) -> Outcome<Self> {
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .no_proxy()
            .build()?;
        Ok(Self {
            name,
            hooks,
            ledger,
            target,
            http,
        })
    }

    /// Sends until the load ends, and then repeats until every webhook with a delivery id has an answer.
    pub(crate) async fn run(self) {
        let kinds = self.hooks.len();
        for number in 0_usize.. {
            if self.target.is_over() {
                return;
            }
            let hook = self.hooks[number % kinds].clone();
            let is_large = number.is_multiple_of(2);
            let delivery = Delivery {
                workflow: hook.workflow.clone(),
                id: format!("{}-{number}", self.name),
            };
            let round = number / kinds % 4;
            let webhook = Webhook {
                hook: &hook,
                delivery: (round != 0).then_some(delivery),
                body: body(&self.name, number, is_large),
            };
            match round {
                0 => self.once(&webhook).await,
                1 => self.until_answered(&webhook).await,
                2 => {
                    self.until_answered(&webhook).await;
                    self.until_answered(&webhook).await;
                }
                _ => {
                    let one = self.until_answered(&webhook);
                    let other = self.until_answered(&webhook);
                    tokio::join!(one, other);
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// A webhook without a delivery id is never repeated.
    async fn once(&self, webhook: &Webhook<'_>) {
        let base_url = self.target.clone().base_url().await;
        self.send(&base_url, webhook).await;
    }

    async fn until_answered(&self, webhook: &Webhook<'_>) {
        let mut target = self.target.clone();
        if let Some(delivery) = &webhook.delivery {
            self.ledger.expect(delivery);
        }
        loop {
            let base_url = target.base_url().await;
            match self.send(&base_url, webhook).await {
                RequestOutcome::Accepted { .. } => return,
                RequestOutcome::Refused(_) | RequestOutcome::Nothing => {
                    tokio::time::sleep(RETRY).await
                }
            }
        }
    }

    async fn send(&self, base_url: &str, webhook: &Webhook<'_>) -> RequestOutcome {
        let heard = self.post(base_url, webhook).await;
        let heard = heard.unwrap_or(RequestOutcome::Nothing);
        let workflow = &webhook.hook.workflow;
        self.ledger
            .note(workflow, webhook.delivery.as_ref(), &heard);
        heard
    }

    async fn post(&self, base_url: &str, webhook: &Webhook<'_>) -> reqwest::Result<RequestOutcome> {
        let mut request = self
            .http
            .post(format!("{base_url}{}", webhook.hook.path))
            .header("content-type", "application/json")
            .body(webhook.body.clone());
        if let Some(delivery) = &webhook.delivery {
            request = request.header("x-webhook-delivery-id", &delivery.id);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        if !status.is_success() {
            return Ok(RequestOutcome::Refused(status.as_u16()));
        }
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        Ok(RequestOutcome::Accepted {
            execution: body["executionId"].as_str().unwrap_or_default().to_owned(),
            is_duplicate: body["deduplicated"] == true,
        })
    }
}

fn body(client: &str, number: usize, is_large: bool) -> String {
    // Not compressible, because the compressed size counts.
    let padding: String = if is_large {
        (0..PADDING_BYTES)
            .map(|place| digit(number, place))
            .collect()
    } else {
        String::new()
    };
    json!({"client": client, "number": number, "padding": padding}).to_string()
}

/// Pseudo-random letters, which hardly compress.
fn digit(number: usize, place: usize) -> char {
    let mixed = (number * 8_191 + place + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    char::from(b'a' + ((mixed >> 40) % 26) as u8)
}
