//! Puts events on EventBridge buses. It does not know which rules match them.

use std::time::Duration;

use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use aws_sdk_eventbridge::{Client, config};
use aws_smithy_types::retry::RetryConfig;

use crate::arn::Arn;
use crate::{Failure, Integrations, short};

const SERVICE: &str = "EventBridge";
/// How often an entry is sent in all: EventBridge may accept some entries of a request and refuse the others.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(100);

/// One event to put on a bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// EventBridge's `source`.
    pub source: String,
    /// EventBridge's `detail-type`.
    pub detail_type: String,
    /// The event's content, as JSON.
    pub detail: String,
    /// The bus: a name in this account and region, or an ARN; by default the account's default bus.
    pub bus: Option<String>,
    /// ARNs of resources that the event concerns.
    pub resources: Vec<String>,
}

impl Integrations {
    /// Puts the entries on their buses, and returns the events' ids in the entries' order. After an error, some of the
    /// entries may be on their bus all the same.
    pub async fn put_events(&self, entries: &[Entry]) -> Result<Vec<String>, Failure> {
        let requests = entries
            .iter()
            .map(|entry| self.request(entry))
            .collect::<Result<Vec<_>, _>>()?;
        let mut ids: Vec<Option<String>> = vec![None; requests.len()];
        let mut open: Vec<usize> = (0..requests.len()).collect();
        let mut attempt = 1;
        loop {
            let answers = self
                .put(open.iter().map(|at| requests[*at].clone()))
                .await?;
            let mut refused = Vec::new();
            for (at, answer) in open.into_iter().zip(answers) {
                match answer.event_id {
                    Some(id) => ids[at] = Some(id),
                    None => refused.push((at, answer)),
                }
            }
            if refused.is_empty() {
                return Ok(ids.into_iter().flatten().collect());
            }
            let is_retryable = refused.iter().all(|(_, answer)| is_transient(answer));
            if attempt == ATTEMPTS || !is_retryable {
                return Err(failure(&refused, entries.len()));
            }
            open = refused.into_iter().map(|(at, _)| at).collect();
            tokio::time::sleep(PAUSE * attempt).await;
            attempt += 1;
        }
    }

    async fn put(
        &self,
        requests: impl Iterator<Item = PutEventsRequestEntry>,
    ) -> Result<Vec<PutEventsResultEntry>, Failure> {
        let put = self.events().put_events();
        let sent = put.set_entries(Some(requests.collect())).send().await;
        let answer = sent.map_err(|error| Failure::of(SERVICE, error))?;
        Ok(answer.entries.unwrap_or_default())
    }

    fn request(&self, entry: &Entry) -> Result<PutEventsRequestEntry, Failure> {
        let bus = entry.bus.as_deref().unwrap_or("default");
        let bus = match Arn::of_kind(bus, "events", "event-bus/") {
            Some(arn) => arn,
            None => self.scope.arn("events", &format!("event-bus/{bus}"))?,
        };
        self.allowlist.check(&bus)?;
        let request = PutEventsRequestEntry::builder()
            .source(&entry.source)
            .detail_type(&entry.detail_type)
            .detail(&entry.detail)
            .event_bus_name(bus.text);
        let resources = (!entry.resources.is_empty()).then(|| entry.resources.clone());
        Ok(request.set_resources(resources).build())
    }

    fn events(&self) -> &Client {
        self.events.get_or_init(|| {
            let mut config = config::Builder::from(&self.connection.sdk_config())
                .retry_config(RetryConfig::standard().with_max_attempts(3))
                .timeout_config(short());
            config.set_endpoint_url(self.connection.endpoints().events.clone());
            Client::from_conf(config.build())
        })
    }
}

fn is_transient(answer: &PutEventsResultEntry) -> bool {
    let code = answer.error_code.as_deref().unwrap_or_default();
    code.contains("Throttling") || code.contains("Internal")
}

/// Describes the first refused entry, and counts the others.
fn failure(refused: &[(usize, PutEventsResultEntry)], all: usize) -> Failure {
    let Some((at, first)) = refused.first() else {
        return Failure::Unreachable(SERVICE);
    };
    let code = first.error_code.as_deref().unwrap_or("an unknown error");
    let message = first.error_message.as_deref().unwrap_or_default();
    let status = if is_transient(first) { 503 } else { 400 };
    let count = refused.len();
    let message = format!("{message} ({count} of {all} entries; the first is entry {at})");
    Failure::answered(SERVICE, status, code, &message)
}
