//! Puts events on EventBridge buses. It does not know which rules match them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::arn::Arn;
use crate::service::{Request, Service, ServiceNames};
use crate::{Failure, Integrations, short};

const SERVICE: &str = "EventBridge";
pub(crate) const NAMES: ServiceNames = ServiceNames {
    endpoint: "events",
    sdk: "eventbridge",
};
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
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

/// An entry as `PutEvents` takes it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RequestEntry<'a> {
    source: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    resources: &'a [String],
    detail_type: &'a str,
    detail: &'a str,
    event_bus_name: String,
}

/// The answer to `PutEvents`: one result for each entry, in their order.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    entries: Vec<EntryResult>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EntryResult {
    event_id: Option<String>,
    error_code: Option<String>,
    error_message: Option<String>,
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
            let sent: Vec<_> = open.iter().map(|at| &requests[*at]).collect();
            let answers = self.put(&sent).await?;
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

    async fn put(&self, entries: &[&RequestEntry<'_>]) -> Result<Vec<EntryResult>, Failure> {
        let body = json!({"Entries": entries});
        let request = Request::aws_json(CONTENT_TYPE, "AWSEvents.PutEvents".to_owned(), &body);
        let sent = self.events().call(request).await;
        let answer = sent.map_err(|error| Failure::of(SERVICE, error))?;
        let results = answer.json::<Put>(SERVICE)?.entries;
        if results.len() != entries.len() {
            let (results, entries) = (results.len(), entries.len());
            let cause = format!("{results} results for {entries} entries");
            return Err(Failure::unreadable(SERVICE, &cause));
        }
        Ok(results)
    }

    fn request<'a>(&self, entry: &'a Entry) -> Result<RequestEntry<'a>, Failure> {
        let bus = entry.bus.as_deref().unwrap_or("default");
        let bus = match Arn::of_kind(bus, "events", "event-bus/") {
            Some(arn) => arn,
            None => self.scope.arn("events", &format!("event-bus/{bus}"))?,
        };
        self.allowlist.check(&bus)?;
        Ok(RequestEntry {
            source: &entry.source,
            resources: &entry.resources,
            detail_type: &entry.detail_type,
            detail: &entry.detail,
            event_bus_name: bus.text,
        })
    }

    fn events(&self) -> &Service {
        self.events.get_or_init(|| {
            let url = self.connection.endpoints().events.as_ref();
            self.service(&NAMES, url, short())
        })
    }
}

fn is_transient(answer: &EntryResult) -> bool {
    let code = answer.error_code.as_deref().unwrap_or_default();
    code.contains("Throttling") || code.contains("Internal")
}

/// Describes the first refused entry, and counts the others.
fn failure(refused: &[(usize, EntryResult)], all: usize) -> Failure {
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
