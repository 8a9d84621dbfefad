//! The stored records, read directly from the table and not through a function. It does not know what should be there.

use std::collections::BTreeMap;

use domain::{EventId, SubscriptionId};
use serde_json::{Value, json};
use tests::World;
use tests::fault_proxy::ask;

use crate::Outcome;

#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) events: Vec<EventId>,
    /// By key.
    pub(crate) deliveries: BTreeMap<String, Delivery>,
    /// The number of recorded attempts by delivery key.
    pub(crate) attempts: BTreeMap<String, u64>,
    /// Keys of records that are still due.
    pub(crate) due: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) event: EventId,
    pub(crate) subscription: SubscriptionId,
    pub(crate) status: String,
    pub(crate) attempts: u64,
    pub(crate) tries: u64,
}

impl Stored {
    /// Scans the whole table of events and deliveries, page by page.
    pub(crate) async fn scan(world: &World) -> Outcome<Self> {
        let variables = world.stack.variables("deliver");
        let mut scan = json!({"TableName": variables["RUNS_TABLE"], "ConsistentRead": true});
        let mut stored = Self::default();
        loop {
            let page = ask(world, "DynamoDB_20120810.Scan", scan.to_string()).await;
            let items = page["Items"].as_array().ok_or("the table was not read")?;
            for item in items {
                stored.take(item)?;
            }
            let last = &page["LastEvaluatedKey"];
            if last.is_null() {
                return Ok(stored);
            }
            scan["ExclusiveStartKey"] = last.clone();
        }
    }

    fn take(&mut self, item: &Value) -> Outcome<()> {
        let (pk, sk) = (text(item, "pk"), text(item, "sk"));
        if ["due_at", "due_shard", "lease_until"]
            .iter()
            .any(|name| !item[*name].is_null())
        {
            self.due.push(format!("{pk} {sk}"));
        }
        if let Some(id) = pk.strip_prefix("EVT#") {
            self.events.push(EventId::parse(id)?);
        } else if pk.starts_with("DLV#") && sk == "S" {
            let delivery = Delivery {
                event: EventId::parse(text(item, "event_id"))?,
                subscription: SubscriptionId::parse(text(item, "subscription_id"))?,
                status: text(item, "status").to_owned(),
                attempts: number(item, "attempts")?,
                tries: number(item, "tries")?,
            };
            self.deliveries.insert(pk.to_owned(), delivery);
        } else if pk.starts_with("DLV#") {
            *self.attempts.entry(pk.to_owned()).or_default() += 1;
        }
        Ok(())
    }
}

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name]["S"].as_str().unwrap_or_default()
}

fn number(item: &Value, name: &str) -> Outcome<u64> {
    let digits = item[name]["N"].as_str().unwrap_or_default();
    Ok(digits.parse()?)
}
